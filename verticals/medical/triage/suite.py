"""The suite `medical.triage`: how many emergencies are recognised, and how often one is seen where none is.

The headline figures are of the half that was written without sight of the rules and is not read while they
are made; its texts are never told. Bounds after Clopper and Pearson (Biometrika 1934;26:404-413).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collegium.sdk.evaluation import SuiteProblem
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.medical.triage.cases import Case, cases_read
from verticals.medical.triage.interval import interval, lower_bound
from verticals.medical.triage.recognise import triage

DATA_SET = "triage_vignettes"
VIGNETTES = "semigran_vignettes.jsonl"
HEADLINE = "unseen"


@dataclass(frozen=True, slots=True)
class Outcome:
    case: Case
    emergency: bool
    by_rule: bool


def triage_run(data: Path | None) -> SuiteResult:
    """Own cases, the untouched half, and the vignettes where `data` holds them."""
    cases = [*cases_read("tuned"), *cases_read(HEADLINE), *(vignettes_read(data) if data else [])]
    outcomes = [outcome_of(one) for one in cases]
    unseen = [one for one in outcomes if one.case.half == HEADLINE]
    metrics = figures(unseen)
    for half in sorted({one.case.half for one in outcomes}):
        chosen = [one for one in outcomes if one.case.half == half]
        metrics |= {f"{name}_{half}": value for name, value in figures(chosen).items()}
    for part in ("language", "category"):
        for value in sorted({getattr(one.case, part) for one in unseen}):
            chosen = [one for one in unseen if getattr(one.case, part) == value]
            metrics |= {f"{value}.{name}": told for name, told in figures(chosen).items()}
    return SuiteResult(metrics=metrics, details=[*_groups(outcomes), *_wrong(outcomes)])


def outcome_of(case: Case) -> Outcome:
    result = triage(case.text, language=case.language)
    return Outcome(case, result.emergency, bool(result.hits))


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Sensitivity with its one-sided 95 % bound, and the rate of false alarms, with their totals."""
    found, emergencies = _count(outcomes, True)
    alarms, others = _count(outcomes, False)
    told: dict[str, float] = {"emergencies": emergencies, "others": others}
    if emergencies:
        told |= {
            "sensitivity": round(found / emergencies, 4),
            "sensitivity_lower_bound": round(lower_bound(found, emergencies), 4),
        }
    if others:
        told |= {"false_alarm_rate": round(alarms / others, 4)}
    return told


def _count(outcomes: Iterable[Outcome], emergency: bool) -> tuple[int, int]:
    chosen = [one for one in outcomes if one.case.emergency is emergency]
    return sum(one.emergency for one in chosen), len(chosen)


def _groups(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Both rates with two-sided 95 % intervals, per half and language, category or kind."""
    groups: dict[tuple[str, str, str], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        for part in ("language", "category", "kind"):
            if value := getattr(one.case, part):
                groups[one.case.half, part, value].append(one)
    rows = []
    for (half, part, value), chosen in sorted(groups.items()):
        row: dict[str, Any] = {"half": half, part: value}
        for name, emergency in (("sensitivity", True), ("false_alarm_rate", False)):
            count, total = _count(chosen, emergency)
            if total:
                low, high = interval(count, total)
                row |= {name: round(count / total, 4), f"{name}_interval": [round(low, 4), round(high, 4)]}
                row |= {f"{name}_of": total}
        rows.append(row)
    return rows


def _wrong(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """What went wrong in what may be read; of the untouched half nothing is told."""
    return [
        {"half": one.case.half, "text": one.case.text, "emergency": one.case.emergency}
        for one in outcomes
        if one.case.half != HEADLINE and one.emergency is not one.case.emergency
    ]


def vignettes_read(data: Path) -> list[Case]:
    """The vignettes of Semigran et al. 2015 (BMJ 351:h3480), emergencies or not."""
    for path in (data / DATA_SET / VIGNETTES, data / VIGNETTES):
        if path.exists():
            rows = [
                json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
            ]
            return [
                Case(f"vignette-{at}", row["case_description"], row["urgency_level"] == "em", "", "vignette",
                     "en", "vignettes")
                for at, row in enumerate(rows)
            ]  # fmt: skip
    raise SuiteProblem(f"{data} does not hold the data set {DATA_SET}: there is no {VIGNETTES} in it.")


TRIAGE_SUITE = Suite(
    name="triage",
    description="Emergencies recognised, with bounds, and false alarms, over texts in English and Chinese.",
    run=triage_run,
    data_sets=(DATA_SET,),
)
