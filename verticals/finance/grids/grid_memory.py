"""What the words of a turn name, given a table, the text around it and the turns before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from verticals.finance.grids.grid import Grid, GridCell, Line
from verticals.finance.grids.grid_cues import (
    AVERAGE,
    BACK,
    BEFORE,
    CHANGE_NOUN,
    DEMONSTRATIVE,
    NEXT,
    ORDINALS,
    RATE_NOUN,
    SUM_NOUN,
    VAGUE,
)
from verticals.finance.grids.grid_read import years_in
from verticals.finance.grids.grid_sources import Sources
from verticals.finance.grids.grid_turn import Kind, Turn
from verticals.finance.grids.grid_words import words_kept, words_of

OWN_LEAST = 0.5  # how well words must fit a line to name it anew


@dataclass(slots=True)
class GridMemory:
    """One table, the text around it and the turns so far; `lost` is set while the last turn has no answer."""

    grid: Grid
    text: str = ""  # that stands around the table
    turns: list[Turn] = field(default_factory=list)
    lost: bool = False
    _lines: Sources | None = None

    @property
    def lines(self) -> Sources:
        if self._lines is None:
            self._lines = Sources(self.grid, self.text)
        return self._lines

    @property
    def last(self) -> Turn | None:
        """The turn before, where it was answered."""
        return self.turns[-1] if self.turns and not self.lost else None

    def own_words(self, text: str) -> set[str]:
        """The words of a turn that can name a figure: none that points back or names an operation."""
        ordinals = ORDINALS & self.lines.known
        return {word for word in words_of(text) if word not in VAGUE or word in ordinals}

    def line_named(self, text: str, years: Sequence[int] = ()) -> Line | None:
        """The line that a turn names in words of its own."""
        if not self.own_words(text):
            return None
        found = self.lines.find(text, years) or (self.lines.find(text, ()) if years else None)
        return found.line if found is not None and found.score >= OWN_LEAST else None

    def goes_on(self, text: str) -> bool:
        """Whether a turn has no words for a figure but those of the turn before: "and the price in 2010?"."""
        own = self.own_words(text)
        before = next((turn.text for turn in reversed(self.turns) if turn.line), "")
        if not own or self.lost:
            return not own
        said = own & set(words_kept(before))
        known = own & self.lines.known
        return own == said or (len(said) * 2 >= len(own) and not known - said)

    def last_line(self) -> Line | None:
        return next((turn.line for turn in reversed(self.turns) if turn.line), None)

    def years_said(self, text: str) -> list[int]:
        """The years that a turn names, also by their place beside those of the turn before."""
        years = years_in(text)
        known = next((turn.year for turn in reversed(self.turns) if turn.year), None)
        if known is None:
            return years
        if len(years) == 1 and known not in years and _TO_THAT_YEAR.search(text):
            return [years[0], known]
        if not years and BEFORE.search(text):
            return [known - 1]
        if not years and NEXT.search(text):
            return [known + 1]
        return years

    def cell_named(self, text: str) -> Turn | None:
        """The figure that a turn names: by line and year, by a new year of the last line, by a new line."""
        years = self.years_said(text)
        line = self.line_named(text, years[:1])
        words = text
        if not self.turns and not self.own_words(text) and SUM_NOUN.search(text):
            return self._total(years)
        if self.goes_on(text) and (years or (line is None and BACK.search(text))):
            line = self.last_line()
            words = next((turn.text for turn in reversed(self.turns) if self.own_words(turn.text)), "")
            if line is not None and years and years[0] not in line.by_year and words:
                line = self.line_named(_without_years(words), years[:1])
        if line is None:
            return None
        if (same := self._same_row(line, text)) is not None:
            return same
        asked = years[0] if years else next((turn.year for turn in reversed(self.turns) if turn.year), None)
        cell = line.by_year.get(asked) if asked else None
        if cell is None and not years and line.by_year:
            asked = max(line.by_year)
            cell = line.by_year[asked]
        if cell is None and not line.by_year:
            cell = line.undated
        return None if cell is None else self.cell_turn(line, cell, asked, words)

    def _same_row(self, line: Line, text: str) -> Turn | None:
        """The figure of another column in the row of the last one, where a turn names the column alone."""
        last = self.last
        own = self.own_words(text)
        if last is None or last.cell is None or last.cell.passage or line.undated is None:
            return None
        if line.undated.row == last.cell.row or own & set(words_kept(line.label)):
            return None
        header = set(words_kept(line.header))
        for cell in self.lines.grid.cells:
            if cell.row == last.cell.row and cell.header == line.header and own & header:
                found = next((one for one in self.lines.lines if cell in one.cells), line)
                return self.cell_turn(found, cell, last.year, text)
        return None

    def cell_turn(self, line: Line, cell: GridCell, year: int | None, text: str = "") -> Turn:
        scale = cell.scale or ("" if cell.passage or cell.percent else self.grid.scale)
        years = (year,) if year else ()
        return Turn(cell.value, Kind.CELL, cell.text, (), line, cell, year, text, years, scale, (cell,))

    def operand(self, phrase: str, beside: Turn | None = None) -> Turn | None:
        """What one side of a turn means: a result that it points back at, or a figure.

        `beside` is the other side, whose line a year alone is of.
        """
        own = self.own_words(phrase)
        back = BACK.search(phrase) is not None or not own
        if SUM_NOUN.search(phrase) and _OF_THEM.search(phrase) and (summed := self.last_of(Kind.SUM)):
            return summed
        if own:
            recalled = self._recalled(own, phrase) if DEMONSTRATIVE.search(phrase) else None
            return recalled or self.cell_named(phrase)
        years = self.years_said(phrase)
        if CHANGE_NOUN.search(phrase):
            return self.last_of(Kind.CHANGE)
        if SUM_NOUN.search(phrase) and not years:
            back = DEMONSTRATIVE.search(phrase) is not None
            said = next((turn for turn in reversed(self.turns) if SUM_NOUN.search(turn.text)), None)
            return self.last_of(Kind.SUM) or (said if back and said else self._total())
        if RATE_NOUN.search(phrase) and not years:
            return self.last_of(Kind.RATE)
        if years and beside is not None and beside.line is not None and years[0] in beside.line.by_year:
            return self.cell_turn(beside.line, beside.line.by_year[years[0]], years[0])
        if years:
            return self.cell_named(phrase)
        return self.last if back else None

    def _recalled(self, own: set[str], phrase: str) -> Turn | None:
        """The latest turn whose line or question holds the words of "that purchase price" or the like."""
        years = years_in(phrase)
        change = CHANGE_NOUN.search(phrase) is not None
        for turn in reversed(self.turns):
            if change is not (turn.kind is Kind.CHANGE) or (years and turn.year not in years):
                continue
            held = set(words_kept(turn.text))
            if turn.line is not None:
                held |= set(words_kept(f"{turn.line.label} {turn.line.section} {turn.line.header}"))
            if own <= held:
                return turn
        return None

    def _total(self, years: Sequence[int] = ()) -> Turn | None:
        """The figure of the only total of the table in a year, else in the last one spoken of."""
        totals = [line for line in self.lines.lines if line.label.lower().startswith("total")]
        if len(totals) != 1:
            return None
        known = next((turn.year for turn in reversed(self.turns) if turn.year), None)
        year = years[0] if years else known
        cell = totals[0].by_year.get(year) if year else totals[0].undated
        return None if cell is None else self.cell_turn(totals[0], cell, year)

    def last_of(self, kind: Kind) -> Turn | None:
        return next((turn for turn in reversed(self.turns) if turn.kind is kind), None)

    def recent_cells(self) -> list[Turn]:
        """The figures looked up since the last result, or the last two of all."""
        found: list[Turn] = []
        for turn in reversed(self.turns):
            if turn.kind is not Kind.CELL:
                break
            found.append(turn)
        cells = found[::-1]
        return cells if len(cells) > 1 else [turn for turn in self.turns if turn.kind is Kind.CELL][-2:]

    def averaged(self, text: str) -> bool:
        """Whether an average is asked for, and not one that a line is named for."""
        line = self.line_named(text, ())
        told = f"{line.label} {line.section} {line.header}".lower() if line is not None else ""
        return AVERAGE.search(text) is not None and AVERAGE.search(told) is None


_OF_THEM = re.compile(r"\b(?:both|these|those|the two|that|this)\b")
_TO_THAT_YEAR = re.compile(r"\b(?:to|and) (?:that|this|the same) year\b")


def _without_years(text: str) -> str:
    return re.sub(r"\b(?:19|20)\d\d\b", " ", text)
