"""Periods as people name them: fiscal years, quarters, halves, nine months, trailing twelve months."""

from dataclasses import dataclass, replace

# part -> how many quarters of the year lie before it, and how many it holds
PARTS: dict[str, tuple[int, int]] = {
    "FY": (0, 4),
    "Q1": (0, 1), "Q2": (1, 1), "Q3": (2, 1), "Q4": (3, 1), "H1": (0, 2), "H2": (2, 2), "9M": (0, 3),
}  # fmt: skip
_BEFORE = {"Q2": "Q1", "Q3": "Q2", "Q4": "Q3", "H2": "H1"}
_BEFORE_THE_FIRST = {"FY": "FY", "Q1": "Q4", "H1": "H2"}
_ZH = {"FY": "{}年度", "Q1": "{}年第一季度", "Q2": "{}年第二季度", "Q3": "{}年第三季度", "Q4": "{}年第四季度",
       "H1": "{}年上半年", "H2": "{}年下半年", "9M": "{}年前三季度"}  # fmt: skip
_EN = {"FY": "FY{}", "9M": "first nine months of {}", "H1": "first half of {}", "H2": "second half of {}"}


@dataclass(frozen=True, slots=True, order=True)
class FiscalPeriod:
    """A part of a company's fiscal year, or of the calendar year where `calendar` is set.

    `trailing` makes it the twelve months that end where the part ends.
    """

    year: int
    part: str = "FY"
    trailing: bool = False
    calendar: bool = False

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
    def to_date(self) -> "FiscalPeriod":
        """From the start of the year to the end of this period: what Chinese quarterly reports state."""
        part = {1: "Q1", 2: "H1", 3: "9M", 4: "FY"}[self.last_quarter]
        return replace(self, part=part, trailing=False)

    def prior(self) -> "FiscalPeriod":
        """The same period a year earlier."""
        return replace(self, year=self.year - 1)

    def previous(self) -> "FiscalPeriod | None":
        """The period of the same length just before; nine months have none."""
        if self.trailing:
            return self.prior()
        if self.part in _BEFORE:
            return replace(self, part=_BEFORE[self.part])
        if self.part in _BEFORE_THE_FIRST:
            return replace(self, year=self.year - 1, part=_BEFORE_THE_FIRST[self.part])
        return None

    @property
    def code(self) -> str:
        """FY2023, 2023Q3, 2023H1, 2023-9M; TTM2023Q3 for twelve months; CY2023 by the calendar."""
        if self.part == "FY":
            text = f"{'CY' if self.calendar else 'FY'}{self.year}"
            return f"TTM-{text}" if self.trailing else text
        text = f"{self.year}-9M" if self.part == "9M" else f"{self.year}{self.part}"
        text = f"CY{text}" if self.calendar else text
        return f"TTM-{text}" if self.trailing else text

    def label(self, language: str) -> str:
        """The period as a reader of the language would write it."""
        if language == "zh":
            text = ("自然年" if self.calendar else "") + _ZH[self.part].format(self.year)
            return f"截至{text}末的十二个月" if self.trailing else text
        text = _EN.get(self.part, f"{self.part} {{}}").format(self.year)
        text = f"calendar {text.removeprefix('FY')}" if self.calendar else text
        return f"twelve months to the end of {text}" if self.trailing else text


def years_between(first: int, last: int) -> tuple[FiscalPeriod, ...]:
    """The fiscal years from one to another, both included."""
    return tuple(FiscalPeriod(year) for year in range(first, last + 1))
