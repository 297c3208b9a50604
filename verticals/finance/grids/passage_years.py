"""Which year each figure of a sentence is of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATED = re.compile(
    rf"(?:{_MONTH}\.?\s(?:\d{{1,2}}\s?,?\s)?|fiscal\s(?:years?\s)?)?"
    r"(?<![\d$.,-])(?<!\$ )\b(?P<year>(?:19|20)\d\d)\b(?!\s?(?:%|million|billion|shares|\d))",
    re.IGNORECASE,
)
_LIST_JOIN = re.compile(r"^\s?(?:,\s?and|,|and|or|&|to)\s?$", re.IGNORECASE)
_ITEM_JOIN = re.compile(r"^\s?(?:,\s?and|,|and|or)\s?$", re.IGNORECASE)
_AFTER = re.compile(
    rf"^\s?(?:\([^)]*\)\s?)?(?:,\s)?(?:per share |a share |each )?(?:in|for|at|during|as of|as at"
    rf"|on|through)\s"
    rf"(?:the\s)?(?:end of\s)?(?:fiscal\s|calendar\s|years?\s|twelve\smonths\s|quarters?\s"
    rf"|periods?\s|ended\s|ending\s|both\s"
    rf"|{_MONTH}\.?\s(?:\d{{1,2}}\s?,?\s)?)*$",
    re.IGNORECASE,
)
_SOON_AFTER = re.compile(
    rf"^(?:\s(?!in\b|for\b|compared\b|which\b|and\b)[^\s,;()]+){{1,7}}\s(?:in|during|for|at|as of)\s"
    rf"(?:the\s)?(?:fiscal\s|years?\s|ended\s|{_MONTH}\.?\s(?:\d{{1,2}}\s?,?\s)?)*$",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"\b(?:due|maturing|matures?|expir\w+|until|through|since|after|before|by)\s(?:in\s|on\s|"
    rf"{_MONTH}\.?\s(?:\d{{1,2}}\s?,?\s)?)*$",
    re.IGNORECASE,
)


class Placed(Protocol):
    """A figure's place in its sentence."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class YearMark:
    """A year that a sentence names; `group` counts the lists of years, a year alone being one."""

    year: int
    start: int
    end: int
    group: int


def year_marks(sentence: str) -> list[YearMark]:
    """The years of a sentence, maturities and expiries left out."""
    marks: list[YearMark] = []
    group = 0
    for match in _DATED.finditer(sentence):
        if _DUE.search(sentence[: match.start()]):
            continue
        joined = marks and _LIST_JOIN.match(sentence[marks[-1].end : match.start()])
        group += 0 if joined else 1
        marks.append(YearMark(int(match["year"]), match.start(), match.end(), group))
    return marks


def years_of_figures(
    sentence: str, figures: Sequence[Placed], marks: Sequence[YearMark], *, own: bool
) -> list[tuple[int, ...]]:
    """The years of each figure: by equal lists, by the year that follows it, by the year before it.

    `own` is unset where the marks are those of the sentence before, as this one names no year.
    """
    found: list[tuple[int, ...]] = [()] * len(figures)
    lists = [group for group in _groups(marks) if len(group) > 1]
    for run in _runs(sentence, figures):
        fitting = [group for group in lists if len(group) == len(run)]
        if len(run) > 1 and fitting:
            place = figures[run[0]].start
            nearest = min(fitting, key=lambda group: abs(group[0].start - place)) if own else fitting[0]
            for at, mark in zip(run, nearest, strict=True):
                found[at] = (mark.year,)
    if own:
        for at, figure in enumerate(figures):
            if not found[at]:
                found[at] = _year_beside(sentence, figures, at, marks, figure)
    return found


def _bracket_of(sentence: str, figure: Placed) -> int | None:
    """Where the bracket opens that a figure stands in."""
    opened = sentence.rfind("(", 0, figure.start)
    return opened if opened > sentence.rfind(")", 0, figure.start) else None


def _groups(marks: Sequence[YearMark]) -> list[list[YearMark]]:
    groups: dict[int, list[YearMark]] = {}
    for mark in marks:
        groups.setdefault(mark.group, []).append(mark)
    return list(groups.values())


def _runs(sentence: str, figures: Sequence[Placed]) -> list[list[int]]:
    """Figures that stand in a list: "A , B and C"."""
    runs: list[list[int]] = []
    for at, figure in enumerate(figures):
        if runs and _ITEM_JOIN.match(sentence[figures[at - 1].end : figure.start]):
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _year_beside(
    sentence: str, figures: Sequence[Placed], at: int, marks: Sequence[YearMark], figure: Placed
) -> tuple[int, ...]:
    bracket = _bracket_of(sentence, figure)
    if bracket is not None and at and figures[at - 1].end <= bracket:
        return _year_beside(sentence, figures, at - 1, marks, figures[at - 1])
    later = [one.start for one in figures[at + 1 :] if _bracket_of(sentence, one) is None]
    upto = later[0] if later else len(sentence)
    for mark in marks:
        between = sentence[figure.end : mark.start]
        if figure.end <= mark.start < upto and (_AFTER.match(between) or _SOON_AFTER.match(between)):
            return tuple(one.year for one in marks if one.group == mark.group)
    before = [mark for mark in marks if mark.end <= figure.start]
    if before:
        alone = [mark for mark in before if mark.group == before[-1].group]
        return (before[-1].year,) if len(alone) == 1 else ()
    after = [mark for mark in marks if mark.start >= figure.end]
    return (after[0].year,) if after and len({mark.year for mark in after}) == 1 else ()
