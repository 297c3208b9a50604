"""The suite `finance.wording`: answers that the served model words from figures and quotations.

Over the halves of TAT-QA and ConvFinQA that are held out. `numbers_kept` is the share of answers that say
exactly the numbers of the set's answer, `numbers_supported` that of numbers which stand in what was given.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from collegium.sdk.evaluation import SuiteProblem, model_said
from collegium.sdk.intervals import bootstrap_mean
from collegium.sdk.numbers import numbers_find
from collegium.sdk.overlap import numbers_supported, token_f1
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.finance.tuning.wording_sets import (
    CONVFINQA,
    FILES,
    TATQA,
    WordingAsked,
    convfinqa_asked,
    tatqa_asked,
)

MAX_TOKENS = 120
ASKED_MOST = 300  # of a set, spread evenly over it: a model on two processors takes seconds for each
READERS: dict[str, Callable[[Path], Iterator[WordingAsked]]] = {
    TATQA: tatqa_asked,
    CONVFINQA: convfinqa_asked,
}


def wording_run(data: Path | None) -> SuiteResult:
    """Ask the served model for each answer and score what it writes."""
    if data is None:
        raise SuiteProblem(f"Name the folder of {TATQA} or {CONVFINQA} by --data: the sample has no answers.")
    asked = wording_asked(data)
    if not asked:
        raise SuiteProblem(f"{data} holds neither {FILES[TATQA]} nor {FILES[CONVFINQA]}.")
    details = [_scored(one) for one in asked]
    return SuiteResult(metrics=wording_metrics(details), details=details)


def wording_asked(data: Path) -> list[WordingAsked]:
    """What is held out, of each set that is there."""
    found: list[WordingAsked] = []
    for data_set, name in FILES.items():
        folder = next((one for one in (data, data / data_set) if (one / name).is_file()), None)
        if folder is not None:
            try:
                held_out = [one for one in READERS[data_set](folder) if one.held_out]
            except (ValueError, KeyError, TypeError) as error:
                raise SuiteProblem(f"{folder / name} is not of the form of {data_set}: {error!r}.") from error
            found += held_out[:: max(1, -(-len(held_out) // ASKED_MOST))]
    return found


def _scored(one: WordingAsked) -> dict[str, Any]:
    system, user, answer = one.messages()
    said = model_said(system.content, user.content, max_tokens=MAX_TOKENS)
    return {
        "key": one.key,
        "data_set": one.data_set,
        "said": said,
        "reference": answer.content,
    } | wording_scores(said, one)


def wording_scores(said: str, one: WordingAsked) -> dict[str, float]:
    """How near an answer is to the set's, and whether its numbers are the set's and those given."""
    wanted = {abs(number.value) for number in numbers_find(one.answer)}
    given = {abs(number.value) for number in numbers_find(said)}
    supported, numbers = numbers_supported(said, " ".join((one.question, *one.quotes)))
    return {
        "token_f1": token_f1(said, one.answer),
        "numbers_kept": float(wanted == given),
        "numbers": numbers,
        "supported": supported,
    }


def wording_metrics(details: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Means with their intervals over answers, whole and by data set; supported numbers are pooled."""
    metrics: dict[str, float] = {"answers": float(len(details))}
    for name in ("", *FILES):
        rows = [row for row in details if name in ("", row["data_set"])]
        if not rows or (name and len(rows) == len(details)):
            continue
        mark = f"_{name}" if name else ""
        for score in ("token_f1", "numbers_kept"):
            interval = bootstrap_mean([row[score] for row in rows])
            metrics[f"{score}{mark}"] = round(interval.mean, 4)
            metrics[f"{score}{mark}_low"] = round(interval.low, 4)
            metrics[f"{score}{mark}_high"] = round(interval.high, 4)
        if numbers := sum(row["numbers"] for row in rows):
            metrics[f"numbers_supported{mark}"] = round(sum(row["supported"] for row in rows) / numbers, 4)
    return metrics


WORDING_SUITE = Suite(
    name="wording",
    description="Answers worded from figures and quotations: exact numbers kept, token F1.",
    run=wording_run,
    data_sets=(TATQA, CONVFINQA),
)
