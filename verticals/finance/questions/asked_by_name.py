"""Metrics and periods that a caller names one by one: by code, or in the words of a question."""

import re
from dataclasses import replace
from datetime import date
from difflib import get_close_matches

from verticals.finance.facts.fact import Period
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.periods import PARTS, FiscalPeriod
from verticals.finance.questions.metric_words import MetricWords
from verticals.finance.questions.normalise import is_chinese, plain, spaced
from verticals.finance.questions.period_words import periods_find, stated_periods
from verticals.finance.questions.query import AskedPeriod

_CODE = re.compile(
    r"(?P<trailing>TTM-?)?(?P<calendar>CY)?(?:FY)?(?P<year>(?:19|20)\d\d)-?(?P<part>[A-Z0-9]{2})?"
)
YEARS = range(1800, 2201)
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")


def metric_code(text: str, known: Catalogue, words: MetricWords) -> str:
    """The code of the metric that a code or a whole name means; empty where none does."""
    if text in known:
        return text
    low = spaced(text)
    found = words.find(text, low)
    whole = len(found.spans) == 1 and not (low[: found.spans[0].start] + low[found.spans[0].end :]).strip()
    return found.codes[0] if whole and found.codes else ""


def metrics_near(text: str, known: Catalogue) -> list[str]:
    """Codes that look like what was written, for who mistyped one."""
    return get_close_matches(text.lower().replace(" ", "_"), list(known.metrics), n=3)


def period_asked(text: str) -> AskedPeriod | None:
    """The period of a code (FY2023, 2023Q3, TTM-2023Q3), of two days, or of words such as 前三季度."""
    written = text.strip()
    if (found := _CODE.fullmatch(written.upper())) and (found["part"] or "FY") in PARTS:
        trailing, calendar = found["trailing"] is not None, found["calendar"] is not None
        named = FiscalPeriod(int(found["year"]), found["part"] or "FY", trailing, calendar)
        return AskedPeriod(named=named, words=text)
    if days := _DAYS.fullmatch(written):
        span = _period(days[1], days[2])
        return AskedPeriod(dates=span, words=text) if span else None
    stated = list(stated_periods(periods_find(plain(text), chinese=is_chinese(text))))
    return replace(stated[0], words=text) if len(stated) == 1 else None


def _period(start: str, end: str) -> Period | None:
    try:
        span = Period(start=date.fromisoformat(start), end=date.fromisoformat(end))
    except ValueError:
        return None
    known = span.start and span.start <= span.end and {span.start.year, span.end.year} <= set(YEARS)
    return span if known else None
