"""A comparison as CSV: one row for each company, metric and period."""

import csv
import io
from collections.abc import Mapping, Sequence

from verticals.finance.answering.computations import plain_text
from verticals.finance.answering.reasons import reason_text
from verticals.finance.answering.shown import Words
from verticals.finance.facts.filings import Entity
from verticals.finance.metrics.value import MetricValue, Outcome
from verticals.finance.pages.metric_table import Line

_HEAD = ("company", "key", "metric", "name", "period")
_REST = ("start", "end", "value", "unit", "basis", "formula", "facts", "reason")
_ASKS_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r")


def comparison_csv(lines: Sequence[Line], entities: Mapping[str, Entity], words: Words) -> str:
    """Values with all their digits; ratios as fractions. A byte order mark names the encoding."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([*_HEAD, *_REST])
    for line in lines:
        for outcome in line.outcomes:
            writer.writerow(
                [*_head(line, entities[line.entity], words), outcome.period.code, *_rest(outcome, words)]
            )
    return out.getvalue()


def safe(text: str) -> str:
    """Text that a spreadsheet does not take for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_ASKS_A_SPREADSHEET) else text


def _head(line: Line, entity: Entity, words: Words) -> list[str]:
    name = line.metric.name(words.language)
    return [safe(entity.name), safe(entity.key), line.metric.code, safe(name)]


def _rest(outcome: Outcome, words: Words) -> list[object]:
    """From `start` on; a value that is not there has its reason alone."""
    if not isinstance(outcome, MetricValue):
        return [*[""] * 7, safe(reason_text(outcome, words))]
    span, facts = outcome.span, " ".join(outcome.inputs)
    shown = plain_text(outcome.value), safe(outcome.unit), outcome.basis
    return [span.start or "", span.end, *shown, safe(outcome.formula), facts, ""]
