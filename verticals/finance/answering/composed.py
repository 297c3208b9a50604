"""A computed answer put together: sentences, how it was read, table, chart and the computations behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verticals.finance.answering.chart import chart
from verticals.finance.answering.computations import Computation, computations
from verticals.finance.answering.computed import Computed
from verticals.finance.answering.interpretation import interpretation
from verticals.finance.answering.sentences import Line, sentences
from verticals.finance.answering.shown import Words
from verticals.finance.answering.table import table
from verticals.finance.metrics.catalogue import Catalogue, catalogue
from verticals.finance.questions.query import TypedQuery

NAMED_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """An answer without a model; where it is not `answered` the sentences say why."""

    answered: bool
    lines: tuple[Line, ...]
    interpretation: tuple[str, ...]
    table: dict[str, Any] | None
    chart: dict[str, Any] | None
    computations: tuple[Computation, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(line.text for line in self.lines)


def composed(
    computed: Computed,
    names: Mapping[str, str],
    *,
    members: Mapping[str, str] | None = None,
    metrics: Catalogue | None = None,
    language: str = "",
) -> Composed:
    """The answer in the language asked for.

    `names` are what the companies are called, `members` the labels of segments, products and regions.
    """
    words = Words(metrics or catalogue(), language or computed.query.language, names, members or {})
    said = [Line(ask_back(computed.query, words))] if computed.query.missing else sentences(computed, words)
    return Composed(
        answered=computed.answered,
        lines=tuple(said),
        interpretation=tuple(interpretation(computed, words)),
        table=table(computed, words),
        chart=chart(computed, words),
        computations=tuple(computations(computed, words)),
    )


def ask_back(query: TypedQuery, words: Words) -> str:
    """What has to be asked back: which company is meant, with those that come close or are there."""
    if query.near:
        close = [words.entity(key) for key in query.near]
        if words.chinese:
            return f"“{query.unknown}”指哪一家公司？可能是：{'、'.join(close)}。"
        return f"Which company is meant by “{query.unknown}”? It may be: {', '.join(close)}."
    there = sorted(words.names.values())
    listed = there[:NAMED_MOST]
    more = len(there) - len(listed)
    if words.chinese:
        rest = f"等{len(there)}家公司" if more > 0 else ""
        known = f"现有：{'、'.join(listed)}{rest}。" if listed else "目前没有任何公司的报告。"
        head = f"文档中没有“{query.unknown}”。" if query.unknown else "请问是哪一家公司？"
        return head + known
    rest = f" and {more} more" if more > 0 else ""
    known = "There are no reports yet."
    if listed:
        known = f"There are: {', '.join(listed)}{rest}".rstrip(".") + "."
    head = (
        f"No company called “{query.unknown}” is among the documents."
        if query.unknown
        else "Which company is meant?"
    )
    return f"{head} {known}"
