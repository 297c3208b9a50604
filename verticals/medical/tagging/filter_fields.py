"""The filters of searches by concept as they are declared, and what contexts are called."""

from collegium.sdk.passages import PassageFilter

CONCEPT, CONTEXT = "concept", "concept_context"
LABELS = {
    "affirmed": {"en": "present", "zh": "存在"},
    "negated": {"en": "absent", "zh": "无"},
    "uncertain": {"en": "uncertain", "zh": "不确定"},
    "hypothetical": {"en": "possible, not present", "zh": "假设"},
    "family": {"en": "of others", "zh": "他人"},
    "historical": {"en": "past", "zh": "既往"},
}
FILTERS = (
    PassageFilter(
        CONCEPT,
        {"en": "Concept", "zh": "概念"},
        hint={"en": "a code or a name; what is below it counts too", "zh": "编码或名称；包含其下位概念"},
    ),
    PassageFilter(CONTEXT, {"en": "Stated as", "zh": "语境"}, choices=LABELS),
)
