"""Figures that stand in sentences around a table, each with the words beside it, its years and its unit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import zip_longest

from verticals.finance.grids.grid import GridCell, Line
from verticals.finance.grids.passage_years import YearMark, year_marks, years_of_figures

_ABBREVIATED = r"(?<!\bu\.s)(?<!\binc)(?<!\bcorp)(?<!\bltd)(?<!\bco)(?<!\bno)(?<!\bdec)(?<!\bsept)(?<!\bjan)"
_SENTENCE = re.compile(rf"{_ABBREVIATED}\s+\.\s+|\s*[•●]\s*|;\s+", re.IGNORECASE)
_UPPER_STOP = re.compile(r"(?<=[a-z0-9)%])\.\s+(?=[A-Z\"“(•])")
_FIGURE = re.compile(
    r"(?P<sign>-)?(?P<money>(?:us|a|c)?[$€£¥]\s?(?P<open>\(\s?)?)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:(?<=\d)(?P<close>\s?\)))?"
    r"(?:\s?(?P<percent>%|percent\b|per cent\b)(?:\s\(\s[\d.]+\s%\s\))?)?"
    r"(?:\s?(?P<scale>thousand|million|billion|mm|bn)\b)?",
    re.IGNORECASE,
)
_NO_FIGURE_BEFORE = re.compile(
    r"(?:\b(?:note|notes|item|items|level|tier|section|sections|page|part|rule|exhibit|form|chapter|class|"
    r"series|no|number|article|sfas|fas|fin|fsp|asu|asc|topic|step|phase|titled?|schedule|jan(?:uary)?"
    r"|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)\s?\.?\s|[\w/]|\w-|\bs&p |\btop |\bfortune )$",
    re.IGNORECASE,
)
_NO_FIGURE_AFTER = re.compile(
    r"^(?:st|nd|rd|th|s)\b|^[-–](?:k|q|day|days|year|years|month|months|for|basis)\b|^/\d|^-\d|^[a-z]"
    r"|^ (?:january|february|march|april|june|july|august|september|october|november|december)\b"
    r"|^ (?:days?|months?|years?|weeks?|hours?|quarters?|basis points?|bps|segments?|reportable)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_JOINS = re.compile(
    r"^[\s,]*(?:and|or|to|compared (?:with|to)|versus|vs|from|as compared (?:to|with)|up from"
    r"|down from)?[\s,]*$"
)
_COMPARED = re.compile(r"\b(?:compared (?:with|to)|versus|up from|down from)\b")
_FROM, _TO = re.compile(r"\bfrom\s*$"), re.compile(r"\s*to\b")
_SMALL_GAP = 6  # words between two figures of one kind that still belong to one series


@dataclass(frozen=True, slots=True)
class PassageLine:
    """One figure or series of a sentence: `near` are the words beside it, `sentence` all the words around."""

    line: Line
    near: str
    sentence: str
    rose_to: Line | None = None  # what it went to: "from 5 to 7"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a sentence; `start` and `end` count its characters."""

    value: Decimal
    text: str
    unit: str  # money, percent or ""
    scale: str
    start: int
    end: int


def passage_lines(text: str) -> list[PassageLine]:
    """The figures of a text, those that differ in their year alone put together."""
    found: list[PassageLine] = []
    before: list[YearMark] = []
    for at, sentence in enumerate(sentences_of(text)):
        figures = list(figures_in(sentence))
        marks = year_marks(sentence)
        years = years_of_figures(sentence, figures, marks or before, own=bool(marks))
        found += _moves(sentence, list(_lines(at, sentence, figures, years)))
        before = marks or before
    return found


def sentences_of(text: str) -> list[str]:
    plain = " ".join(text.split())
    parts = [part for whole in _UPPER_STOP.split(plain) for part in _SENTENCE.split(whole)]
    return [part.strip() for part in parts if part.strip()]


