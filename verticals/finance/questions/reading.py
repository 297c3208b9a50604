"""Reads a question: its companies, metrics, periods and operation, without a language model."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from verticals.finance.metrics.catalogue import Catalogue, catalogue
from verticals.finance.metrics.metric import MetricKind
from verticals.finance.questions.entities import EntitiesFound, EntityDirectory
from verticals.finance.questions.follow_up import inherit
from verticals.finance.questions.leftover import blanked, content_left, name_left
from verticals.finance.questions.lexicon import Span
from verticals.finance.questions.metric_words import MetricsFound, MetricWords, metric_words
from verticals.finance.questions.normalise import is_chinese, plain
from verticals.finance.questions.operation_words import Wanted, wanted_find
from verticals.finance.questions.period_scan import PeriodsFound
from verticals.finance.questions.period_words import periods_find
from verticals.finance.questions.periods_asked import periods_asked
from verticals.finance.questions.query import AskedPeriod, Op, Reading, TypedQuery
from verticals.finance.questions.quotient_words import is_quotient, whole_first

_PARENT = re.compile(r"母公司|^(?:parent|standalone|unconsolidated|alone)$")
GROWTH_OF = "revenue"  # what "the fastest growing company" grows by


@dataclass(frozen=True, slots=True)
class _Parts:
    """What was found in the text, before it is put together."""

    text: str
    language: str
    entities: EntitiesFound
    metrics: MetricsFound
    periods: PeriodsFound
    wanted: Wanted
    spans: list[tuple[int, int]]  # of everything found

    @property
    def unread(self) -> list[str]:
        """The words of the question that have content of their own beside what was found."""
        left = content_left(blanked(plain(self.text), self.spans))
        return [word for word in left if not (self.wanted.scope and _PARENT.search(word))]

    @property
    def around(self) -> tuple[str, str, str]:
        """The text before the first metric, between it and the second, and after that."""
        first, second = [span for span in self.metrics.spans if span.value.codes][:2]
        low = plain(self.text)
        return low[: first.start], low[first.end : second.start], low[second.end :]

    @property
    def name(self) -> str:
        """The name of a company that is in the question but not in the directory, or empty."""
        return name_left(blanked(self.text, self.spans), self.text)


def question_read(
    text: str,
    directory: EntityDirectory,
    *,
    today: date,
    language: str = "",
    previous: TypedQuery | None = None,
    metrics: Catalogue | None = None,
    words: MetricWords | None = None,
) -> TypedQuery:
    """What a question asks.

    `previous` is the question before it, from which a follow-up takes what it leaves out. `today` is what
    "last year" counts from where neither the question nor the one before names a year.
    """
    known = metrics or catalogue()
    parts = _find(text, language or ("zh" if is_chinese(text) else "en"), directory, words or metric_words())
    query = _assembled(parts, known)
    unread = tuple(parts.unread)
    follows = previous is not None and not unread
    stated = periods_asked(
        parts.periods, op=query.op, today=today, before=previous.periods if previous and follows else ()
    )
    query = replace(
        query, periods=stated.periods, span=stated.ends, readings=query.readings + stated.readings
    )
    if previous is not None:
        query = inherit(query, previous, bare=follows, moved=stated.moved)
        if query.op is Op.RANK and parts.wanted.rank:
            query = replace(query, rank=parts.wanted.rank)
    query = replace(_completed(query, parts, directory), unread=unread)
    readings = _readings(query, parts, known)
    return query if readings == query.readings else replace(query, readings=readings)


def _find(text: str, language: str, directory: EntityDirectory, words: MetricWords) -> _Parts:
    low = plain(text)
    compared = low.replace("-", " ")
    periods = periods_find(low, chinese=is_chinese(text))
    taken = periods.spans
    entities, metrics = _named(text, compared, taken, directory, words)
    spans = taken + [(one.start, one.end) for one in entities.spans]
    spans += [(one.start, one.end) for one in metrics.spans]
    return _Parts(
        text=text,
        language=language,
        entities=entities,
        metrics=metrics,
        periods=periods,
        wanted=wanted_find(blanked(low, spans[len(taken) :]), low),
        spans=spans,
    )


def _overlap(one: Span[Any], other: Span[Any]) -> bool:
    return one.start < other.end and other.start < one.end


def _named(
    text: str, compared: str, taken: list[tuple[int, int]], directory: EntityDirectory, words: MetricWords
) -> tuple[EntitiesFound, MetricsFound]:
    """Companies and metrics; where two names overlap, the longer is meant, of equal ones the metric.

    What lost its place may be there in a shorter form: the name that ends in 公司 leaves 外文名称 of
    公司外文名称.
    """
    entities = directory.find(text, compared, taken=taken)
    metrics = words.find(text, compared, taken=taken)
    if not any(_overlap(one, other) for one in entities.spans for other in metrics.spans):
        return entities, metrics
    longer = [
        (one.start, one.end)
        for one in entities.spans
        if not any(_overlap(one, other) and other.length >= one.length for other in metrics.spans)
    ]
    metrics = words.find(text, compared, taken=[*taken, *longer])
    kept = [(one.start, one.end) for one in metrics.spans]
    return directory.find(text, compared, taken=[*taken, *kept]), metrics


def _assembled(parts: _Parts, known: Catalogue) -> TypedQuery:
    """The query as the words alone say it."""
    wanted, codes = parts.wanted, parts.metrics.codes
    op, by = wanted.op, wanted.compare_by
    bases = []
    for code in codes:
        metric = known.get(code)
        if metric.by:
            by = by or metric.by
            bases.append(metric.of if not metric.concepts else code)
        else:
            bases.append(code)
    if op not in {Op.WHY, Op.TEXT, Op.RANK} and len(codes) == 2 and is_quotient(*parts.around):
        op = Op.RATIO
        if whole_first(*parts.around):
            bases.reverse()
    if wanted.rank and codes and not parts.entities.spans and op not in {Op.WHY, Op.TEXT}:
        op = Op.RANK
    if op is Op.RANK and wanted.everyone:
        by = ""  # which company, not which part of one
    if op is Op.RANK and not codes and wanted.growth_words and not parts.metrics.attributes:
        bases = [GROWTH_OF]
    if not codes and parts.metrics.attributes:
        op = Op.TEXT
    readings = parts.metrics.readings
    if bases and not codes:
        readings = (*readings, Reading("metric", wanted.growth_words, GROWTH_OF))
    if op in {Op.GROWTH, Op.YOY, Op.QOQ}:
        op = _movement(op, parts)
    return TypedQuery(
        text=parts.text,
        language=parts.language,
        op=op,
        entities=parts.entities.keys,
        metrics=tuple(dict.fromkeys(bases)),
        compare_by=by,
        readings=readings,
        attributes=() if wanted.places and codes else parts.metrics.attributes,
        rank=wanted.rank if op is Op.RANK else None,
        aggregate=wanted.aggregate,
        compound=wanted.compound,
        chart=wanted.chart,
        everyone=wanted.everyone,
        places=wanted.places,
        scope=wanted.scope,
        growth=wanted.growth and op in {Op.RANK, Op.TREND, Op.COMPARE},
        change=wanted.change and op is Op.RANK,
    )


def _movement(op: Op, parts: _Parts) -> Op:
    """Growth of one period is on the year before, of two between them, of a series a trend of rates."""
    stated = parts.periods.stated
    if any(one.asked.latest and (one.asked.latest.count > 1 or one.asked.latest.since) for one in stated):
        return Op.GROWTH if parts.wanted.compound else Op.TREND
    if op is not Op.GROWTH:
        return Op.TREND if len(stated) > 2 else op
    if parts.wanted.compound or parts.periods.ends or len(stated) == 2:
        return Op.GROWTH
    return Op.TREND if len(stated) > 2 else Op.YOY


def _completed(query: TypedQuery, parts: _Parts, directory: EntityDirectory) -> TypedQuery:
    """The query with an operation that fits what is there, and with what must be asked back."""
    op = query.op
    if not query.metrics and op not in {Op.LIST, Op.WHY} or op is Op.WHY and not query.metrics:
        op = Op.TEXT
    elif op is Op.VALUE:
        op = _op_of_shape(query)
    elif op is Op.COMPARE and len(query.entities) < 2 and not query.compare_by and not query.everyone:
        op = Op.CHANGE if len(query.periods) <= 2 else Op.TREND
    by = query.compare_by or _compared_by(query, op)
    if op is not query.op or by != query.compare_by:
        query = replace(query, op=op, compare_by=by)
    return _entities_settled(query, parts, directory)


def _op_of_shape(query: TypedQuery) -> Op:
    if len(query.entities) > 1 or (query.compare_by and not query.span):
        return Op.COMPARE
    several = len(query.periods) > 1 or any(one.latest and one.latest.count > 1 for one in query.periods)
    if several and not query.aggregate:
        return Op.TREND if query.span or len(query.periods) > 2 or len(query.periods) == 1 else Op.COMPARE
    return Op.VALUE


def _compared_by(query: TypedQuery, op: Op) -> str:
    if op is not Op.COMPARE:
        return ""
    return (
        "entity" if len(query.entities) > 1 or query.everyone else "period" if len(query.periods) > 1 else ""
    )


def _entities_settled(query: TypedQuery, parts: _Parts, directory: EntityDirectory) -> TypedQuery:
    """Settle whose figures are asked for: all, the only company there is, one with a near name; or ask."""
    if parts.entities.unclear:
        words, keys = parts.entities.unclear[0]
        return replace(query, missing=("entity",), unknown=words, near=keys)
    if query.op is Op.RANK and not query.entities and not query.compare_by:
        return replace(query, everyone=True)
    if query.entities or query.everyone:
        return query
    name = parts.name
    near, sure = directory.near(name) if name else ([], False)
    if sure:
        reading = Reading("entity", name, near[0], tuple(near[1:]))
        return replace(query, entities=(near[0],), readings=(*query.readings, reading))
    if len(directory) == 1 and not (name and query.op is not Op.TEXT):
        return replace(query, entities=tuple(directory.entities))
    if query.op is Op.TEXT and not name:
        return query
    missing = () if query.op is Op.TEXT else ("entity",)
    return replace(query, missing=missing, unknown=name, near=tuple(near))


def _readings(query: TypedQuery, parts: _Parts, known: Catalogue) -> tuple[Reading, ...]:
    """The readings taken so far, with those of the metrics and of single quarters."""
    if query.op in {Op.TEXT, Op.LIST}:
        return tuple(one for one in query.readings if one.about == "entity")
    found = list(query.readings)
    named = {one.taken for one in found}
    for code in query.metrics:
        metric = known.get(code)
        if metric.readings and code not in named:
            found.append(Reading("metric", metric.name(query.language), code, metric.readings))
    if any(known.get(code).kind is not MetricKind.INSTANT for code in query.metrics):
        found += [_quarter(one) for one in query.periods if _single_quarter(one)]
    return tuple(dict.fromkeys(found))


def _single_quarter(asked: AskedPeriod) -> bool:
    named = asked.named
    return named is not None and not (named.trailing or named.month) and named.part in {"Q2", "Q3", "Q4"}


def _quarter(asked: AskedPeriod) -> Reading:
    assert asked.named
    return Reading("period", asked.words, asked.named.code, (asked.named.to_date.code,))
