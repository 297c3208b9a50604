"""The suite `medical.tagging`: is each finding given the context that a reader gave it?

Contexts are judged with the findings' places given, so that the figures tell of contexts alone: F1 of each
context and of all together, which is then the share of findings judged right. `found` is the share of the
findings that the vocabulary meets at all, and `found_right` that of those it meets with the right context.
Intervals are those of Wilson (1927), of 95 %, for the share that is right. Of the half that was set aside
nothing but figures is told.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collegium.sdk.intervals import wilson_interval
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.medical.tagging.cases import HALVES, Case, Finding, cases_read
from verticals.medical.tagging.context import CONTEXTS, contexts_find
from verticals.medical.tagging.tag import tags_find

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with the context that was told; `tagged` is that of the tag that meets it, empty for none."""

    case: Case
    finding: Finding
    told: str
    tagged: str


def tagging_run(data: Path | None) -> SuiteResult:
    """Judge both halves. The headline figures are of the half that was set aside."""
    judged = [one for half in HALVES for case in cases_read(half) for one in case_judged(case)]
    metrics = figures([one for one in judged if one.case.half == "unseen"])
    for half in HALVES:
        for language in LANGUAGES:
            chosen = [one for one in judged if (one.case.half, one.case.language) == (half, language)]
            metrics |= {f"{half}_{language}_{name}": value for name, value in figures(chosen).items()}
    metrics |= {f"tuned_{k}": v for k, v in figures([o for o in judged if o.case.half == "tuned"]).items()}
    return SuiteResult(metrics=metrics, details=[*_contexts(judged), *_wrong(judged)])


def case_judged(case: Case) -> list[Judged]:
    """What is told of each finding of a sentence."""
    told = contexts_find(case.text, [(one.start, one.end) for one in case.findings])
    tags = tags_find(case.text)
    judged = []
    for finding, context in zip(case.findings, told, strict=True):
        met = [tag.context for tag in tags if tag.start < finding.end and finding.start < tag.end]
        judged.append(Judged(case, finding, context, met[0] if met else ""))
    return judged


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """F1 of all findings and of each context, with the interval of the share that is right."""
    right = sum(one.told == one.finding.context for one in judged)
    low, high = interval(right, len(judged))
    by_context = {context: f1(judged, context) for context in CONTEXTS}
    met = [one for one in judged if one.tagged]
    return {
        "f1": round(right / len(judged), 4) if judged else 0.0,  # one answer to each: micro F1 is accuracy
        "f1_low": low,
        "f1_high": high,
        "f1_macro": round(sum(by_context.values()) / len(by_context), 4),
        "findings": len(judged),
        "sentences": len({one.case.id for one in judged}),
        "found": round(len(met) / len(judged), 4) if judged else 0.0,
        "found_right": round(sum(one.tagged == one.finding.context for one in met) / len(met), 4)
        if met
        else 0.0,
    } | {f"f1_{context}": value for context, value in by_context.items()}


def f1(judged: Iterable[Judged], context: str) -> float:
    """Harmonic mean of precision and recall of one context."""
    counts: Counter[str] = Counter()
    for one in judged:
        counts["both"] += one.told == one.finding.context == context
        counts["sum"] += (one.told == context) + (one.finding.context == context)
    return round(2 * counts["both"] / counts["sum"], 4) if counts["sum"] else 0.0


def interval(right: int, total: int) -> tuple[float, float]:
    """The interval of a share as it is shown; none for nothing counted."""
    low, high = wilson_interval(right, total) if total else (0.0, 0.0)
    return round(low, 4), round(high, 4)


def _contexts(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Per half, language and context: how many there are, how many are told right, with the interval."""
    rows = []
    for half in HALVES:
        for language in LANGUAGES:
            for context in CONTEXTS:
                chosen = [
                    one
                    for one in judged
                    if (one.case.half, one.case.language, one.finding.context) == (half, language, context)
                ]
                right = sum(one.told == context for one in chosen)
                of_half = [one for one in judged if (one.case.half, one.case.language) == (half, language)]
                rows.append(
                    {"half": half, "language": language, "context": context, "findings": len(chosen)}
                    | {"right": right, "interval": interval(right, len(chosen)), "f1": f1(of_half, context)}
                )
    return rows


def _wrong(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    return [
        {"text": one.case.text, "finding": one.case.text[one.finding.start : one.finding.end]}
        | {"context": one.finding.context, "told": one.told}
        for one in judged
        if one.case.half == "tuned" and one.told != one.finding.context
    ]


TAGGING_SUITE = Suite(
    name="tagging",
    description="F1 of the contexts of findings (negated, uncertain, ...) over annotated sentences "
    "in English and Chinese.",
    run=tagging_run,
)
