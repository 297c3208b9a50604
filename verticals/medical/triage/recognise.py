"""Emergency recognition: red-flag rules over text and vital signs first, a model that only escalates after.

It never says that there is no emergency: a text without a hit is one in which nothing was recognised.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_noop as noop

from collegium.sdk.language import is_supported
from verticals.medical.patient.age import age_problem, age_years, birth_problem
from verticals.medical.triage.concepts import THERE, concepts_found
from verticals.medical.triage.context import context_of
from verticals.medical.triage.likeness import likeness_of
from verticals.medical.triage.pattern import Pattern, Present
from verticals.medical.triage.rule import Rule, shipped_rules
from verticals.medical.triage.spelling import spelt
from verticals.medical.triage.text import View, view_of
from verticals.medical.triage.told import Told, ToldProblem
from verticals.medical.triage.traits import Fired, Traits, traits_of
from verticals.medical.triage.vitals import (
    Age,
    Reading,
    age_of,
    birth_of,
    given_read,
    readings_of,
    years_likely,
)

TEXT_CHARS = 20_000
# "肚子不痛" within what a pattern spans: the denial stands between its words
_DENIED_WITHIN = re.compile(
    r"[不没](?:有)?(?:发)?(?:痛|晕|肿|麻|吐|烧|热|喘|红|血|出血|流血|起泡|不舒服|什么不舒服|尿血|酮体|胸闷|胸痛)(?!.{0,2}(?:但|了$))"
)
AGE_TOLERANCE_YEARS = 1.0


class TriageProblem(ToldProblem):
    """A text that cannot be looked at; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired. `spans`: where in the text, none where only values beside it crossed a threshold."""

    rule: Rule
    spans: tuple[tuple[int, int], ...]
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """What the model adds where no rule alarms: its score, the threshold that it passed, and the signs that
    rules found and that it weighed.
    """

    score: float
    threshold: float
    signs: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Rules that alarm, rules of which only signs are there, and what the model sees."""

    hits: tuple[Hit, ...]
    signs: tuple[Hit, ...]
    traits: Traits


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
    contradictions: tuple[Told, ...]


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
    seen = signs_seen(plain, language, readings, age, patient.sex)
    escalation = None if seen.hits else _escalation(seen, language)
    return Triage(
        emergency=bool(seen.hits or escalation),
        language=language,
        hits=seen.hits,
        escalation=escalation,
        age=age,
        readings=tuple(readings),
        contradictions=tuple(contradictions),
    )


def signs_seen(view: View, language: str, readings: list[Reading], age: Age | None, sex: str = "") -> Seen:
    """What rules find in a text, and its traits for the model."""
    views = [view, *spelt(view, language)]
    years = years_likely(view, age)
    concepts = concepts_found(views[-1].text, language)
    hits, weak, count = [], [], 0
    for rule in shipped_rules():
        if not _applies(rule, age, sex):
            continue
        crossed = _crossed(rule, readings, years)
        found = _spans(rule.patterns[language], views, language)
        found += _met(rule, concepts, views[-1])
        signs = _spans(rule.signs[language], views, language)
        count += len(found) + len(signs) + len(crossed)
        spans = {span for one in found for span in one} | {one.span for one in crossed if one.span}
        if found or crossed:
            hits.append(Hit(rule, tuple(sorted(spans)), crossed))
        elif signs:
            weak.append(Hit(rule, tuple(sorted({span for one in signs for span in one}))))
    fired = Fired([one.rule.id for one in (*hits, *weak)], count)
    traits = traits_of(views[-1].text, language, concepts, fired, readings, age)
    return Seen(tuple(hits), tuple(weak), traits)


def _escalation(seen: Seen, language: str) -> Escalation | None:
    score, threshold = likeness_of(seen.traits, language)
    return Escalation(score, threshold, seen.signs) if score > threshold else None


def language_checked(text: str, language: str = "") -> str:
    """The language of a text that can be looked at, en or zh; raises TriageProblem for any other."""
    if not text.strip():
        raise TriageProblem(noop("The text is empty: describe what is happening."))
    if len(text) > TEXT_CHARS:
        raise TriageProblem(
            noop("The text has %(count)s characters; give at most %(limit)s."),
            count=f"{len(text):,}",
            limit=f"{TEXT_CHARS:,}",
        )
    if language and language not in ("en", "zh"):
        raise TriageProblem(
            noop("The language %(language)s is not supported: use en or zh."), language=language
        )
    if language:
        return language
    if not is_supported(text):
        raise TriageProblem(
            noop("The text is in a language that is not supported: write English or Chinese.")
        )
    han = sum("\u3400" <= one <= "\u9fff" for one in text)
    latin = sum(one.isalpha() and one.isascii() for one in text)
    return "zh" if han * 2 >= latin / 2 and han else "en"


def _age(view: View, patient: Patient, today: date) -> tuple[Age | None, list[Told]]:
    read, birth_read = age_of(view), birth_of(view)
    births = [one for one in (patient.birth_date, birth_read) if one]
    problems = [birth_problem(one, today) for one in births]
    stated = Age(patient.age_years) if patient.age_years is not None else read
    if stated:
        problems += [
            age_problem(stated.years, one, today, tolerance_years=AGE_TOLERANCE_YEARS) for one in births
        ]
    told = [Told("%(problem)s", {"problem": one}) for one in problems if one]
    if patient.age_years is not None and read and abs(read.years - patient.age_years) > AGE_TOLERANCE_YEARS:
        differs = noop("The age given is %(age)s, but the text says %(said)s: check both.")
        told.append(Told(differs, {"age": f"{patient.age_years:g}", "said": f"{read.years:.3g}"}))
    if stated is None and births and births[0] <= today:
        stated = Age(age_years(births[0], today))
    return stated, told


def _applies(rule: Rule, age: Age | None, sex: str) -> bool:
    if rule.sex and sex and rule.sex != sex:
        return False
    return rule.ages is None or age is None or rule.ages[0] <= age.years < rule.ages[1]


def _spans(patterns: tuple[Pattern, ...], views: list[View], language: str) -> list[set[tuple[int, int]]]:
    """The places of each pattern that fires in one of the views."""
    fired = []
    for pattern in patterns:
        spans: set[tuple[int, int]] = set()
        for view in views:
            spans |= {view.place(*one) for one in pattern.find(view, _presence(view, language)) or ()}
        if spans:
            fired.append(spans)
    return fired


def _met(rule: Rule, concepts: Mapping[str, tuple[int, int]], view: View) -> list[set[tuple[int, int]]]:
    """The places of each set of concepts that alarms together and is there, none of it denied or asked."""
    return [
        {view.place(*concepts[name + THERE]) for name in names}
        for names in rule.concepts
        if all(name + THERE in concepts for name in names)
    ]


def _crossed(rule: Rule, readings: list[Reading], years: float) -> tuple[Reading, ...]:
    return tuple(
        reading
        for reading in readings
        for threshold in rule.thresholds
        if threshold.measure == reading.measure
        and threshold.ages[0] <= years < threshold.ages[1]
        and threshold.crossed(reading.value)
    )


def _presence(view: View, language: str) -> Present:
    def present(start: int, end: int) -> bool:
        if language == "zh" and _DENIED_WITHIN.search(view.text, start, end):
            return False
        return context_of(view.text, start, end, language).present

    return present