def figures_in(sentence: str) -> Iterator[Figure]:
    """The amounts of a sentence; years, days, numbers of notes and the like are none."""
    for match in _FIGURE.finditer(sentence):
        unit = "money" if match["money"] else "percent" if match["percent"] else ""
        plain = not unit and not match["scale"]
        if plain and (_YEAR.fullmatch(match["digits"]) or _is_label(sentence, match)):
            continue
        if unit != "money" and re.search(r"[\w.]$", sentence[: match.start()]):
            continue
        value = Decimal(match["digits"].replace(",", ""))
        negative = match["sign"] or (match["open"] and match["close"])
        scale = {"mm": "million", "bn": "billion"}.get((match["scale"] or "").lower(), match["scale"] or "")
        yield Figure(
            -value if negative else value,
            match.group().strip(" )" if not match["open"] else " "),
            unit,
            scale.lower(),
            match.start(),
            match.end("digits") if match["close"] and not match["open"] else match.end(),
        )


def _is_label(sentence: str, match: re.Match[str]) -> bool:
    before, after = sentence[: match.start()], sentence[match.end() :]
    bracketed = re.search(r"\(\s?$", before) and re.match(r"\s?\)", after)
    return bool(bracketed or _NO_FIGURE_BEFORE.search(before) or _NO_FIGURE_AFTER.match(after))


def _lines(
    at: int, sentence: str, figures: Sequence[Figure], years: Sequence[tuple[int, ...]]
) -> Iterator[PassageLine]:
    for first, last in _series(sentence, figures, years):
        start = figures[first - 1].end if first else 0
        end = figures[last + 1].start if last + 1 < len(figures) else len(sentence)
        inside = " ".join(
            sentence[one.end : two.start]
            for one, two in zip(figures[first:last], figures[first + 1 : last + 1], strict=False)
        )
        near = (
            f"{sentence[start : figures[first].start]} {inside} {_clause(sentence[figures[last].end : end])}"
        )
        cells = [
            GridCell(
                at, number, figures[number].text, figures[number].value, figures[number].unit == "percent",
                near.strip(), "", "", frozenset(year), figures[number].scale, sentence,
            )
            for number, year in zip(range(first, last + 1), years[first : last + 1], strict=True)
        ]  # fmt: skip
        dated = {year: cell for cell in reversed(cells) for year in cell.years}
        line = Line(near, "", "", dated, None if dated else cells[0])
        yield PassageLine(line, near, sentence)


def _moves(sentence: str, lines: list[PassageLine]) -> list[PassageLine]:
    """The figures of a sentence, each that goes "from" one "to" another knowing the other."""
    found = []
    for one, other in zip_longest(lines, lines[1:]):
        goes = other is not None and _FROM.search(one.near.split("  ")[0]) and _TO.match(other.near)
        if goes and other is not None and len(one.line.cells) == len(other.line.cells) == 1:
            found.append(replace(one, rose_to=other.line))
        else:
            found.append(one)
    return found


def _clause(text: str) -> str:
    """What follows a figure and still speaks of it: up to the next clause."""
    return re.split(r" , (?:and|but|while|which|compared)|;|\bcompared\b", text, maxsplit=1)[0]


def _series(
    sentence: str, figures: Sequence[Figure], years: Sequence[tuple[int, ...]]
) -> Iterator[tuple[int, int]]:
    """Runs of figures of one unit and different years with few words in between."""
    first = 0
    while first < len(figures):
        last = first
        seen = set(years[first])
        while last + 1 < len(figures) and _goes_on(sentence, figures[last], figures[last + 1]):
            year = years[last + 1]
            if not year or not seen or seen & set(year):
                break
            seen |= set(year)
            last += 1
        yield first, last
        first = last + 1


def _goes_on(sentence: str, one: Figure, two: Figure) -> bool:
    between = re.sub(r"\b(?:19|20)\d\d\b|\b31\b|\b30\b", "", sentence[one.end : two.start])
    compared = _COMPARED.search(between) is not None and len(between.split()) <= 3 * _SMALL_GAP
    return one.unit == two.unit and (
        len(between.split()) <= _SMALL_GAP or compared or _JOINS.match(between) is not None
    )
