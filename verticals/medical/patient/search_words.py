"""What a search adds for a patient: the group that guidelines write for, and what is not as it should be."""

import re
from collections.abc import Iterator

from verticals.medical.patient.context import Patient

# From which age on; a person who may be of either group is sought in neither.
_GROUPS = (
    (65, ("older people", "elderly", "老年人")),
    (18, ("adults", "成人")),
    (12, ("adolescents", "children", "青少年", "儿童")),
    (1, ("children", "paediatric", "儿童")),
    (0, ("infants", "newborn", "婴儿", "新生儿")),
)
_SEXES = {"female": ("women", "女性"), "male": ("men", "男性")}
_PREGNANT = re.compile(
    r"(?<!not )(?<!non-)\b(?:pregnan(?:t|cy)|gravid)\b|(?<![未非])(?:妊娠|怀孕|孕\d|孕妇|孕期)", re.I
)
_ENDED = re.compile(r"\b(?:history|previous|past|prior|ectopic|termination|post)\b|史|既往|终止", re.I)
PREGNANCY = ("pregnancy", "pregnant women", "妊娠", "孕妇")


def search_words(patient: Patient) -> tuple[str, ...]:
    """Conditions, medications and allergies, then age group, sex or pregnancy, and labs that are abnormal."""
    stated = (*patient.conditions, *patient.medications, *patient.allergies)
    return tuple(dict.fromkeys((*stated, *_groups(patient), *patient.labs_abnormal)))


def _groups(patient: Patient) -> Iterator[str]:
    group = _age_group(patient.age)
    if group and group == _age_group(patient.age_most if patient.age_most is not None else patient.age):
        yield from group
    if patient.sex != "male" and any(_is_pregnancy(one) for one in patient.conditions):
        yield from PREGNANCY
    yield from _SEXES.get(patient.sex, ())


def _age_group(age: int | None) -> tuple[str, ...]:
    return next((words for least, words in _GROUPS if age is not None and age >= least), ())


def _is_pregnancy(condition: str) -> bool:
    return bool(_PREGNANT.search(condition)) and not _ENDED.search(condition)
