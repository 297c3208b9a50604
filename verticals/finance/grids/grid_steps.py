"""Steps of a conversation that put results and figures together: rates, differences, sums, averages."""

import re
from dataclasses import replace
from decimal import Decimal

from verticals.finance.grids.grid import GridCell
from verticals.finance.grids.grid_cues import (
    ADDED,
    ALL_OF_THEM,
    AVERAGE,
    BACK,
    CHANGE,
    CHANGE_NOUN,
    DECLINE,
    IN_THAT_TIME,
    INDEX_MOVE,
    PERCENT,
    RATE,
    SUM,
)
from verticals.finance.grids.grid_memory import GridMemory
from verticals.finance.grids.grid_phrases import differences_of, products_of, quotients_of, sums_of
from verticals.finance.grids.grid_read import years_in
from verticals.finance.grids.grid_turn import (
    Kind,
    Turn,
    later_first,
    number_turn,
    turn_difference,
    turn_product,
    turn_quotient,
    turn_sum,
)

_IT = re.compile(r"\b(?:it|they)\b")
_AMONG = re.compile(r"\b(?:among|between|of) (?:the(?:se|m)?|those)\b|\bthe two\b")


_WORTH = re.compile(
    r"\b(?:total|aggregate|dollar|cash) (?:\w+ )?(?:value|amount|cost|outflow)\b|\bworth\b|\bcash outflow\b"
)
_COUNT = re.compile(r"\bnumber of\b|\bhow many\b")
_COUNTED = re.compile(
    r"\bnumber of\b|\bshares (?:purchased|repurchased|issued|granted)\b|\bgallons\b|\bunits\b"
)
_PRICE = re.compile(r"\b(?:price|cost|value)(?: paid)? per\b|\b(?:exercise|average|contract) ?price\b")


def _told(cell: GridCell) -> str:
    return f"{cell.label} {cell.header}".lower()


