"""A figure as filings stated it over time, what they restated, and a filing's statements as it shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import F, Max, Min, QuerySet, Window
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import NotFound
from collegium.sdk.retrieval import visible_versions
from verticals.finance import models
from verticals.finance.facts.codec import statements_read
from verticals.finance.facts.fact import Dims, Fact, Period, Statement
from verticals.finance.facts.filings import Entity, StoredFiling
from verticals.finance.facts.query import FactQuery
from verticals.finance.facts.selectors import StoredFact, facts_find
from verticals.finance.metrics.book import figures_agree
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.stored_facts import filing_of

RESTATEMENTS_MAX = 500
ID_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One statement of a figure: the fact, its id, and the filing that makes it."""

    id: int
    fact: Fact
    filing: StoredFiling


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """A figure that a later filing changed. `statements`: the newest first, one for each value."""

    concept: str
    period: Period
    unit: str
    dims: Dims
    statements: tuple[Stated, ...]

    @property
    def latest(self) -> Stated:
        return self.statements[0]

    @property
    def earlier(self) -> tuple[Stated, ...]:
        return self.statements[1:]


def _visible(asker: Asker) -> "QuerySet[models.Fact]":
    return models.Fact.objects.filter(filing__version__in=visible_versions(asker).values("pk"))


def fact_filing(asker: Asker, fact: int) -> int:
    """The id of the filing that states a fact. Raises NotFound where the asker may not see it."""
    found = _visible(asker).filter(pk=fact).values_list("filing_id", flat=True) if fact <= ID_MAX else ()
    for filing in found:
        return int(filing)
    raise NotFound(_("There is no such figure, or its document is not shared with you."))


def figure_history(asker: Asker, entity: Entity, fact: int) -> list[StoredFact]:
    """All statements of the figure that a fact states, by the company's filings, the newest first."""
    row = _visible(asker).filter(pk=fact).values("concept", "start", "end", "unit", "dims").first()
    if row is None:
        raise NotFound(_("There is no such figure, or its document is not shared with you."))
    query = FactQuery(
        filings=entity.filings,
        concepts=(row["concept"],),
        start=row["start"],
        end=row["end"],
        dims=tuple(sorted(row["dims"].items())),
        units=(row["unit"],),
        history=True,
        duplicates=True,
    )
    found = [one for one in facts_find(asker, query) if one.fact.period.start == row["start"]]
    return sorted(found, key=lambda one: (one.known_on, one.id), reverse=True)


def filing_statements(asker: Asker, filing: int) -> tuple[Statement, ...]:
    """The statements that a filing presents; none where it came without a presentation."""
    rows = models.Filing.objects.filter(pk=filing, version__in=visible_versions(asker).values("pk"))
    value = rows.values_list("statements", flat=True).first()
    return statements_read(value or [])


def restatements_list(
    asker: Asker, filings: Mapping[int, StoredFiling], *, every_dimension: bool = False
) -> list[Restatement]:
    """The figures that later filings of a company changed by more than rounding, the latest period first.

    `filings`: the company's, by id. Only figures of the whole company, or with `every_dimension` all.
    """
    figure = ("concept", "unit", "start", "end", "dims")
    rows = _visible(asker).filter(filing__in=list(filings), is_duplicate=False, value__isnull=False)
    if not every_dimension:
        rows = rows.filter(dims={})
    partition = [F(name) for name in figure]
    rows = rows.annotate(
        low=Window(Min("value"), partition_by=partition), high=Window(Max("value"), partition_by=partition)
    ).filter(low__lt=F("high"))
    columns = (*figure, "id", "filing_id", "value", "decimals")
    ordered = rows.order_by("-end", "concept", "unit", "start", "dims", "-filing__known_on", "-id")
    found = []
    for _figure, group in groupby(ordered.values(*columns), key=lambda row: [row[name] for name in figure]):
        if restatement := _restatement(list(group), filings):
            found.append(restatement)
            if len(found) == RESTATEMENTS_MAX:
                break
    return found


def _restatement(
    rows: Sequence[Mapping[str, Any]], filings: Mapping[int, StoredFiling]
) -> Restatement | None:
    """What was restated of one figure, or None where its statements only round each other."""
    kept: list[Stated] = []
    for row in rows:
        stated = _stated(row, filings[row["filing_id"]])
        if kept and figures_agree(_known(kept[-1]), _known(stated)):
            kept[-1] = stated  # the same value, stated before: the first to state it has the date that counts
        else:
            kept.append(stated)
    if len(kept) < 2:
        return None
    fact = kept[0].fact
    return Restatement(
        concept=fact.concept, period=fact.period, unit=fact.unit, dims=fact.dims, statements=tuple(kept)
    )


def _stated(row: Mapping[str, Any], filing: StoredFiling) -> Stated:
    fact = Fact(
        concept=row["concept"],
        period=Period(start=row["start"], end=row["end"]),
        unit=row["unit"],
        value=row["value"],
        decimals=row["decimals"],
        dims=tuple(sorted(row["dims"].items())),
    )
    return Stated(id=row["id"], fact=fact, filing=filing)


def _known(stated: Stated) -> KnownFact:
    return KnownFact(
        id=str(stated.id), entity=stated.filing.entity, fact=stated.fact, filing=filing_of(stated.filing)
    )
