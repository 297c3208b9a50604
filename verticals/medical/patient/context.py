"""What is known of the patient that a question is about: given with the question, or read from a bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from collegium.sdk.errors import Invalid
from verticals.medical.patient.age import AGE_MAX, age_problem, age_whole, birth_problem
from verticals.medical.patient.fields import shown, text_plain
from verticals.medical.patient.labs import abnormal_named

SEXES = {"female": "女", "male": "男", "other": "其他", "unknown": "未知"}
LISTS = ("conditions", "medications", "allergies", "labs")
LABELS = {
    "en": {
        "conditions": "conditions",
        "medications": "medications",
        "allergies": "allergies",
        "labs": "labs",
    },
    "zh": {"conditions": "疾病", "medications": "用药", "allergies": "过敏", "labs": "检验"},
}
ITEMS_MAX = 40
ITEM_CHARS = 120
SHOWN_MAX = 8


@dataclass(frozen=True, slots=True)
class Patient:
    """Age in whole years, sex as FHIR says it, and lists of what the record calls them.

    `age_most`: the greatest age that it can be, where the day of birth is not stated.
    `medications_unnamed`: how many of the record's medications have no name in it.
    `labs_abnormal`: the names of those laboratory values that the record says are abnormal.
    """

    age: int | None = None
    sex: str = ""
    conditions: tuple[str, ...] = ()
    medications: tuple[str, ...] = ()
    allergies: tuple[str, ...] = ()
    labs: tuple[str, ...] = ()
    age_most: int | None = None
    medications_unnamed: int = 0
    labs_abnormal: tuple[str, ...] = ()

    def line(self, language: str) -> str:
        """The patient in one line, as an answer names what it was given; empty where nothing is known."""
        chinese = language == "zh"
        parts = []
        if self.age is not None:
            either = self.age_most is not None and self.age_most > self.age
            years = str(self.age) + (f"{'或' if chinese else ' or '}{self.age_most}" if either else "")
            parts.append(f"{years}岁" if chinese else f"age {years}")
        if self.sex:
            parts.append(SEXES[self.sex] if chinese else self.sex)
        for name in LISTS:
            if items := getattr(self, name):
                more = len(items) - SHOWN_MAX
                said = ("、" if chinese else ", ").join(items[:SHOWN_MAX])
                rest = (f"等{len(items)}项" if chinese else f" and {more} more") if more > 0 else ""
                parts.append(
                    f"{LABELS['zh' if chinese else 'en'][name]}{'：' if chinese else ': '}{said}{rest}"
                )
        if count := self.medications_unnamed:
            named = "medication that the record does" if count == 1 else "medications that the record does"
            parts.append(f"另有{count}种用药未写明名称" if chinese else f"{count} further {named} not name")
        return ("；" if chinese else "; ").join(parts)


def patient_read(given: Mapping[str, Any], *, today: date | None = None) -> Patient:
    """The patient of a question's context: age or birth_date, sex, conditions, medications, allergies, labs.

    Raises Invalid for what is not known, not of its kind, or contradicts itself.
    """
    known = {"age", "birth_date", "sex", *LISTS}
    if unknown := sorted(set(given) - known):
        raise _invalid(
            _("The context has an unknown field '%(field)s'; it may have %(known)s.")
            % {"field": shown(unknown[0]), "known": ", ".join(sorted(known))}
        )
    sex = given.get("sex") or ""
    if sex and (not isinstance(sex, str) or sex not in SEXES):
        raise _invalid(
            _("'%(sex)s' is no sex that is known here; write one of %(known)s.")
            % {"sex": shown(sex), "known": ", ".join(SEXES)}
        )
    age = age_checked(given.get("age"), given.get("birth_date"), today or date.today())  # noqa: DTZ011
    lists = {name: _items(name, given.get(name)) for name in LISTS}
    abnormal = dict.fromkeys(name for one in lists["labs"] if (name := abnormal_named(one)))
    return Patient(age, sex, **lists, labs_abnormal=tuple(abnormal))


def age_checked(age: Any, born: Any, today: date) -> int | None:
    """The age in whole years. Raises Invalid where it is none, or does not go with the date of birth."""
    if age is not None and (isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= AGE_MAX):
        raise _invalid(
            _("The age is a whole number of years from 0 to %(most)s, not %(age)s.")
            % {"most": AGE_MAX, "age": shown(age)}
        )
    if not born:
        return age
    try:
        day = date.fromisoformat(str(born))
    except ValueError as error:
        told = _("The birth date '%(born)s' is no date; write it as 1980-02-29.")
        raise _invalid(told % {"born": shown(born)}) from error
    if problem := birth_problem(day, today):
        raise _invalid(problem)
    if age is not None and (problem := age_problem(age, day, today)):
        raise _invalid(problem, code="contradictory_context")
    return age_whole(day, today)


def _items(name: str, given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    if (
        not isinstance(given, Sequence)
        or isinstance(given, str)
        or not all(isinstance(one, str) for one in given)
    ):
        raise _invalid(_("'%(name)s' is a list of texts.") % {"name": name})
    if len(given) > ITEMS_MAX:
        raise _invalid(
            _("'%(name)s' has %(count)s entries; at most %(most)s are read. Leave out what is old.")
            % {"name": name, "count": len(given), "most": ITEMS_MAX}
        )
    items = tuple(dict.fromkeys(plain for one in given if (plain := text_plain(one))))
    if long := next((one for one in items if len(one) > ITEM_CHARS), None):
        raise _invalid(
            _("An entry of '%(name)s' is longer than %(most)s characters: '%(begin)s…'.")
            % {"name": name, "most": ITEM_CHARS, "begin": long[:40]}
        )
    return items


def _invalid(detail: str, code: str = "invalid_context") -> Invalid:
    return Invalid(detail, code=code)
