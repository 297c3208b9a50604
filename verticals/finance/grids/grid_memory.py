"""What the words of a turn name, given a table and the turns before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from verticals.finance.grids.grid import Grid, Line
from verticals.finance.grids.grid_cues import BACK, BEFORE, NEXT
from verticals.finance.grids.grid_match import Lines
from verticals.finance.grids.grid_read import years_in
from verticals.finance.grids.grid_turn import Kind, Turn
from verticals.finance.grids.grid_words import words_of

OWN_LEAST = 0.55  # how well words must fit a line to name it anew


@dataclass(slots=True)
class GridMemory:
    """One table and the turns so far."""

    grid: Grid
    turns: list[Turn] = field(default_factory=list)
    _lines: Lines | None = None

    @property
    def lines(self) -> Lines:
        if self._lines is None:
            self._lines = Lines(self.grid)
        return self._lines

    def _line(self, text: str, years: Sequence[int] = ()) -> Line | None:
        """The line that a turn names in words of its own."""
        found = self.lines.find(text, years) or (self.lines.find(text, ()) if years else None)
        if found is None or found.score < OWN_LEAST:
            return None
        return found.line if set(words_of(text)) else None

    def _years(self, text: str) -> list[int]:
        years = years_in(text)
        known = next((turn.year for turn in reversed(self.turns) if turn.year), None)
        if (
            len(years) == 1
            and known
            and known not in years
            and re.search(r"\b(?:to|and) (?:that|this|the same) year\b", text)
        ):
            return [years[0], known]
        last = next((turn.year for turn in reversed(self.turns) if turn.year), None)
        if not years and last and BEFORE.search(text):
            return [last - 1]
        if not years and last and NEXT.search(text):
            return [last + 1]
        return years

    def _cell(self, text: str) -> Turn | None:
        """The figure that a turn names: by line and year, by a new year of the last line, by a new line."""
        years = self._years(text)
        line = self._line(text, years[:1])
        if line is None and (years or BACK.search(text)):
            line = next((turn.line for turn in reversed(self.turns) if turn.line), None)
        if line is None:
            return None
        year = years[0] if years else next((turn.year for turn in reversed(self.turns) if turn.year), None)
        cell = line.by_year.get(year) if year else None
        if cell is None and not years and line.by_year:
            year = max(line.by_year)
            cell = line.by_year[year]
        cell = cell or line.undated
        return None if cell is None else Turn(cell.value, Kind.CELL, cell.text, (), line, cell, year)

    def _last(self, kind: Kind) -> Turn | None:
        return next((turn for turn in reversed(self.turns) if turn.kind is kind), None)

    def _recent_cells(self) -> list[Turn]:
        """The figures looked up since the last result, or the last two of all."""
        found: list[Turn] = []
        for turn in reversed(self.turns):
            if turn.kind is not Kind.CELL:
                break
            found.append(turn)
        cells = found[::-1]
        return cells if len(cells) > 1 else [turn for turn in self.turns if turn.kind is Kind.CELL][-2:]
