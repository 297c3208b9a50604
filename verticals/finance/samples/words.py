"""The reports' words: sources/*.md with the figures of the table put in where braces name them.

A line is a heading (#, ##), a paragraph, a note (>), large words of the cover (!), `:: table` or `---`, a new
page. In braces stand figures and what follows from them, of the report's own period or with @before of the
same months of the year before:

    {revenue}  {revenue@before}          the figure, which states a fact
    {revenue%growth}                     growth on the year before, in percent
    {gross_profit/revenue}               a ratio in percent
    {gross_profit/revenue%change}        its change, in percentage points
    {mix gross_profit}, {rate ...}       the mix and the rate effect on the margin, in percentage points; with
                                         a segment's name at the end, of that segment alone
    {company}, {year} ...                words of the report
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from verticals.finance.samples.report import (
    Block,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Part,
    Table,
)
from verticals.finance.samples.table import FigureTable, Span

SOURCES = Path(__file__).parent / "sources"
_BRACES = re.compile(r"\{([^{}]+)\}")
_EFFECT = re.compile(r"(mix|rate) (\w+)(?: (\w+))?")
_NAMED = re.compile(r"(?P<name>[a-z_.]+)(?:/(?P<under>[a-z_.]+))?(?:%(?P<how>\w+))?(?P<before>@before)?")


class Words:
    """Writes a source text for one company and period."""

    def __init__(
        self,
        table: FigureTable,
        span: Span,
        *,
        said: Mapping[str, Part],
        figure: Callable[[str, Span], Figure],
        tables: Mapping[str, Callable[[], Table]],
        percent_places: int = 1,
    ) -> None:
        self._table = table
        self._span = span
        self._said = said
        self._figure = figure
        self._tables = tables
        self._percent = percent_places

    @staticmethod
    def source(name: str) -> Path:
        return SOURCES / f"{name}.md"

    def blocks(self, source: str) -> tuple[Block, ...]:
        return tuple(self._blocks(self.source(source).read_text(encoding="utf-8")))

    def _blocks(self, text: str) -> Iterator[Block]:
        for line in filter(None, map(str.strip, text.splitlines())):
            mark, _, rest = line.partition(" ")
            if line == "---":
                yield PageBreak()
            elif mark in ("#", "##", "###"):
                words, _, anchor = rest.partition(" ^")
                yield Heading("".join(map(_plain, self._parts(words))), len(mark), anchor or _anchor(words))
            elif mark == "::":
                yield self._tables[rest]()
            else:
                style = {">": "note", "!": "big", "!!": "title"}.get(mark, "")
                yield Paragraph(tuple(self._parts(rest if style else line)), style)

    def _parts(self, text: str) -> Iterator[Part]:
        at = 0
        for found in _BRACES.finditer(text):
            if found.start() > at:
                yield text[at : found.start()]
            yield self._put(found[1])
            at = found.end()
        if at < len(text):
            yield text[at:]

    def _put(self, expression: str) -> Part:
        if expression in self._said:
            return self._said[expression]
        if effect := _EFFECT.fullmatch(expression):
            return _places(self._effect(effect[1], effect[2], effect[3] or "") * 100, 2)
        found = _NAMED.fullmatch(expression)
        if not found:
            raise KeyError(expression)
        span = self._span.before if found["before"] else self._span
        name, under, how = found["name"], found["under"], found["how"]
        if under:
            ratio = self._ratio(name, under, span)
            if how == "change":
                return _places(abs(ratio - self._ratio(name, under, span.before)) * 100, self._percent)
            return f"{_places(ratio * 100, self._percent)}%"
        if how == "growth":
            value, last = self._table.value(name, span), self._table.value(name, span.before)
            return f"{_places(abs(value / last - 1) * 100, self._percent)}%"
        return self._figure(name, span)

    def _ratio(self, over: str, under: str, span: Span) -> Decimal:
        return self._table.value(over, span) / self._table.value(under, span)

    def _effect(self, kind: str, profit: str, only: str) -> Decimal:
        """Rate: mean weight x change of margin; mix: change of weight x distance of the mean margins."""
        spans = (self._span.before, self._span)
        totals = [self._ratio(profit, "revenue", span) for span in spans]
        effect = Decimal(0)
        for segment in [only] if only else self._table.segments:
            weights = [self._ratio(f"revenue.{segment}", "revenue", span) for span in spans]
            margins = [self._ratio(f"{profit}.{segment}", f"revenue.{segment}", span) for span in spans]
            if kind == "rate":
                effect += sum(weights, Decimal(0)) / 2 * (margins[1] - margins[0])
            else:
                effect += (weights[1] - weights[0]) * (sum(margins, Decimal(0)) - sum(totals, Decimal(0))) / 2
        return effect


def _plain(part: Part) -> str:
    if not isinstance(part, str):
        raise TypeError("a heading states no facts")
    return part


def _places(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):.{places}f}"


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
