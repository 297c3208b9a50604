"""Days and months that a question names, and the periods that end on them."""

import re
from datetime import date, timedelta

from verticals.finance.facts.fact import Period
from verticals.finance.questions.period_scan import COUNT_EN, MONTHS, Scan, year_number
from verticals.finance.questions.query import AskedPeriod


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
    try:
        day = int(match["d"]) if match["d"] else 28
        end = date(year_number(match["y"]), int(match["m"]), day)
    except ValueError:
        return False
    scan.state(match, AskedPeriod(dates=Period(start=None, end=end), words=match.group()))
    return None


def months_to(scan: Scan, match: re.Match[str]) -> None:
    count = {"three": 3, "six": 6, "nine": 9, "twelve": 12}.get(match["len"]) or int(match["len"])
    index = int(match["y"]) * 12 + MONTHS[match["mon"]]
    first = index - count
    start = date(first // 12, first % 12 + 1, 1)
    end = date(index // 12, index % 12 + 1, 1) - timedelta(days=1)
    scan.state(match, AskedPeriod(dates=Period(start=start, end=end), words=match.group()))
