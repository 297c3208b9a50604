"""Periods as questions put them, in English and in Chinese."""

import re
from collections.abc import Iterator
from dataclasses import replace

from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.period_rules_en import RULES_EN
from verticals.finance.questions.period_rules_zh import RULES_ZH
from verticals.finance.questions.period_scan import PeriodsFound, Scan, Stated
from verticals.finance.questions.query import AskedPeriod


def periods_find(text: str, *, chinese: bool) -> PeriodsFound:
    """The periods of a question; `text` in the plain spelling."""
    scan = Scan(text)
    if chinese:
        scan.run(RULES_ZH)
    if not chinese or _LATIN.search(scan.text):
        scan.run(RULES_EN)
    scan.found.stated.sort(key=lambda one: (one.start, one.asked.named or FiscalPeriod(1)))
    _share_parts(scan.found, text)
    _to_date(scan.found, text)
    return scan.found


_TO_DATE = re.compile(r"\bytd\b|\byear[- ]to[- ]date\b|累计(?!折旧|摊销|其他)|年初至今")


def _to_date(found: PeriodsFound, text: str) -> None:
    """Of one quarter with the words for it, the year up to its end is meant."""
    if len(found.stated) == 1 and _TO_DATE.search(text):
        (one,) = found.stated
        if one.asked.named and not one.asked.named.trailing:
            named = one.asked.named.to_date
            found.stated[0] = Stated(one.start, one.end, replace(one.asked, named=named))


_LATIN = re.compile(r"[a-z]")
_YEAR_FIRST = re.compile(r"\D{0,7}(?:(?:19|20)\d\d|\d\d年|[零〇一二三四五六七八九]{4})")
_JOINED = re.compile(r"^\s*(?:年度?)?\s*(?:和|与|及|以及|,|、|/|vs\.?|versus|and|to|至|到|-|年)+\s*$")


def _share_parts(found: PeriodsFound, text: str) -> None:
    """Give "2021 and 2022 Q3" the quarter twice: a year joined to a part of a year means the same part.

    "2021 vs Q3 2022" names a year, and then a quarter of another.
    """
    stated = found.stated
    for at in range(len(stated) - 1):
        one, other = stated[at], stated[at + 1]
        bare, part = one.asked.named, other.asked.named
        joined = _JOINED.match(text[one.end : other.start])
        if (
            bare
            and part
            and bare.part == "FY"
            and part.part != "FY"
            and joined
            and "fy" not in one.asked.words
            and _YEAR_FIRST.match(other.asked.words)
        ):
            named = replace(part, year=bare.year)
            stated[at] = Stated(one.start, one.end, replace(one.asked, named=named))


def stated_periods(found: PeriodsFound) -> Iterator[AskedPeriod]:
    """The periods as read, each once."""
    seen: set[tuple[object, object, object]] = set()
    for one in found.stated:
        identity = (one.asked.named, one.asked.latest, one.asked.dates)
        if identity not in seen:
            seen.add(identity)
            yield one.asked
