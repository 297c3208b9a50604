"""Days and months that a question names, and the periods that end on them."""

import re
from datetime import date

from verticals.finance.facts.fact import Period
from verticals.finance.metrics.periods import month_end, months_ending
from verticals.finance.questions.period_scan import COUNT_EN, MONTHS, Scan, year_number
from verticals.finance.questions.query import AskedPeriod

MONTHS_MOST = 24


def _date(match: re.Match[str]) -> date | None:
    found = match.groupdict()
    if found.get("mon") or found.get("mon2"):
        month = MONTHS[found["mon"] or found["mon2"]]
        day, year = found["day"] or found["day2"], found["dy"] or found["dy2"]
    elif found.get("iy"):
        month, day, year = int(found["im"]), found["id"], found["iy"]
    else:
        month, day, year = int(found["um"]), found["ud"], found["uy"]
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None


def _months_before(end: date, months: int) -> date:
    """The first day of a span of whole months that ends on a day."""
    total = end.year * 12 + end.month - 1 - months
    year, month = divmod(total, 12)
    month += 1
    last = end.day >= 28
    first = date(year + month // 12, month % 12 + 1, 1)
    return first if last else date(year, month, min(end.day, 28))


def period_ended(scan: Scan, match: re.Match[str]) -> bool | None:
    end = _date(match)
    if end is None:
        return False
    length = match["len"]
    months = {"year": 12, "quarter": 3, "half": 6}.get(length.split("-")[0].split(" ")[0], 0)
    months = months or int(COUNT_EN.get(length, 0) or length)
    span = Period(start=_months_before(end, months), end=end)
    scan.state(match, AskedPeriod(dates=span, words=match.group()))
    return None


def on_day(scan: Scan, match: re.Match[str]) -> bool | None:
    end = _date(match)
    if end is None:
        return False
    scan.state(match, AskedPeriod(dates=Period(start=None, end=end), words=match.group()))
    return None


def on_day_zh(scan: Scan, match: re.Match[str]) -> bool | None:
    found = match.groupdict()
    year, month = year_number(found["y"]), int(found["m"])
    try:
        end = date(year, month, int(found["d"])) if found.get("d") else month_end(year, month)
    except ValueError:
        return False
    scan.state(match, AskedPeriod(dates=Period(start=None, end=end), words=match.group()))
    return None


def on_month_end(scan: Scan, match: re.Match[str]) -> None:
    """Read "as of June 2023" as the last day of the month."""
    end = month_end(int(match["y"]), MONTHS[match["mon"]])
    scan.state(match, AskedPeriod(dates=Period(start=None, end=end), words=match.group()))


def in_month(scan: Scan, match: re.Match[str]) -> bool | None:
    """Read one month: its balance is that of its last day, its flow one that reports hardly state."""
    written = match["m"]
    month = MONTHS.get(written) or int(written)
    if not 1 <= month <= 12:
        return False
    scan.add(match, months_ending(month_end(year_number(match["y"]), month)))
    return None


def months_to(scan: Scan, match: re.Match[str]) -> None:
    """Read "three months ended June 2023", "the June 2023 quarter", "year ended May 2023"."""
    found = match.groupdict()
    length = found["len"] or found["unit"]
    count = {"year": 12, "quarter": 3, "half": 6, "half year": 6, "half-year": 6}.get(length, 0)
    count = count or COUNT_EN.get(length) or int(length)
    _months_stated(scan, match, int(match["y"]), MONTHS[match["mon"]], count)


def months_between(scan: Scan, match: re.Match[str]) -> bool | None:
    """Read "January to March 2023", "April 2022 - March 2023"."""
    found = match.groupdict()
    year = int(found["y"])
    first, last = MONTHS[found["mon1"]], MONTHS[found["mon"]]
    count = last - first + 1 + 12 * (year - int(found["y1"] or year))
    if not 1 <= count <= MONTHS_MOST:
        return False
    _months_stated(scan, match, year, last, count)
    return None


def months_between_zh(scan: Scan, match: re.Match[str]) -> bool | None:
    first, last = int(match["m1"]), int(match["m2"])
    if not 1 <= first <= last <= 12:
        return False
    _months_stated(scan, match, year_number(match["y"]), last, last - first + 1)
    return None


def _months_stated(scan: Scan, match: re.Match[str], year: int, month: int, count: int) -> None:
    span = months_ending(month_end(year, month), count).dates
    scan.state(match, AskedPeriod(dates=span, words=match.group()))
