"""Which period a column of a Chinese statement is about: by its own date, or by 本期 and 上期."""

import re
from datetime import date, timedelta

from verticals.finance.facts.fact import Period

_DATE = re.compile(r"(20\d\d|19\d\d)年(\d{1,2})月(\d{1,2})日")
_MONTHS = re.compile(r"(20\d\d|19\d\d)年(\d{1,2})(?:月)?[-—–－~至到](\d{1,2})月")
_YEAR = re.compile(r"(20\d\d|19\d\d)年(?:度)?$")
_THIS = re.compile(r"^(?:期末|年末|本期|本年|本报告期|年初至报告期(?:期)?末)")
_LAST = re.compile(r"^(?:期初|年初|上期|上年|上年同期|去年)")
_BARE_MONTHS = re.compile(r"(?<!\d)(\d{1,2})(?:月)?[-—–－~至到](\d{1,2})月")
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_QUARTER = re.compile(r"(20\d\d)年第?([一二三四1-4])季度")
_HALF = re.compile(r"(20\d\d)年(?:半年度|1[-—–－]6月)")


def month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def stated_period(text: str, *, instant: bool) -> Period | None:
    """The period that a column or title states: 2019年12月31日, 2019年度, 2023年1—9月, 2023年半年度."""
    plain = text.replace(" ", "")
    if found := _DATE.search(plain):
        try:
            day = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
        return Period(end=day) if instant else Period(start=date(day.year, 1, 1), end=day)
    if found := _MONTHS.search(plain):
        year, first, last = int(found[1]), int(found[2]), int(found[3])
        if 1 <= first <= last <= 12:
            return _of_months(year, first, last, instant)
    if found := _HALF.search(plain):
        return _of_months(int(found[1]), 1, 6, instant)
    if found := _QUARTER.search(plain):
        quarter = _QUARTERS[found[2]]
        return _of_months(int(found[1]), 1, 3 * quarter, instant)
    if found := _YEAR.search(plain):
        return _of_months(int(found[1]), 1, 12, instant)
    return None


def _of_months(year: int, first: int, last: int, instant: bool) -> Period:
    end = month_end(year, last)
    return Period(end=end) if instant else Period(start=date(year, first, 1), end=end)


def column_period(text: str, current: Period | None) -> Period | None:
    """The period of a column's heading; `current`: of the statement, for headings such as 本期金额."""
    instant = current is not None and current.start is None
    plain = text.replace(" ", "")
    if stated := stated_period(plain, instant=instant):
        return stated
    if current is None:
        return None
    if not instant and (found := _BARE_MONTHS.search(plain)) and 1 <= int(found[1]) <= int(found[2]) <= 12:
        year = current.end.year - (1 if _LAST.match(plain) and not plain.startswith("年初至") else 0)
        return _of_months(year, int(found[1]), int(found[2]), instant=False)
    if _THIS.match(plain):
        return current
    if _LAST.match(plain):
        return _before(current, year_start=instant)
    return None


def _before(period: Period, *, year_start: bool) -> Period:
    """The state at the end of the year before, or the same months of the year before."""
    if year_start or period.start is None:
        return Period(end=date(period.end.year - 1, 12, 31))
    return Period(
        start=date(period.start.year - 1, period.start.month, 1),
        end=month_end(period.end.year - 1, period.end.month),
    )


def report_period(year: int | None, period: str, *, instant: bool) -> Period | None:
    """The period of a report as a whole: its fiscal year with FY, Q1 to Q3, H1 or 9M, up to its end."""
    months = {"FY": 12, "Q1": 3, "Q2": 6, "H1": 6, "Q3": 9, "9M": 9, "Q4": 12}.get(period)
    return _of_months(year, 1, months, instant) if year and months else None