class GridSteps(GridMemory):
    """The steps that go on with what the turns before came to; each gives None where it does not apply."""

    def _quotient(self, text: str) -> Turn | None:
        """One thing in relation to another, of which at least one is pointed back at."""
        if not RATE.search(text) or not self.turns:
            return None
        for first, second in quotients_of(text):
            if not self._points_back(first, second):
                continue
            above = self._above(first)
            below = self._below(second, above) if above is not None else None
            if above is None or below is None or below.value == above.value and below.cells == above.cells:
                continue
            if (found := turn_quotient(above, below)) is not None:
                return found
        return None

    def _points_back(self, *sides: str) -> bool:
        return any(BACK.search(side) or not self.own_words(side) for side in sides)

    def _above(self, phrase: str) -> Turn | None:
        """The upper side: where it speaks of a change, the last one, or that of the two last figures."""
        if CHANGE_NOUN.search(phrase):
            line = self.line_named(phrase)
            change = self.last_of(Kind.CHANGE)
            if change is not None and (line is None or line is change.line or BACK.search(phrase)):
                return change
            return self._change_of_last(phrase)
        last = self.last
        if last is not None and last.kind is Kind.RATE and not self.own_words(phrase) and _IT.search(phrase):
            cells = last.cells[:1] if len(last.cells) == 2 else ()
            return Turn(
                last.operands[0],
                Kind.CELL,
                str(last.operands[0]),
                line=last.line,
                year=last.year,
                cells=cells,
            )
        return self.operand(phrase)

    def _below(self, phrase: str, above: Turn) -> Turn | None:
        """The lower side: a year alone is that of the line above it."""
        years = self.years_said(phrase)
        if not self.own_words(phrase) and above.line is not None:
            cell = above.line.by_year.get(years[0]) if years else None
            if cell is not None and years:
                return self.cell_turn(above.line, cell, years[0])
            if above.kind is Kind.CHANGE and not years and CHANGE_NOUN.search(phrase) is None:
                return self._base(phrase, above) if not SUM.search(phrase) else self.operand(phrase)
        found = self.operand(phrase)
        if found is None or years or found.kind is not Kind.CELL or found.line is None:
            return found
        if above.kind is Kind.CHANGE and found.line is above.line:
            return self._base(phrase, above)
        cell = found.line.by_year.get(above.year) if above.year else None
        return self.cell_turn(found.line, cell, above.year) if cell is not None else found

    def _rate_of_last(self, text: str) -> Turn | None:
        """The last change in relation to its start, or one of the last two figures to the other."""
        if (not RATE.search(text) and not PERCENT.search(text)) or _AMONG.search(text):
            return None
        change = self.last_of(Kind.CHANGE)
        line = self.line_named(text)
        if self.last is not None and self.last.kind is Kind.CHANGE and not years_in(text):
            line = None if IN_THAT_TIME.search(text) else line
        if line is not None and (change is None or line is not change.line or len(years_in(text)) > 1):
            return None
        moved = CHANGE.search(text) or "return" in text or self.last is change
        if change is not None and moved and (self.last is change or self._follows(change, text)):
            return turn_quotient(change, self._base(text, change))
        cells = self.recent_cells()
        if len(cells) != 2 or line is not None or (self.last is not cells[-1]):
            return None
        if CHANGE.search(text) or "growth" in text:
            later, earlier = later_first(cells)
            return turn_quotient(turn_difference(later, earlier), earlier)
        return turn_quotient(cells[0], cells[1])

    def _follows(self, change: Turn, text: str) -> bool:
        """Whether only figures of the change's own line were looked up since the change."""
        since = self.turns[self.turns.index(change) + 1 :]
        return all(turn.kind is Kind.CELL and turn.value in change.operands for turn in since) or bool(
            BACK.search(text) and len(since) < 2 and not years_in(text)
        )

    def _base(self, text: str, change: Turn) -> Turn:
        """What a change is set in relation to: the figure of a year that is named, else the earlier one."""
        years = years_in(text)
        if years and change.line is not None and years[0] in change.line.by_year:
            return self.cell_turn(change.line, change.line.by_year[years[0]], years[0])
        stated = [cell for cell in change.cells if cell.value == change.operands[1]]
        base = number_turn(change.operands[1])
        if stated and len(change.cells) == 2:
            return replace(base, formula=stated[0].text, cells=(stated[0],), scale=change.scale)
        return replace(base, cells=change.cells[1:], scale=change.scale)

    def _difference(self, text: str) -> Turn | None:
        """One thing less another, or without it."""
        if not self.turns and not any(word in text for word in (" less ", " minus ", "without", "excluding")):
            return None
        if PERCENT.search(text):
            return None
        for first, second in differences_of(text):
            left = self.operand(first)
            right = self.operand(second, left)
            if left is None or right is None or left.cells == right.cells:
                continue
            if "difference" in text and left.year and right.year and left.line is right.line:
                left, right = later_first([left, right])
            return turn_difference(left, right)
        return None

    def _moved(self, text: str) -> Turn | None:
        """The change of what a passage says to go from one figure to another."""
        if not CHANGE_NOUN.search(text) or years_in(text) or not self.own_words(text):
            return None
        held = self.line_named(text)
        pair = self.lines.moved(text)
        if pair is None or (held is not None and not held.cells[0].passage):
            return None
        before, after = (self.cell_turn(line, line.cells[0], None, text) for line in pair)
        return turn_difference(after, before)

    def _since_hundred(self, text: str) -> Turn | None:
        """The move of an index that starts at a hundred: of what was looked up, or of a line named."""
        if not INDEX_MOVE.search(text) or len(years_in(text)) > 1 or _AMONG.search(text):
            return None
        named = self.cell_named(text) if self.line_named(text, years_in(text)[:1]) else None
        cell = named or (self.last if self.last is not None and self.last.kind is Kind.CELL else None)
        if cell is None or cell.line is None or (named is None and len(self.recent_cells()) > 1):
            return None
        years = cell.line.by_year
        first = years[min(years)] if years else None
        if first is None or first.value != 100 or first is cell.cell:
            return None
        change = turn_difference(cell, self.cell_turn(cell.line, first, min(years)))
        rate = RATE.search(text) or "return" in text
        return turn_quotient(change, self._base("", change)) if rate else change

    def _change_of_last(self, text: str) -> Turn | None:
        """The difference of the two figures looked up last, or of the last two results."""
        if not CHANGE.search(text) or AVERAGE.search(text) or "percent" in text or self.lost:
            return None
        own = self.line_named(text) is not None
        results = [turn for turn in self.turns if turn.kind is not Kind.CELL]
        rates = [turn for turn in results if turn.kind is Kind.RATE]
        among = _AMONG.search(text) is not None
        if among and len(rates) > 1 and self.last is rates[-1] and RATE.search(text):
            return turn_difference(rates[-2], rates[-1])
        if (
            len(results) > 1
            and self.last is results[-1]
            and self.turns[-2] is results[-2]
            and not self.own_words(text)
            and not years_in(text)
        ):
            return turn_difference(results[-2], results[-1])
        if self.own_words(text) and not BACK.search(text):
            return None
        cells = self.recent_cells()
        back = BACK.search(text) is not None and not years_in(text)
        if len(cells) < 2 or (own and not back):
            return None
        years, line = years_in(text), cells[-1].line
        if len(years) == 2 and line is not None and all(year in line.by_year for year in years):
            return None
        if len(years) == 1 and years[0] not in {turn.year for turn in cells}:
            return None
        later, earlier = later_first(cells[-2:])
        fell = DECLINE.search(text) is not None and later.value < earlier.value
        return turn_difference(earlier, later) if fell else turn_difference(later, earlier)

    def _sum_of_last(self, text: str) -> Turn | None:
        """The sum of what was looked up, or one to which something is added."""
        if not SUM.search(text) or self.last is None:
            return None
        sums = self.last_of(Kind.SUM)
        if ADDED.search(text):
            return self._added(text, sums)
        for first, second in sums_of(text):
            sides = [self.operand(first), self.operand(second)]
            if self._points_back(first, second) and sides[0] and sides[1]:
                return turn_sum([side for side in sides if side])
        if years_in(text) or (self.own_words(text) and not ALL_OF_THEM.search(text)):
            return None
        if sums is not None and self.last.kind is Kind.CELL:
            since = self.turns[self.turns.index(sums) + 1 :]
            return turn_sum([sums, *[turn for turn in since if turn.kind is Kind.CELL]])
        cells = self.recent_cells()
        if len(cells) > 1:
            return turn_sum(cells)
        return turn_sum(self.turns[-2:]) if len(self.turns) > 1 else None

    def _added(self, text: str, sums: Turn | None) -> Turn | None:
        last = self.turns[-1]
        if sums is not None and last.kind is Kind.CELL and BACK.search(text):
            return turn_sum([sums, last])
        other = self.cell_named(text)
        return None if other is None else turn_sum([last, other])

    def _average_of_last(self, text: str) -> Turn | None:
        if not self.averaged(text) or self.last is None:
            return None
        if self.own_words(text) and not self.goes_on(text) and not ALL_OF_THEM.search(text):
            return None
        summed = self.last
        if summed.kind is not Kind.SUM:
            cells = self.recent_cells()
            if len(cells) < 2:
                return None
            summed = turn_sum(cells)
        count = Decimal(len(summed.operands))
        return replace(
            summed, value=summed.value / count, kind=Kind.OTHER, formula=f"({summed.formula}) / {count}"
        )

    def _worth(self, text: str) -> Turn | None:
        """What a number of shares or other units is worth at the price beside it in its row."""
        if not _WORTH.search(text) or _COUNT.search(text):
            return None
        found = self.cell_named(text) or (self.last if self.goes_on(text) else None)
        if (
            found is None
            or found.cell is None
            or found.cell.passage
            or not _COUNTED.search(_told(found.cell))
        ):
            return None
        row = [cell for cell in self.lines.grid.cells if cell.row == found.cell.row]
        prices = [cell for cell in row if _PRICE.search(_told(cell)) and cell is not found.cell]
        if len(prices) != 1:
            return None
        line = next((one for one in self.lines.lines if prices[0] in one.cells), None)
        price = self.cell_turn(line, prices[0], found.year) if line is not None else None
        return turn_product(found, price) if price is not None else None

    def _product(self, text: str) -> Turn | None:
        """One thing times another."""
        for first, second in products_of(text):
            left, right = self.operand(first), self.operand(second)
            if left is not None and right is not None and left.cells != right.cells:
                return turn_product(left, right)
        return None
