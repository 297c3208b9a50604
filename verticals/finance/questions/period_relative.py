"""Periods counted back: from the latest that is reported, from today, or from another in the question."""

import re

from verticals.finance.questions.period_scan import Handler, Scan, count_of, year_number
from verticals.finance.questions.query import AskedPeriod, Grain, Latest

BACK_MOST = 20


def trailing_months(scan: Scan, match: re.Match[str]) -> None:
    scan.state(match, AskedPeriod(latest=Latest(Grain.QUARTER, trailing=True), words=match.group()))


def latest_count(scan: Scan, match: re.Match[str]) -> bool | None:
    unit, count = match["unit"], count_of(match)
    grain = Grain.QUARTER if "q" in unit or "季" in unit else Grain.YEAR
    if not 1 <= count <= 20:
        return False
    scan.state(match, AskedPeriod(latest=Latest(grain, count), words=match.group()))
    return None


def latest(grain: Grain, part: str = "") -> Handler:
    return lambda scan, match: scan.state(
        match, AskedPeriod(latest=Latest(grain, part=part), words=match.group())
    )


def since_year(scan: Scan, match: re.Match[str]) -> None:
    scan.state(
        match, AskedPeriod(latest=Latest(Grain.YEAR, since=year_number(match["y"])), words=match.group())
    )


def back(years: int = 0, quarters: int = 0) -> Handler:
    def handle(scan: Scan, match: re.Match[str]) -> None:
        scan.found.back_years = max(scan.found.back_years, years)
        scan.found.back_quarters = max(scan.found.back_quarters, quarters)

    return handle


def back_count(scan: Scan, match: re.Match[str]) -> bool | None:
    """Read "three years ago", "two quarters ago"; after "than" or "since" the present is meant beside it."""
    found = match.groupdict()
    count = count_of(match)
    if not 1 <= count <= BACK_MOST:
        return False
    quarters = "q" in found["unit"] or "季" in found["unit"]
    back(years=0 if quarters else count, quarters=count if quarters else 0)(scan, match)
    scan.found.against = bool(found.get("against"))
    return None


def earlier_count(scan: Scan, match: re.Match[str]) -> None:
    scan.found.earlier_years = count_of(match)


def this_year(scan: Scan, match: re.Match[str]) -> None:
    scan.found.this_year = True


def all_years(scan: Scan, match: re.Match[str]) -> None:
    scan.state(match, AskedPeriod(latest=Latest(Grain.YEAR, 5), words=match.group()))
