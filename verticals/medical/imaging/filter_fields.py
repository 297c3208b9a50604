"""The filter of searches by case as it is declared."""

from collegium.sdk.passages import PassageFilter

CASE = "case"
FILTERS = (
    PassageFilter(
        CASE,
        {"en": "Case", "zh": "病例"},
        hint={"en": "an accession number or a study", "zh": "检查单号或检查标识"},
    ),
)
