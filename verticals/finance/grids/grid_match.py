"""The lines of a table that the words of a question mean."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from verticals.finance.grids.grid import Grid, GridCell, Line
from verticals.finance.grids.grid_read import is_movement, years_in
from verticals.finance.grids.grid_words import Weights, fit, words_kept, words_of

FIT_LEAST = 0.30
ONLY_LINE = 0.6  # how well words fit the only line there is, whatever they are
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_DATES = re.compile(
    rf"\b\d{{1,2}}/\d{{1,2}}/(?:\d\d)?\d\d\b|\b(?:19|20)\d\d\b|\bF(?:Y ?)?\d\d\b"
    rf"|\b\d{{1,2}} (?:{_MONTHS})\b|\b(?:{_MONTHS})\b\.?(?: \d{{1,2}}\b,?)?"
    r"|\b(?:years?|fiscal|months?|ended|ending|as (?:of|at)|for the|\d\d weeks?)\b",
    re.IGNORECASE,
)


_BALANCE = re.compile(r"\bbalances?\b.{0,12}\b(end|beginning)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Matched:
    line: Line
    score: float


class Lines:
    """The lines of a grid, ready to be looked up by words."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.lines = lines_of(grid)
        self._dated = any(years_in(cell.header) for cell in grid.cells if not is_movement(cell.header))
        self._own = [set(words_kept(f"{one.label}")) for one in self.lines]
        self._beside = [set(words_kept(f"{one.section} {one.header}")) for one in self.lines]
        texts = {f"{one.label} {one.section} {one.header}" for one in self.lines}
        self._weights = Weights(texts)
        self._known = set().union(*self._own, *self._beside) if self.lines else set()

    def find(
        self, words: str, years: Sequence[int], *, but: Line | None = None, percent: bool = False
    ) -> Matched | None:
        """The line that fits the words best among those that have the years, or None where none fits.

        `percent` looks for a line of percentages rather than for one of amounts.
        """
        asked = set(words_of(words)) or set(words_kept(words)) & self._known
        known = asked & self._known
        best: Matched | None = None
        phrase = f" {' '.join(words_kept(words))} "
        for at, line in enumerate(self.lines):
            if line is but or (years and not self._has(line, years)):
                continue
            score = self._score(at, line, asked, known, phrase)
            if percent and score:
                score += 0.15 if all(cell.percent for cell in line.cells) else -0.15
            if best is None or score > best.score + 1e-9:
                best = Matched(line, score)
        return best if best is not None and best.score >= FIT_LEAST else None

    def names_total(self, line: Line, words: str) -> bool:
        """Whether a line is a total that the words name in full."""
        label = " ".join(words_of(line.label))
        return "total" in label and f" {label} " in f" {' '.join(words_of(words))} "

    def _has(self, line: Line, years: Sequence[int]) -> bool:
        """Whether a line has figures of the years; where no column is dated, one without a year may."""
        if line.by_year:
            return all(year in line.by_year for year in years)
        return not self._dated and len(years) < 2

    def _score(self, at: int, line: Line, asked: set[str], known: set[str], phrase: str) -> float:
        own, beside = self._own[at], self._beside[at]
        balance = _BALANCE.search(line.label)
        named_end = balance is not None and f" {balance[1].lower()[:3]}" in phrase
        if not known and named_end:
            return ONLY_LINE
        if not known:
            only = len({(one.label, one.header) for one in self.lines}) == 1
            return ONLY_LINE if only else 0.0
        small = {word for word in own if word not in known and not words_of(word)}
        score = fit(known, own - small, beside, self._weights)
        label = " ".join(words_kept(line.label))
        if label and f" {label} " in phrase:
            score += 0.10 + 0.02 * min(8, len(label.split()))
        if named_end:
            score += 0.3
        return score * (0.6 + 0.4 * len(known) / len(asked))


def lines_of(grid: Grid) -> list[Line]:
    """Cells that differ in their year alone, put together; columns of changes are lines of their own."""
    groups: dict[tuple[object, ...], list[GridCell]] = defaultdict(list)
    across = _years_across(grid)
    for cell in grid.cells:
        if is_movement(cell.header):
            groups[cell.row, "movement", cell.column].append(cell)
        elif cell.row in across:
            # one figure a year in the row: whatever else the headers say does not tell them apart
            key = "" if across[cell.row] else _undated(cell.header)
            groups[cell.row, "across", key].append(cell)
        else:
            groups["down", _undated(cell.label), _undated(cell.section), cell.header, cell.column].append(
                cell
            )
    return [line for key, cells in groups.items() for line in _lines(key, cells)]


def _years_across(grid: Grid) -> dict[int, bool]:
    """The rows whose columns are dated, and whether each year stands there once."""
    years: dict[int, list[int]] = defaultdict(list)
    dated_headers = {cell.column for cell in grid.cells if cell.years and _dated(cell.header)}
    for cell in grid.cells:
        if cell.column in dated_headers and not is_movement(cell.header):
            years[cell.row] += list(cell.years)
    return {row: len(found) == len(set(found)) for row, found in years.items() if found}


def _dated(header: str) -> bool:
    return bool(years_in(header))


def _lines(key: tuple[object, ...], cells: list[GridCell]) -> list[Line]:
    first = cells[0]
    down = key[0] == "down"
    label, header = (_undated(first.label) if down else first.label), first.header
    if not down and "movement" not in key:
        header = " ".join(dict.fromkeys(_undated(cell.header) for cell in cells))
    dated = {year: cell for cell in reversed(cells) for year in cell.years}
    if dated:
        return [Line(label, first.section, header, dated)]
    return [Line(cell.label, cell.section, cell.header, {}, cell) for cell in cells]


def _undated(text: str) -> str:
    return " ".join(_DATES.sub(" ", text).replace(",", " ").split()).strip(" -–")
