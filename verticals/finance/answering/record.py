"""A computed answer written into the steps of an answer: text with its citations, computations, exhibits."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from collegium.sdk.answering import AnswerSteps, Input, TextPlace
from verticals.finance.answering.composed import Composed
from verticals.finance.answering.computations import Computation, plain_text
from verticals.finance.answering.sentences import Line
from verticals.finance.metrics.fact_source import KnownFact

MARKS_A_LINE = 4
CITED_MOST = 24
OWN_MEMBERS = ("entity", "metric", "period", "start", "end", "basis", "dims")


def composed_record(steps: AnswerSteps, composed: Composed) -> None:
    """Write the sentences with marks, how the question was read, the numbers behind, table and chart."""
    cited = facts_cite(steps, [fact for line in composed.lines for fact in line.facts[:MARKS_A_LINE]])
    steps.write("\n".join(_marked(line, cited) for line in composed.lines), kind="computed")
    steps.interpret(composed.interpretation)
    for computation in composed.computations:
        _compute(steps, computation, cited)
    if composed.table:
        steps.exhibit("table", _table(composed.table))
    if composed.chart:
        steps.exhibit("chart", composed.chart)


def facts_cite(steps: AnswerSteps, facts: Iterable[KnownFact]) -> dict[str, int]:
    """Cite where facts stand in the text of their documents; fact id -> the citation's number."""
    placed: dict[str, TextPlace] = {}
    for fact in facts:
        if fact.id not in placed and len(placed) < CITED_MOST and (place := fact_place(fact)):
            placed[fact.id] = place
    quotes = steps.cite(list(placed.values())) if placed else []
    return {number: quote.number for number, quote in zip(placed, quotes, strict=True) if quote is not None}


def fact_place(fact: KnownFact) -> TextPlace | None:
    """Where a fact stands in its version's text; None for one that is not shown there."""
    start, end = fact.fact.locator.get("start"), fact.fact.locator.get("end")
    if not fact.version or not isinstance(start, int) or not isinstance(end, int) or start >= end:
        return None
    return TextPlace(UUID(fact.version), start, end)


def _marked(line: Line, cited: dict[str, int]) -> str:
    numbers = dict.fromkeys(cited[fact.id] for fact in line.facts[:MARKS_A_LINE] if fact.id in cited)
    marks = "".join(f"[{number}]" for number in numbers)
    return f"{line.text} {marks}" if marks else line.text


def _compute(steps: AnswerSteps, computation: Computation, cited: dict[str, int]) -> None:
    row = computation.row
    steps.compute(
        name=computation.name,
        formula=row["formula"],
        inputs=[_input(fact, cited) for fact in computation.facts],
        value=row["value"],
        unit=row["unit"],
        about={name: row[name] for name in OWN_MEMBERS}
        | {"shown": computation.shown, "working": computation.working},
    )


def _input(known: KnownFact, cited: dict[str, int]) -> Input:
    fact = known.fact
    dates = f"{fact.period.start}/{fact.period.end}" if fact.period.start else str(fact.period.end)
    members = "".join(f" [{member.split(':')[-1]}]" for _axis, member in fact.dims)
    return Input(
        name=f"{fact.concept} {dates}{members}",
        value="" if fact.value is None else plain_text(fact.value),
        unit=fact.unit,
        citation=cited.get(known.id),
        source=int(known.id) if known.id.isdigit() else None,
        document=UUID(known.document) if known.document else None,
    )


def _table(table: dict[str, Any]) -> dict[str, Any]:
    """The table with its cells in the order of the columns."""
    keys = [column["key"] for column in table["columns"]]
    rows = [[_cell(row, key) for key in keys] for row in table["rows"]]
    return {"columns": table["columns"], "rows": rows}


def _cell(row: dict[str, Any], key: str) -> dict[str, Any]:
    if key in ("company", "metric"):
        return {"text": row[key], "value": None, "unit": "", "inputs": []}
    cell = row["cells"].get(key)
    if cell is None:
        return {"text": "", "value": None, "unit": "", "inputs": []}
    return cell | {"inputs": _ids(cell.get("inputs", ()))}


def _ids(texts: Sequence[str]) -> list[int]:
    return [int(one) for one in texts if str(one).isdigit()]
