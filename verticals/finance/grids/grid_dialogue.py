"""A conversation over one table: each turn looks figures up or goes on with what the turns before came to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext

from verticals.finance.grids.grid_answer import grid_answer
from verticals.finance.grids.grid_cues import (
    ALL_OF_THEM,
    AS_PERCENT,
    AVERAGE,
    BACK,
    BOTH_BACK,
    CHANGE,
    CONSTANT,
    IN_UNITS,
    INDEX_MOVE,
    NUMBERS,
    RATE,
    RELATION,
    SUM,
    THAT_CHANGE,
    UNITS,
)
from verticals.finance.grids.grid_memory import GridMemory
from verticals.finance.grids.grid_question import GridOp, grid_question
from verticals.finance.grids.grid_read import years_in
from verticals.finance.grids.grid_turn import (
    Kind,
    Turn,
    applied,
    later_first,
    turn_difference,
    turn_quotient,
    turn_sum,
)
from verticals.finance.grids.grid_words import words_of
from verticals.finance.metrics.evaluator import DIGITS


class GridDialogue(GridMemory):
    """Answers turn by turn, and keeps what was answered."""

    def ask(self, question: str) -> Turn | None:
        """Answer a turn and keep it; None, and nothing kept, where it cannot be answered."""
        low = " ".join(question.lower().replace("’", "'").split()).rstrip(" ?.")
        with localcontext(DIGITS):
            for attempt in self._attempts():
                if (turn := attempt(low)) is not None:
                    self.turns.append(turn)
                    return turn
        return None

    def _attempts(self) -> Sequence[Callable[[str], Turn | None]]:
        return (
            self._again,
            self._converted,
            self._with_constant,
            self._rate_of_last,
            self._since_hundred,
            self._change_of_last,
            self._average_of_last,
            self._sum_of_last,
            self._whole,
            self._lookup,
        )

    def _again(self, text: str) -> Turn | None:
        """The last question for another year: "and in 2011?" after a ratio of two figures."""
        years = years_in(text)
        if len(years) != 1 or not self.turns or not self.turns[-1].text or set(words_of(text)):
            return None
        before = self.turns[-1].text
        old = years_in(before)
        return self._whole(before.replace(str(old[0]), str(years[0]))) if len(old) == 1 else None

    def _converted(self, text: str) -> Turn | None:
        """The last result in per cent, in thousands, millions or billions."""
        if not self.turns or years_in(text) or self._whole_line(text):
            return None
        last = self.turns[-1]
        if last.kind is Kind.RATE and AS_PERCENT.search(text) and not CHANGE.search(text):
            return replace(last, value=last.value * 100, formula=f"{last.formula} * 100")
        unit = IN_UNITS.search(text)
        if unit and unit["unit"] and len(text.split()) < 9:
            size = UNITS[unit["unit"].rstrip("s")]
            return replace(last, value=last.value / size, formula=f"({last.formula}) / {size}")
        return None

    def _with_constant(self, text: str) -> Turn | None:
        match = CONSTANT.search(text)
        if not match:
            return None
        number = Decimal(NUMBERS.get(match["n"]) or match["n"].replace(",", ""))
        if match["op"] in {"less", "minus", "plus", "over"} and number in {
            *map(Decimal, years_in(match["n"]))
        }:
            return None
        before = text[: match.start()]
        left = None if BACK.search(before) and self.turns else self._cell(before)
        left = left or (self.turns[-1] if self.turns else None)
        if left is None:
            return None
        value = applied(match["op"], left.value, number)
        if value is None:
            return None
        kind = {"less": Kind.CHANGE, "minus": Kind.CHANGE, "divided by": Kind.RATE, "over": Kind.RATE}
        formula = f"({left.formula}) {match['op']} {number}"
        return Turn(
            value,
            kind.get(match["op"], Kind.OTHER),
            formula,
            (left.value, number),
            left.line,
            None,
            left.year,
        )

    def _rate_of_last(self, text: str) -> Turn | None:
        """The last result over a figure that the turn names, else over what it started from."""
        if not RATE.search(text) or not self.turns:
            return None
        last = self.turns[-1]
        change = self._last(Kind.CHANGE)
        named = self._whole_line(text)
        if (between := self._years_over(text, named=named)) is not None:
            return between
        if named and len(years_in(text)) > 1:
            return None
        cells = self._recent_cells()
        both = len(cells) == 2 and last is cells[-1] and BOTH_BACK.search(text) is not None
        if both and not CHANGE.search(text):
            return turn_quotient(cells[0], cells[1].value, Kind.RATE)
        if change is not None and THAT_CHANGE.search(text) and (relation := list(RELATION.finditer(text))):
            named_base = self._cell(text[relation[-1].end() :]) if named else None
            return turn_quotient(
                change, named_base.value if named_base else self._base(text, change), Kind.RATE
            )
        if change is not None and (CHANGE.search(text) or BACK.search(text) or last is change) and not named:
            base = self._base(text, change)
            return turn_quotient(change, base, Kind.RATE)
        if CHANGE.search(text) and len(cells := self._recent_cells()) == 2 and not named:
            later, earlier = later_first(cells)
            return turn_quotient(turn_difference(later, earlier), earlier.value, Kind.RATE)
        if last.kind in {Kind.CELL, Kind.SUM, Kind.OTHER, Kind.CHANGE} and BACK.search(text):
            below = self._cell(text) if named else (self.turns[-2] if len(self.turns) > 1 else None)
            return None if below is None else turn_quotient(last, below.value, Kind.RATE)
        cells = self._recent_cells()
        if len(cells) == 2 and not named:
            return turn_quotient(cells[0], cells[1].value, Kind.RATE)
        return None

    def _years_over(self, text: str, *, named: bool) -> Turn | None:
        """One year's figure of the last line over another's: "the 2003 amount relative to the 2002 one"."""
        years = years_in(text)
        line = next((turn.line for turn in reversed(self.turns) if turn.line), None)
        if named or len(years) != 2 or line is None or CHANGE.search(text) or "percent" in text:
            return None
        if not all(year in line.by_year for year in years):
            return None
        above = line.by_year[years[0]]
        turn = Turn(above.value, Kind.CELL, above.text, (), line, above, years[0])
        return turn_quotient(turn, line.by_year[years[1]].value, Kind.RATE)

    def _whole_line(self, text: str) -> bool:
        return self._line(text, years_in(text)[:1]) is not None

    def _base(self, text: str, change: Turn) -> Decimal:
        """What a change is set in relation to: the figure of a year that is named, else the earlier one."""
        years = years_in(text)
        if years and change.line is not None and years[0] in change.line.by_year:
            return change.line.by_year[years[0]].value
        return change.operands[1]

    def _since_hundred(self, text: str) -> Turn | None:
        """The move of an index that starts at a hundred: of what was looked up, or of a line named."""
        if not INDEX_MOVE.search(text) or len(years_in(text)) > 1:
            return None
        named = self._cell(text) if self._whole_line(text) else None
        cell = named or (self.turns[-1] if self.turns and self.turns[-1].kind is Kind.CELL else None)
        if (
            cell is None
            or cell.line is None
            or not cell.line.by_year
            or (named is None and len(self._recent_cells()) > 1)
        ):
            return None
        first = cell.line.by_year[min(cell.line.by_year)]
        if first.value != 100 or first is cell.cell:
            return None
        start = Turn(first.value, Kind.CELL, first.text, (), cell.line, first, min(cell.line.by_year))
        change = turn_difference(cell, start)
        return (
            turn_quotient(change, first.value, Kind.RATE) if RATE.search(text) or "return" in text else change
        )

    def _change_of_last(self, text: str) -> Turn | None:
        """The difference of the two figures looked up last."""
        if not CHANGE.search(text) or AVERAGE.search(text):
            return None
        results = [turn for turn in self.turns if turn.kind is not Kind.CELL]
        two = re.search(r"\bbetween (?:the two|them|these|those|both)\b|\bthe two\b", text)
        if two and len(results) >= 2 and self.turns[-1] is results[-1] and self.turns[-2] is results[-2]:
            return turn_difference(results[-2], results[-1])
        cells = self._recent_cells()
        back = BACK.search(text) is not None and not years_in(text)
        if len(cells) < 2 or (self._whole_line(text) and not back):
            return None
        years = years_in(text)
        if (
            len(years) == 2
            and cells[-1].line is not None
            and all(year in cells[-1].line.by_year for year in years)
        ):
            return None
        if len(years) == 1 and years[0] not in {turn.year for turn in cells}:
            return None
        later, earlier = later_first(cells[-2:])
        return turn_difference(later, earlier)

    def _sum_of_last(self, text: str) -> Turn | None:
        if not SUM.search(text) or not self.turns:
            return None
        last = self.turns[-1]
        named = self._whole_line(text)
        sums = self._last(Kind.SUM)
        if "including" in text or "added" in text or "plus" in text:
            if sums is not None and last.kind is Kind.CELL and BACK.search(text):
                return turn_sum([sums, last])
            other = self._cell(text)
            return None if other is None else turn_sum([last, other])
        if (named and not ALL_OF_THEM.search(text)) or years_in(text):
            return None
        cells = self._recent_cells()
        if sums is not None and last.kind is Kind.CELL:
            return turn_sum(
                [sums, *[turn for turn in self.turns[self.turns.index(sums) + 1 :] if turn.kind is Kind.CELL]]
            )
        return turn_sum(cells) if len(cells) > 1 else None

    def _average_of_last(self, text: str) -> Turn | None:
        if not AVERAGE.search(text) or not self.turns:
            return None
        if self._whole_line(text) and not ALL_OF_THEM.search(text):
            return None
        last = self.turns[-1]
        if last.kind is Kind.SUM:
            count = Decimal(len(last.operands))
            return Turn(last.value / count, Kind.OTHER, f"({last.formula}) / {count}", (last.value, count))
        cells = self._recent_cells()
        if len(cells) < 2:
            return None
        summed = turn_sum(cells)
        return Turn(
            summed.value / len(cells), Kind.OTHER, f"({summed.formula}) / {len(cells)}", summed.operands
        )

    def _whole(self, text: str) -> Turn | None:
        """A question that names its figures itself."""
        asked = grid_question(text)
        if asked.op is GridOp.VALUE:
            return None
        line = self._line(text, asked.years[:1])
        if line is None:
            line = next((turn.line for turn in reversed(self.turns) if turn.line), None)
            if line is None or len(asked.years) < 2:
                return None
            text = f"{line.section} {line.label} {line.header} {text}"
        found = grid_answer(text, self.grid, signed=True)
        if found is None:
            return None
        kinds = {"change": Kind.CHANGE, "difference": Kind.CHANGE, "sum": Kind.SUM}
        operands = tuple(cell.value for cell in found.cells)
        if found.operation == "change":
            operands = operands[::-1]  # the later figure first, as it is written
        value = (
            found.value / 100
            if found.scale == "percent" and found.operation in {"percent_change", "ratio"}
            else found.value
        )
        return Turn(
            value,
            kinds.get(found.operation, Kind.OTHER),
            found.formula,
            operands,
            line,
            None,
            max(asked.years, default=None),
            text,
        )

    def _lookup(self, text: str) -> Turn | None:
        return self._cell(text)
