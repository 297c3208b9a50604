"""The lines of a table that the words of a question mean."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from verticals.finance.grids.grid import Grid, GridCell, Line
from verticals.finance.grids.grid_read import is_movement, years_in
from verticals.finance.grids.grid_words import Weights, fit, tokens_of, words_kept, words_of

FIT_LEAST = 0.30
UNDATED = 0.25  # what a figure without a year loses where others of the year asked for are there
WHOLE = 0.05  # what a total gains where the words name none of the parts
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


_FULL_DATE = re.compile(rf"\b(?:{_MONTHS})\.? \d{{1,2}} ?,? ?((?:19|20)\d\d)\b", re.IGNORECASE)
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
        self._labels = [words_kept(one.label) for one in self.lines]
        self._headers = [set(words_kept(one.header)) for one in self.lines]
        self._own = [set(label) or header for label, header in zip(self._labels, self._headers, strict=True)]
        self._found: dict[tuple[str, tuple[int, ...], int, bool], Matched | None] = {}
        self._beside = [set(words_kept(f"{one.section} {one.header}")) for one in self.lines]
        texts = {f"{one.label} {one.section} {one.header}" for one in self.lines}
        self._weights = Weights(texts)
        self.known = set().union(*self._own, *self._beside) if self.lines else set()

    def find(
        self, words: str, years: Sequence[int], *, but: Line | None = None, percent: bool = False
    ) -> Matched | None:
        """The line that fits the words best among those that have the years, or None where none fits.

        `percent` looks for a line of percentages rather than for one of amounts.
        """
        key = (words, tuple(years), id(but), percent)
        if key not in self._found:
            self._found[key] = self._best(_FULL_DATE.sub(r"\1", words), years, but, percent=percent)
        return self._found[key]

    def _best(self, words: str, years: Sequence[int], but: Line | None, *, percent: bool) -> Matched | None:
        asked = set(words_of(words)) or set(words_kept(words)) & self.known
        known = asked & self.known
        best: Matched | None = None
        phrase = f" {' '.join(words_kept(words))} "
        dated = bool(years) and any(years[0] in line.by_year for line in self.lines)
        for at, line in enumerate(self.lines):
            if line is but or (years and not self._has(line, years)):
                continue
            score = self._score(at, line, asked, known, phrase)
            if score and dated and not line.by_year:
                score -= UNDATED
            if percent and score:
                score += 0.15 if all(cell.percent for cell in line.cells) else -0.15
            if best is None or score > best.score + 1e-9:
                best = Matched(line, score)
        return best if best is not None and best.score >= FIT_LEAST else None

    def labelled(self, words: str) -> tuple[list[Line], str] | None:
        """The dated lines of the longest label that stands in a text as a whole, and the rest of the text."""
        said = tokens_of(words)
        stems = [one for _word, one in said]
        best: tuple[int, int] | None = None
        found: list[Line] = []
        for line in self.lines:
            label = [one for _word, one in tokens_of(line.label)]
            if not line.by_year or len(label) < 2 or (best is not None and len(label) < best[1] - best[0]):
                continue
            at = next((at for at in range(len(stems)) if stems[at : at + len(label)] == label), None)
            if at is not None:
                found = [*found, line] if best == (at, at + len(label)) else [line]
                best = (at, at + len(label))
        if best is None:
            return None
        rest = [word for at, (word, _stem) in enumerate(said) if not best[0] <= at < best[1]]
        return found, " ".join(rest)

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
        small = {word for word in own - known if not words_of(word) or word.isdigit()}
        score = fit(known, own - small, beside, self._weights)
        label = " ".join(self._labels[at])
        if not known & own and line.label.lower().rstrip(":0123456789") in {"total", "totals"}:
            score += WHOLE  # the words name the column alone
        if not known & self._headers[at] and line.header.lower() in {"total", "totals"}:
            score += WHOLE
        if label and label != "total" and f" {label} " in phrase:
            score += 0.10 + 0.02 * min(8, len(label.split()))
        if named_end:
            score += 0.3
        return score * (0.6 + 0.4 * len(known) / len(asked))


def ends_named(label: str, words: set[str]) -> bool:
    """Whether a line is the balance at the beginning or the end, and the words say which."""
    balance = _BALANCE.search(label)
    return balance is not None and balance[1].lower()[:3] in {word[:3] for word in words}


def lines_of(grid: Grid) -> list[Line]:
    """Cells that differ in their year alone, put together; columns of changes are lines of their own."""
    groups: dict[tuple[object, ...], list[GridCell]] = defaultdict(list)
    across = _years_across(grid)
    movements = {cell.column for cell in grid.cells if is_movement(cell.header)}
    for cell in grid.cells:
        if is_movement(cell.header):
            groups[cell.row, "movement", cell.column].append(cell)
        elif cell.row in across:
            # one figure a year in the row: whatever else the headers say does not tell them apart
            block = 0 if across[cell.row] else sum(one < cell.column for one in movements)
            key = "" if across[cell.row] else _undated(cell.header)
            groups[cell.row, "across", block, key].append(cell)
        else:
            groups["down", _undated(cell.label), _undated(cell.section), cell.header, cell.column].append(
                cell
            )
    ordered = sorted(groups.items(), key=lambda group: _repeats(group[1]))
    return [line for key, cells in ordered for line in _lines(key, cells)]


def _repeats(cells: Sequence[GridCell]) -> bool:
    """Whether a year stands in a line twice, so that it does not tell its figures apart."""
    years = [year for cell in cells for year in cell.years]
    return len(years) != len(set(years))


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
