"""Periods as people name them: fiscal years, quarters, halves, nine months, trailing twelve months."""

import calendar as months
from dataclasses import dataclass, replace
from datetime import date, timedelta

from verticals.finance.facts.fact import Period

# part -> how many quarters of the year lie before it, and how many it holds
PARTS: dict[str, tuple[int, int]] = {
    "FY": (0, 4),
    "Q1": (0, 1), "Q2": (1, 1), "Q3": (2, 1), "Q4": (3, 1), "H1": (0, 2), "H2": (2, 2), "9M": (0, 3),
}  # fmt: skip
_BEFORE = {"Q2": "Q1", "Q3": "Q2", "Q4": "Q3", "H2": "H1"}
_BEFORE_THE_FIRST = {"FY": "FY", "Q1": "Q4", "H1": "H2"}
_ZH = {"FY": "{}年度", "Q1": "{}年第一季度", "Q2": "{}年第二季度", "Q3": "{}年第三季度", "Q4": "{}年第四季度",
       "H1": "{}年上半年", "H2": "{}年下半年", "9M": "{}年前三季度"}  # fmt: skip
_MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_EN = {"FY": "FY{}", "9M": "first nine months of {}", "H1": "first half of {}", "H2": "second half of {}"}


@dataclass(frozen=True, slots=True, order=True)
class FiscalPeriod:
    """A part of a company's fiscal year, or of the calendar year where `calendar` is set.

    `trailing` makes it the twelve months that end where the part ends. With `month` it is that month alone,
    or as many `months` as end with it; with `day` too, that day.
    """

    year: int
    part: str = "FY"
    trailing: bool = False
    calendar: bool = False
    month: int = 0
    day: int = 0
    months: int = 1

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"'{self.part}' is no part of a year; there are {', '.join(PARTS)}.")

    @property
    def last_quarter(self) -> int:
        """The quarter, 1 to 4, with which the period ends."""
        before, count = PARTS[self.part]
        return before + count

    @property
    def quarters(self) -> int:
        return 4 if self.trailing else PARTS[self.part][1]

    @property
    def length(self) -> int:
        """How many months the period has; a day has none."""
        if self.month:
            return 0 if self.day else self.months
        return 3 * self.quarters

    @property
    def to_date(self) -> "FiscalPeriod":
        """From the start of the year to the end of this period: what Chinese quarterly reports state."""
        if self.month % 3:
            return self
        part = {1: "Q1", 2: "H1", 3: "9M", 4: "FY"}[self.last_quarter]
        return replace(self, part=part, trailing=False, month=0, day=0, months=1)

    @property
    def dates(self) -> Period | None:
        """The dates of months or of a day; None of a part of a year, whose dates a calendar tells."""
        if not self.month:
            return None
        if self.day:
            day = date(self.year, self.month, self.day)
            return Period(start=day, end=day)
        first = self.year * 12 + self.month - self.months
        return Period(start=date(first // 12, first % 12 + 1, 1), end=month_end(self.year, self.month))

    def prior(self) -> "FiscalPeriod":
        """The same period a year earlier."""
        return replace(self, year=self.year - 1)

    def previous(self) -> "FiscalPeriod | None":
        """The period of the same length just before; nine months have none."""
        if self.trailing:
            return self.prior()
        if self.dates and self.dates.start:
            day = self.dates.start - timedelta(days=1)
            return day_alone(day) if self.day else months_ending(day, self.months)
        if self.part in _BEFORE:
            return replace(self, part=_BEFORE[self.part])
        if self.part in _BEFORE_THE_FIRST:
            return replace(self, year=self.year - 1, part=_BEFORE_THE_FIRST[self.part])
        return None

    @property
    def code(self) -> str:
        """FY2023, 2023Q3, 2023H1, 2023-9M, 2023-06; TTM-2023Q3 for twelve months; CY2023 by the calendar."""
        if self.month:
            day = f"-{self.day:02}" if self.day else f"-{self.months}M" if self.months > 1 else ""
            return f"{self.year}-{self.month:02}{day}"
        if self.part == "FY":
            text = f"{'CY' if self.calendar else 'FY'}{self.year}"
            return f"TTM-{text}" if self.trailing else text
        text = f"{self.year}-9M" if self.part == "9M" else f"{self.year}{self.part}"
        text = f"CY{text}" if self.calendar else text
        return f"TTM-{text}" if self.trailing else text

    def label(self, language: str) -> str:
        """The period as a reader of the language would write it."""
        if self.month:
            return self._label_dated(language)
        if language == "zh":
            text = ("自然年" if self.calendar else "") + _ZH[self.part].format(self.year)
            return f"截至{text}末的十二个月" if self.trailing else text
        text = _EN.get(self.part, f"{self.part} {{}}").format(self.year)
        text = f"calendar {text.removeprefix('FY')}" if self.calendar else text
        return f"twelve months to the end of {text}" if self.trailing else text

    def _label_dated(self, language: str) -> str:
        name = _MONTHS_EN[self.month - 1]
        if language == "zh":
            text = f"{self.year}年{self.month}月"
            if self.day:
                return f"{text}{self.day}日"
            return f"截至{text}末的{self.months}个月" if self.months > 1 else text
        text = f"{name} {self.year}"
        if self.day:
            return f"{name} {self.day}, {self.year}"
        return f"{self.months} months to the end of {text}" if self.months > 1 else text


def month_end(year: int, month: int) -> date:
    return date(year, month, months.monthrange(year, month)[1])


def months_ending(day: date, count: int = 1) -> FiscalPeriod:
    """So many calendar months, the last of them the one of a day."""
    part = f"Q{(day.month + 2) // 3}"
    return FiscalPeriod(day.year, part, calendar=True, month=day.month, months=count)


def day_alone(day: date) -> FiscalPeriod:
    """A day that need not end any period that is reported on."""
    part = f"Q{(day.month + 2) // 3}"
    return FiscalPeriod(day.year, part, calendar=True, month=day.month, day=day.day)


def years_between(first: int, last: int) -> tuple[FiscalPeriod, ...]:
    """The fiscal years from one to another, both included."""
    return tuple(FiscalPeriod(year) for year in range(first, last + 1))
