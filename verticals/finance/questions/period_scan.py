"""One pass over a question that reads periods: what patterns found is kept, and blanked for those after."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.query import AskedPeriod

DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "十": 10,
    "几": 3,
}
COUNT_EN = {
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
    the question, or of the one before, into the past; `earlier_years` are meant beside the period named.
    `against` says that the present is compared with what lies so far back. `part` is a part of a year that no
    year stands beside.
    """

    stated: list[Stated] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    ends: bool = False
    back_years: int = 0
    back_quarters: int = 0
    earlier_years: int = 0
    against: bool = False
    this_year: bool = False
    part: str = ""

    @property
    def empty(self) -> bool:
        back = self.back_years or self.back_quarters or self.earlier_years
        return not (self.stated or back or self.this_year or self.part)


Handler = Callable[["Scan", re.Match[str]], bool | None]
Rule = tuple[tuple[str, ...], re.Pattern[str], Handler]


def rules(*rows: tuple[str, str, Handler]) -> tuple[Rule, ...]:
    """Patterns, each with texts of which one must be there for it to be worth trying."""
    return tuple((tuple(needs.split()), re.compile(pattern), handler) for needs, pattern, handler in rows)


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
        return int("".join(str(DIGITS[mark]) for mark in text))
    year = int(text)
    return year if year > 99 else 2000 + year if year < 70 else 1900 + year


def count_of(match: re.Match[str]) -> int:
    text = match["n"]
    if text.isdigit():
        return int(text)
    return COUNT_EN.get(text) or DIGITS[text]
