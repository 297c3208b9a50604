"""What a question asks, in types: companies, metrics, periods, an operation, and how each was read."""

from dataclasses import asdict, astuple, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from verticals.finance.facts.fact import Period
from verticals.finance.metrics.periods import FiscalPeriod


class Op(StrEnum):
    VALUE = "value"  # the figure itself
    CHANGE = "change"  # the difference between two periods
    GROWTH = "growth"  # the rate of change between two periods
    YOY = "yoy"  # against the same period of the year before
    QOQ = "qoq"  # against the period just before
    RATIO = "ratio"  # one metric divided by another
    RANK = "rank"  # which company has the highest
    COMPARE = "compare"  # several companies, periods or segments side by side
    TREND = "trend"  # a series over time
    WHY = "why"  # what a margin's change is made of
    LIST = "list"  # what there is: companies, metrics, segments
    TEXT = "text"  # answered from the text of the reports


class Grain(StrEnum):
    YEAR = "year"
    QUARTER = "quarter"
    HALF = "half"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Latest:
    """Periods counted back from the latest that a company reports: `count` of them, `skip` the newest."""

    grain: Grain = Grain.YEAR
    count: int = 1
    skip: int = 0
    trailing: bool = False  # the twelve months up to the latest quarter
    part: str = ""  # the latest such part of a year, such as Q3
    since: int = 0  # all from this year on


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """A period by name, one counted from the latest, or one by its dates; `words` is how it was put."""

    named: FiscalPeriod | None = None
    latest: Latest | None = None
    dates: Period | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Words with several readings: which was taken, and which are offered instead (codes of their kind)."""

    about: str  # metric | period | entity | formula
    words: str
    taken: str
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rank:
    """`first` of 1 is the top; `count` is how many from there; `highest` False counts from the bottom.

    `way`: only movements "up", only those "down", or "either" by their size; empty, values as they are.
    """

    highest: bool = True
    first: int = 1
    count: int = 1
    way: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedQuery:
    """A question as it was understood.

    `compare_by` is "entity", "period", "segment", "product", "region" or "". `missing` names what has to be
    asked back: "entity", "metric" or "period". `unknown` is a name that no company in reach has, `near` the
    companies whose names come close. `attributes` are what reports state in words.
    """

    text: str
    language: str
    op: Op = Op.VALUE
    entities: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    periods: tuple[AskedPeriod, ...] = ()
    compare_by: str = ""
    readings: tuple[Reading, ...] = ()
    missing: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    rank: Rank | None = None
    aggregate: str = ""  # "average" or "sum" over the periods
    growth: bool = False  # of each metric its growth is meant, where that is ranked, compared or drawn
    change: bool = False  # of each metric its change in its own unit is ranked
    compound: bool = False  # a growth rate per year over several
    span: bool = False  # the periods are the two ends of a range
    chart: bool = False
    everyone: bool = False  # all companies in reach are meant
    scope: str = ""  # "parent": the parent company's own statements, not the group's
    places: tuple[str, ...] = ()  # a place that narrows the companies, such as where they are registered
    unknown: str = ""
    near: tuple[str, ...] = ()
    follows: bool = False  # something was taken from the question before
    members: tuple[str, ...] = ()  # segments, products or regions named in the question
    unread: tuple[str, ...] = ()  # words with content of their own that were not understood

    @property
    def complete(self) -> bool:
        return not self.missing


_FLAGS = ("growth", "change", "compound", "span", "chart", "everyone", "follows")


def query_as_dict(query: TypedQuery) -> dict[str, Any]:
    """A query as JSON holds it, to be kept with the answer."""
    return {
        "text": query.text,
        "language": query.language,
        "op": str(query.op),
        "entities": list(query.entities),
        "metrics": list(query.metrics),
        "periods": [_period_as_dict(one) for one in query.periods],
        "compare_by": query.compare_by,
        "readings": [
            {"about": one.about, "words": one.words, "taken": one.taken, "offered": list(one.offered)}
            for one in query.readings
        ],
        "missing": list(query.missing),
        "attributes": list(query.attributes),
        "rank": None if query.rank is None else asdict(query.rank),
        "members": list(query.members),
        **{name: getattr(query, name) for name in (*_FLAGS, "aggregate", "unknown", "scope")},
        "places": list(query.places),
        "near": list(query.near),
        "unread": list(query.unread),
    }


def query_from_dict(data: dict[str, Any]) -> TypedQuery:
    """The query that `query_as_dict` wrote."""
    values = dict(data)
    values["op"] = Op(values["op"])
    values["periods"] = tuple(_period_from_dict(one) for one in values.get("periods", ()))
    values["readings"] = tuple(
        Reading(one["about"], one["words"], one["taken"], tuple(one["offered"]))
        for one in values.get("readings", ())
    )
    values["rank"] = Rank(**values["rank"]) if values.get("rank") else None
    for name in ("entities", "metrics", "missing", "attributes", "places", "near", "members", "unread"):
        values[name] = tuple(values.get(name, ()))
    return TypedQuery(**values)


def _period_as_dict(one: AskedPeriod) -> dict[str, Any]:
    data: dict[str, Any] = {"words": one.words}
    if one.named:
        named = one.named
        data["named"] = list(astuple(named))
    if one.latest:
        latest = one.latest
        data["latest"] = [
            str(latest.grain),
            latest.count,
            latest.skip,
            latest.trailing,
            latest.part,
            latest.since,
        ]
    if one.dates:
        data["dates"] = [str(one.dates.start) if one.dates.start else None, str(one.dates.end)]
    return data


def _period_from_dict(data: dict[str, Any]) -> AskedPeriod:
    named = FiscalPeriod(*data["named"]) if "named" in data else None
    latest = None
    if "latest" in data:
        grain, count, skip, trailing, part, since = data["latest"]
        latest = Latest(Grain(grain), count, skip, trailing, part, since)
    dates = None
    if "dates" in data:
        start, end = data["dates"]
        dates = Period(start=date.fromisoformat(start) if start else None, end=date.fromisoformat(end))
    return AskedPeriod(named, latest, dates, data.get("words", ""))
