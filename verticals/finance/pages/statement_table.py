"""A statement as its filing presents it, with the figures of the periods that it is about."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from verticals.finance.facts.fact import Dims, Period, Row, Statement
from verticals.finance.facts.selectors import StoredFact
from verticals.finance.metrics.units import is_money
from verticals.finance.pages.addresses import fact_address
from verticals.finance.pages.amounts import Scale, exact_text, scale_stated, unit_caption
from verticals.finance.xbrl.linkbases import words

COLUMNS_MAX = 4
MAIN_SHARE = 0.25  # of the figures of the period that most are stated for

Figures = Mapping[tuple[str, Dims, Period], StoredFact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    text: str
    href: str
    footnoted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the statement; a heading has no cells. `unit`: where it is another than the statement's."""

    label: str
    depth: int
    cells: tuple[Cell | None, ...] = ()
    total: bool = False
    unit: str = ""

    @property
    def is_heading(self) -> bool:
        return not self.cells

    @property
    def indent_rem(self) -> float:
        return 0.9 * min(self.depth, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTable:
    title: str
    unit: str
    columns: tuple[Period, ...]
    lines: tuple[Line, ...]


def statement_table(
    statement: Statement, facts: Iterable[StoredFact], language: str
) -> StatementTable | None:
    """The statement with its figures; None where the filing states none of them."""
    figures = _figures(facts)
    shown = {(row.concept, row.dims) for row in statement.rows if row.concept}
    periods = [period for concept, dims, period in figures if (concept, dims) in shown]
    columns = columns_of(periods)
    if not columns:
        return None
    stated = [
        found
        for row in statement.rows
        for column in columns
        if row.concept and (found := _figure(row, column, figures))
    ]
    if not stated:
        return None
    unit, scale = _unit(stated)
    lines = tuple(_line(row, columns, figures, unit, scale, language) for row in statement.rows)
    return StatementTable(
        title=statement.title,
        unit=unit_caption(unit, scale.power, language) if unit else "",
        columns=columns,
        lines=_with_figures([line for line in lines if line is not None]),
    )


def columns_of(periods: Sequence[Period]) -> tuple[Period, ...]:
    """The periods that many of the figures are about, the latest first; balances alone make columns of days.

    In a statement of flows a balance stands in the column whose period it ends or begins.
    """
    flows = [period for period in periods if period.start is not None]
    counted = Counter(flows if 2 * len(flows) >= len(periods) else set_instants(periods)).most_common()
    if not counted:
        return ()
    many = [period for period, count in counted if count >= MAIN_SHARE * counted[0][1]][:COLUMNS_MAX]
    # the shorter of two periods that end on one day first, as reports put the quarter before the year to date
    return tuple(sorted(many, key=lambda one: (one.end, one.start or date.min), reverse=True))


def set_instants(periods: Sequence[Period]) -> list[Period]:
    return [period for period in periods if period.start is None]


def _figures(facts: Iterable[StoredFact]) -> dict[tuple[str, Dims, Period], StoredFact]:
    """By what a line asks for; of several units the one that most figures are in."""
    rows = list(facts)
    common = Counter(one.fact.unit for one in rows)
    found: dict[tuple[str, Dims, Period], StoredFact] = {}
    for one in sorted(rows, key=lambda row: common[row.fact.unit]):
        found[one.fact.concept, one.fact.dims, one.fact.period] = one
    return found


def _figure(row: Row, column: Period, figures: Figures) -> StoredFact | None:
    """The line's figure in a column: a flow of its period, else the balance at its end, or at its start."""
    if column.start is not None and row.is_opening and column.start > date.min:
        day = column.start - timedelta(days=1)
        return figures.get((row.concept, row.dims, Period(end=day)))
    return figures.get((row.concept, row.dims, column)) or figures.get(
        (row.concept, row.dims, Period(end=column.end))
    )


def _unit(stated: Sequence[StoredFact]) -> tuple[str, Scale]:
    """The currency of most figures, and the scale in which they were stated."""
    money = Counter(one.fact.unit for one in stated if is_money(one.fact.unit))
    if not money:
        return "", Scale()
    unit = money.most_common(1)[0][0]
    own = [one.fact for one in stated if one.fact.unit == unit and one.fact.value]
    return unit, scale_stated(fact.decimals if fact.decimals is not None else _places(fact) for fact in own)


def _places(fact: object) -> int:
    """How many places an exact value was written with."""
    exponent = fact.value.as_tuple().exponent  # type: ignore[attr-defined]
    return max(0, -exponent)


def _line(
    row: Row, columns: Sequence[Period], figures: Figures, unit: str, scale: Scale, language: str
) -> Line | None:
    if not row.concept:
        return Line(label=row.label, depth=row.depth)
    found = [_figure(row, column, figures) for column in columns]
    first = next((one for one in found if one is not None), None)
    if first is None:
        return None
    own = first.fact.unit
    return Line(
        label=row.label or words(row.concept),
        depth=row.depth,
        cells=tuple(_cell(row, one, unit, scale) for one in found),
        total=row.is_total,
        unit="" if own == unit else unit_caption(own, 0, language),
    )


def _cell(row: Row, one: StoredFact | None, unit: str, scale: Scale) -> Cell | None:
    if one is None:
        return None
    value = one.fact.value
    if value is None:
        text = "–"
    else:
        shown = -value if row.is_negated else value
        text = scale.text(shown) if one.fact.unit == unit else exact_text(shown)
    return Cell(text=text, href=fact_address(one.id), footnoted=bool(one.fact.footnotes))


def _with_figures(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without headings under which no figure is left."""
    kept: list[Line] = []
    for line in reversed(lines):
        below = kept[-1] if kept else None
        if line.is_heading and (below is None or (below.is_heading and below.depth <= line.depth)):
            continue
        kept.append(line)
    return tuple(reversed(kept))


def figures_statements(facts: Sequence[StoredFact], balances: str, flows: str) -> tuple[Statement, ...]:
    """For a filing without statements: its balances and its flows, as they follow each other in it."""
    found = []
    for title, instants in ((balances, True), (flows, False)):
        rows = {
            one.fact.concept: Row(label=words(one.fact.concept), concept=one.fact.concept)
            for one in facts
            if not one.fact.dims and one.fact.period.is_instant is instants
        }
        if rows:
            found.append(Statement(title=title, rows=tuple(rows.values())))
    return tuple(found)
