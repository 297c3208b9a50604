"""One pass over a question that reads periods: what patterns found is kept, and blanked for those after."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from verticals.finance.facts.fact import Period
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.query import AskedPeriod, Grain, Latest

_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "十": 10,
    "几": 3,
}
_COUNT_EN = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10,
    "twelve": 12, "few": 3, "couple of": 2,
}  # fmt: skip
NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "final": 4}
MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stated:
    """One period read at [start, end) of the text."""

    start: int
    end: int
    asked: AskedPeriod


@dataclass(slots=True)
class PeriodsFound:
    """What a question says of periods.

    `ends` says that two years are the ends of a range. `back_years` and `back_quarters` move the periods of
    the question, or of the one before, into the past; `also_back` keeps the unmoved ones too, as in "2020
    against the year before". `part` is a part of a year that no year stands beside.
    """

    stated: list[Stated] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    ends: bool = False
    back_years: int = 0
    back_quarters: int = 0
    earlier_years: int = 0
    this_year: bool = False
    part: str = ""

    @property
    def empty(self) -> bool:
        back = self.back_years or self.back_quarters or self.earlier_years
        return not (self.stated or back or self.this_year or self.part)


Handler = Callable[["Scan", re.Match[str]], bool | None]
Rule = tuple[tuple[str, ...], re.Pattern[str], Handler]


class Scan:
    """One pass over one question."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found = PeriodsFound()

    def run(self, rules: "tuple[Rule, ...]") -> None:
        for needs, pattern, handler in rules:
            for need in needs:
                if need in self.text:
                    self._read(pattern, handler)
                    break

    def _read(self, pattern: re.Pattern[str], handler: "Handler") -> None:
        for match in pattern.finditer(self.text):
            if handler(self, match) is not False:
                self._blank(match)

    def _blank(self, match: re.Match[str]) -> None:
        start, end = match.span()
        self.found.spans.append((start, end))
        self.text = f"{self.text[:start]}{chr(1) * (end - start)}{self.text[end:]}"

    def add(self, match: re.Match[str], *periods: FiscalPeriod) -> None:
        for period in periods:
            self.state(match, AskedPeriod(named=period, words=match.group().strip()))

    def state(self, match: re.Match[str], asked: AskedPeriod) -> None:
        self.found.stated.append(Stated(match.start(), match.end(), asked))


def year_number(text: str) -> int:
    if not text.isdigit():
        return int("".join(str(_DIGITS[mark]) for mark in text))
    year = int(text)
    return year if year > 99 else 2000 + year if year < 70 else 1900 + year


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
    months = months or int(_COUNT_EN.get(length, 0) or length)
    span = Period(start=_months_before(end, months), end=end)
    scan.state(match, AskedPeriod(dates=span, words=match.group()))
    return None


def on_day(scan: Scan, match: re.Match[str]) -> bool | None:
    end = _date(match)
    if end is None:
        return False
    scan.state(match, AskedPeriod(dates=Period(start=None, end=end), words=match.group()))
    return None


def part_of_year(part: str) -> Handler:
    return lambda scan, match: scan.add(match, FiscalPeriod(year_number(match["y"]), part))


def quarter_of_year(scan: Scan, match: re.Match[str]) -> None:
    quarter = match["q"]
    number = NTH.get(quarter) or _DIGITS.get(quarter) or int(quarter)
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


def trailing_months(scan: Scan, match: re.Match[str]) -> None:
    scan.state(match, AskedPeriod(latest=Latest(Grain.QUARTER, trailing=True), words=match.group()))


def trailing_to(scan: Scan, match: re.Match[str]) -> None:
    scan.add(match, FiscalPeriod(year_number(match["y"]), f"Q{match['q']}", trailing=True))


def count_of(match: re.Match[str]) -> int:
    text = match["n"]
    if text.isdigit():
        return int(text)
    return _COUNT_EN.get(text) or _DIGITS[text]


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


def back_count(scan: Scan, match: re.Match[str]) -> None:
    scan.found.back_years = count_of(match)


def earlier_count(scan: Scan, match: re.Match[str]) -> None:
    scan.found.earlier_years = count_of(match)


def this_year(scan: Scan, match: re.Match[str]) -> None:
    scan.found.this_year = True


def bare_part(part: str) -> Handler:
    def handle(scan: Scan, match: re.Match[str]) -> bool | None:
        if scan.found.part:
            return False
        scan.found.part = part
        return None

    return handle


def bare_quarter(scan: Scan, match: re.Match[str]) -> bool | None:
    quarter = match["q"]
    return bare_part(f"Q{NTH.get(quarter) or _DIGITS.get(quarter) or int(quarter)}")(scan, match)


def on_day_zh(scan: Scan, match: re.Match[str]) -> bool | None:
    try:
        day = int(match["d"]) if match["d"] else 28
        end = date(year_number(match["y"]), int(match["m"]), day)
    except ValueError:
        return False
    scan.state(match, AskedPeriod(dates=Period(start=None, end=end), words=match.group()))
    return None


def all_years(scan: Scan, match: re.Match[str]) -> None:
    scan.state(match, AskedPeriod(latest=Latest(Grain.YEAR, 5), words=match.group()))


_OF_MONTHS = {
    (1, 3): "Q1", (4, 6): "Q2", (7, 9): "Q3", (10, 12): "Q4", (1, 6): "H1", (7, 12): "H2", (1, 9): "9M",
    (1, 12): "FY",
}  # fmt: skip


def months_of_year(scan: Scan, match: re.Match[str]) -> bool | None:
    part = _OF_MONTHS.get((int(match["m1"]), int(match["m2"])))
    if part is None:
        return False
    scan.add(match, FiscalPeriod(year_number(match["y"]), part))
    return None


def first_months(scan: Scan, match: re.Match[str]) -> None:
    part = {"three": "Q1", "3": "Q1", "six": "H1", "6": "H1"}.get(match["n"] or "")
    part = part or {"two": "H1", "2": "H1", "three": "9M", "3": "9M"}[match["nq"]]
    scan.add(match, FiscalPeriod(year_number(match["y"] or match["yq"]), part))


def months_to(scan: Scan, match: re.Match[str]) -> None:
    count = {"three": 3, "six": 6, "nine": 9, "twelve": 12}.get(match["len"]) or int(match["len"])
    index = int(match["y"]) * 12 + MONTHS[match["mon"]]
    first = index - count
    start = date(first // 12, first % 12 + 1, 1)
    end = date(index // 12, index % 12 + 1, 1) - timedelta(days=1)
    scan.state(match, AskedPeriod(dates=Period(start=start, end=end), words=match.group()))
