"""Filings and facts as JSON, between the process that reads a file and the one that trusts nothing in it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from verticals.finance.facts.fact import Dims, Fact, Filing, Period, ReadFiling, Row, Statement
from verticals.finance.facts.figures import DIGITS_MAX, figure, figure_text

NAME_MAX_CHARS = 300  # of a concept, unit, axis or member
TEXT_MAX_CHARS = 2000
DIMS_MAX = 20
FILINGS_MAX = 1000
_LOCATOR_TEXTS = frozenset({"kind", "element", "file", "anchor"})
_LOCATOR_NUMBERS = frozenset({"page", "table", "row", "column", "start", "end", "ordinal"})
_KINDS = frozenset({"anchor", "page", "cell"})


class FactsInvalid(ValueError):
    """What the reading process handed over is no set of filings."""


def filings_value(filings: tuple[ReadFiling, ...]) -> list[dict[str, Any]]:
    """Filings as JSON values."""
    return [
        {
            "filing": _filing_value(read.filing),
            "known_on": _day_text(read.known_on),
            "statements": statements_value(read.statements),
            "facts": [_fact_value(fact) for fact in read.facts],
        }
        for read in filings
    ]


def statements_value(statements: Iterable[Statement]) -> list[Any]:
    """[[title, [[label, concept, depth], ...]], ...]; a row may go on with its role, and its dimensions."""
    return [[one.title, [_row_value(row) for row in one.rows]] for one in statements]


def _row_value(row: Row) -> list[Any]:
    value: list[Any] = [row.label, row.concept, row.depth]
    if row.dims:
        return [*value, row.role, [list(pair) for pair in row.dims]]
    return [*value, row.role] if row.role else value


def statements_read(value: Any) -> tuple[Statement, ...]:
    """Statements from JSON values. Raises FactsInvalid, or TypeError or ValueError for another form."""
    return tuple(_statement(title, rows) for title, rows in value)


def _filing_value(filing: Filing) -> dict[str, Any]:
    names = Filing.__slots__
    values = {name: getattr(filing, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _fact_value(fact: Fact) -> list[Any]:
    return [
        fact.concept,
        _day_text(fact.period.start),
        fact.period.end.isoformat(),
        fact.unit,
        None if fact.value is None else figure_text(fact.value),
        fact.decimals,
        [list(pair) for pair in fact.dims],
        fact.locator,
        list(fact.footnotes),
        fact.is_duplicate,
    ]


def _day_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def filings_read(value: Any) -> tuple[ReadFiling, ...]:
    """Filings from JSON values that anything may have written. Raises FactsInvalid."""
    try:
        if not isinstance(value, list) or len(value) > FILINGS_MAX:
            raise FactsInvalid("it is no list of filings")
        return tuple(_filing_read(one) for one in value)
    except (TypeError, KeyError, ValueError, IndexError, AttributeError) as error:
        raise FactsInvalid(f"{type(error).__name__}: {error}") from error


def _filing_read(value: Mapping[str, Any]) -> ReadFiling:
    known = dict(value["filing"])
    year, accepted = known.get("fiscal_year"), known.get("accepted_at")
    filing = Filing(
        **{name: _text(known.get(name) or "") for name in _FILING_TEXTS},
        period_end=_day(known.get("period_end")),
        fiscal_year=_whole(year, 1800, 2200) if year is not None else None,
        accepted_at=datetime.fromisoformat(_text(accepted)) if accepted else None,
    )
    if filing.accepted_at is not None and filing.accepted_at.tzinfo is None:
        raise FactsInvalid("a moment without its time zone")
    return ReadFiling(
        filing=filing,
        known_on=_day(value["known_on"]),
        statements=statements_read(value["statements"]),
        facts=tuple(_fact(one) for one in value["facts"]),
    )


_FILING_TEXTS = tuple(
    name for name in Filing.__slots__ if name not in {"period_end", "fiscal_year", "accepted_at"}
)


def _statement(title: Any, rows: Any) -> Statement:
    return Statement(
        title=_text(title),
        rows=tuple(_row(*row) for row in rows),
    )


def _row(label: Any, concept: Any, depth: Any, role: Any = "", dims: Any = ()) -> Row:
    return Row(
        label=_text(label),
        concept=_text(concept),
        depth=_whole(depth, 0, 50),
        role=_text(role),
        dims=_dims(dims),
    )


def _dims(value: Any) -> Dims:
    if len(value) > DIMS_MAX:
        raise FactsInvalid("too many dimensions")
    return tuple(sorted((_text(axis), _text(member)) for axis, member in value))


def _fact(value: list[Any]) -> Fact:
    concept, start, end, unit, number, decimals, dims, locator, footnotes, duplicate = value
    period = Period(start=_day(start), end=date.fromisoformat(_text(end)))
    if period.start is not None and period.start > period.end:
        raise FactsInvalid("a period that ends before it begins")
    if not concept:
        raise FactsInvalid("a fact without concept")
    return Fact(
        concept=_text(concept),
        period=period,
        unit=_text(unit),
        value=None if number is None else _figure(number),
        decimals=None if decimals is None else _whole(decimals, -200, 200),
        is_nil=number is None,
        dims=_dims(dims),
        locator=_locator(locator),
        footnotes=tuple(_text(note, TEXT_MAX_CHARS) for note in footnotes[:50]),
        is_duplicate=duplicate is True,
    )


def _figure(text: Any) -> Decimal:
    value = figure(_text(text, DIGITS_MAX))
    if value is None:
        raise FactsInvalid("a value that is no number")
    return value


def _locator(value: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a locator may have; others are dropped."""
    if value.get("kind") not in _KINDS:
        raise FactsInvalid("a locator of no kind")
    kept: dict[str, Any] = {name: _text(value[name]) for name in value.keys() & _LOCATOR_TEXTS}
    kept |= {name: _whole(value[name], 0, 10**9) for name in value.keys() & _LOCATOR_NUMBERS}
    if value.get("hidden"):
        kept["hidden"] = True
    if boxes := value.get("boxes"):
        kept["boxes"] = [[round(float(edge), 1) for edge in box[:4]] for box in boxes[:50]]
    return kept


def _text(value: Any, limit: int = NAME_MAX_CHARS) -> str:
    """Text that PostgreSQL can hold."""
    if not isinstance(value, str) or len(value) > limit:
        raise FactsInvalid("a text that is none, or too long")
    return value.replace("\x00", " ").encode("utf-8", "replace").decode()


def _whole(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise FactsInvalid("a number that is none, or out of range")
    return value


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(_text(value))
