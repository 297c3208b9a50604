"""Emergency recognition: red-flag rules over text and vital signs first, a model that only escalates after.

It never says that there is no emergency: a text without a hit is one in which nothing was recognised.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from verticals.medical.patient.age import age_problem, age_years, birth_problem
from verticals.medical.triage.context import context_of
from verticals.medical.triage.likeness import likeness_of
from verticals.medical.triage.pattern import Present
from verticals.medical.triage.reassurance import reassuring
from verticals.medical.triage.rule import Rule, shipped_rules
from verticals.medical.triage.spelling import spelt
from verticals.medical.triage.text import View, view_of
from verticals.medical.triage.vitals import Age, Reading, age_of, birth_of, given_read, readings_of

TEXT_CHARS = 20_000
# "肚子不痛" within what a pattern spans: the denial stands between its words
_DENIED_WITHIN = re.compile(
    r"[不没](?:有)?(?:发)?(?:痛|晕|肿|麻|吐|烧|热|喘|红|血|出血|流血|起泡|不舒服|什么不舒服|尿血|酮体|胸闷|胸痛)(?!.{0,2}(?:但|了$))"
)
AGE_TOLERANCE_YEARS = 1.0


class TriageProblem(ValueError):
    """A text that cannot be looked at; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired. `spans`: where in the text, none where only values beside it crossed a threshold."""

    rule: Rule
    spans: tuple[tuple[int, int], ...]
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """What the model adds where no rule fired: its score and the threshold that it passed."""

    score: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Patient:
    """What is given beside the text; None where it is not known. `age_years` may be a fraction."""

    age_years: float | None = None
    birth_date: date | None = None
    sex: str = ""
    vitals: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Triage:
    """The result. `contradictions` names what in the data given does not go together."""

    emergency: bool
    language: str
    hits: tuple[Hit, ...]
    escalation: Escalation | None
    age: Age | None
    readings: tuple[Reading, ...]
    contradictions: tuple[str, ...]


def triage(
    text: str, *, language: str = "", patient: Patient | None = None, today: date | None = None
) -> Triage:
    """Look for red flags in a text and the values beside it.

    Raises:
        TriageProblem: the text is empty, too long or in a language that is not supported.
        VitalsProblem: a value given is unknown or impossible.
    """
    patient = patient or Patient()
    language = language_checked(text, language)
    plain = view_of(text)
    readings = [*given_read(patient.vitals or {}), *readings_of(plain)]
    age, contradictions = _age(plain, patient, today or date.today())  # noqa: DTZ011  (a patient's age)
    views = [] if reassuring(plain.text, language) else [plain, *spelt(plain, language)]
    hits = [
        hit
        for rule in shipped_rules()
        if _applies(rule, age, patient.sex) and (hit := _hit(rule, views, language, readings, age))
    ]
    escalation = _escalation(plain, language) if views and not hits else None
    return Triage(
        emergency=bool(hits or escalation),
        language=language,
        hits=tuple(hits),
        escalation=escalation,
        age=age,
        readings=tuple(readings),
        contradictions=tuple(contradictions),
    )


def _escalation(view: View, language: str) -> Escalation | None:
    score, threshold = likeness_of(view.text, language)
    return Escalation(score, threshold) if score > threshold else None


def language_checked(text: str, language: str = "") -> str:
    """The language of a text that can be looked at, en or zh; raises TriageProblem for any other."""
    if not text.strip():
        raise TriageProblem("The text is empty: describe what is happening.")
    if len(text) > TEXT_CHARS:
        raise TriageProblem(f"The text has {len(text):,} characters; give at most {TEXT_CHARS:,}.")
    if language and language not in ("en", "zh"):
        raise TriageProblem(f"The language {language} is not supported: use en or zh.")
    if language:
        return language
    letters = [one for one in text if one.isalpha()]
    han = sum("\u3400" <= one <= "\u9fff" for one in letters)
    latin = sum(one.isascii() for one in letters)
    strange = len(letters) - han - latin
    if letters and strange > 0.2 * len(letters) or "\u3040" <= max(text) <= "\u30ff":
        raise TriageProblem("The text is in a language that is not supported: write English or Chinese.")
    return "zh" if han * 2 >= latin / 2 and han else "en"


def _age(view: View, patient: Patient, today: date) -> tuple[Age | None, list[str]]:
    read, birth_read = age_of(view), birth_of(view)
    births = [one for one in (patient.birth_date, birth_read) if one]
    problems = [problem for one in births if (problem := birth_problem(one, today))]
    stated = Age(patient.age_years) if patient.age_years is not None else read
    for born in births if stated else ():
        told = age_problem(stated.years, born, today, tolerance_years=AGE_TOLERANCE_YEARS)
        problems += [told] if told else []
    if patient.age_years is not None and read and abs(read.years - patient.age_years) > AGE_TOLERANCE_YEARS:
        problems.append(
            f"The age given is {patient.age_years:g}, but the text says {read.years:.3g}: check both."
        )
    if stated is None and births and births[0] <= today:
        stated = Age(age_years(births[0], today))
    return stated, problems


def _applies(rule: Rule, age: Age | None, sex: str) -> bool:
    if rule.sex and sex and rule.sex != sex:
        return False
    return rule.ages is None or age is None or rule.ages[0] <= age.years < rule.ages[1]


def _hit(
    rule: Rule, views: list[View], language: str, readings: list[Reading], age: Age | None
) -> Hit | None:
    spans: set[tuple[int, int]] = set()
    for view in views:
        present = _presence(view, language)
        for pattern in rule.patterns[language]:
            found = pattern.find(view, present)
            spans |= {view.place(*one) for one in found or ()}
    years = age.years if age else 40.0  # adult thresholds where no age is known
    crossed = tuple(
        reading
        for reading in readings
        for threshold in rule.thresholds
        if threshold.measure == reading.measure
        and threshold.ages[0] <= years < threshold.ages[1]
        and threshold.crossed(reading.value)
    )
    spans |= {one.span for one in crossed if one.span}
    return Hit(rule, tuple(sorted(spans)), crossed) if spans or crossed else None


def _presence(view: View, language: str) -> Present:
    def present(start: int, end: int) -> bool:
        if language == "zh" and _DENIED_WITHIN.search(view.text, start, end):
            return False
        return context_of(view.text, start, end, language).present

    return present
