"""Years and parts of years that a question names: 2023, Q3 2023, 前三季度, 2019-2021."""

import re

from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.period_dates import months_between_zh
from verticals.finance.questions.period_scan import DIGITS, NTH, Handler, Scan, year_number

_OF_MONTHS = {
    (1, 3): "Q1", (4, 6): "Q2", (7, 9): "Q3", (10, 12): "Q4", (1, 6): "H1", (7, 12): "H2", (1, 9): "9M",
    (1, 12): "FY",
}  # fmt: skip


def part_of_year(part: str) -> Handler:
    return lambda scan, match: scan.add(match, FiscalPeriod(year_number(match["y"]), part))


def quarter_of_year(scan: Scan, match: re.Match[str]) -> None:
    quarter = match["q"]
    number = NTH.get(quarter) or DIGITS.get(quarter) or int(quarter)
    scan.add(match, FiscalPeriod(year_number(match["y"]), f"Q{number}"))


def half_of_year(scan: Scan, match: re.Match[str]) -> None:
    half = match["h"]
    scan.add(match, FiscalPeriod(year_number(match["y"]), f"H{NTH.get(half) or int(half)}"))


def years_range(scan: Scan, match: re.Match[str]) -> bool | None:
    first, last = year_number(match["y1"]), year_number(match["y2"])
    if not first < last <= first + 30:
        return False
    scan.add(match, *(FiscalPeriod(year) for year in range(first, last + 1)))
    scan.found.ends = True
    return None


def fiscal_year(scan: Scan, match: re.Match[str]) -> None:
    scan.add(match, FiscalPeriod(year_number(match["y"])))


def calendar_year(scan: Scan, match: re.Match[str]) -> None:
    scan.add(match, FiscalPeriod(year_number(match["y"]), calendar=True))


def trailing_to(scan: Scan, match: re.Match[str]) -> None:
    scan.add(match, FiscalPeriod(year_number(match["y"]), f"Q{match['q']}", trailing=True))


def bare_part(part: str) -> Handler:
    def handle(scan: Scan, match: re.Match[str]) -> bool | None:
        if scan.found.part:
            return False
        scan.found.part = part
        return None

    return handle


def bare_quarter(scan: Scan, match: re.Match[str]) -> bool | None:
    quarter = match["q"]
    return bare_part(f"Q{NTH.get(quarter) or DIGITS.get(quarter) or int(quarter)}")(scan, match)


def months_of_year(scan: Scan, match: re.Match[str]) -> bool | None:
    part = _OF_MONTHS.get((int(match["m1"]), int(match["m2"])))
    if part is None:
        return months_between_zh(scan, match)
    scan.add(match, FiscalPeriod(year_number(match["y"]), part))
    return None


def first_months(scan: Scan, match: re.Match[str]) -> None:
    part = {"three": "Q1", "3": "Q1", "six": "H1", "6": "H1"}.get(match["n"] or "")
    part = part or {"two": "H1", "2": "H1", "three": "9M", "3": "9M"}[match["nq"]]
    scan.add(match, FiscalPeriod(year_number(match["y"] or match["yq"]), part))
