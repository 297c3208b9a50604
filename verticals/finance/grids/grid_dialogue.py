"""A conversation over one table: each turn looks figures up or goes on with what the turns before came to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext

from verticals.finance.grids.grid import Line
from verticals.finance.grids.grid_answer import lines_answer
from verticals.finance.grids.grid_cues import (
    BACK,
    CHANGE,
    CHANGE_NOUN,
    CONSTANT,
    IN_UNITS,
    NUMBERS,
    PERCENT,
    RATE,
    SAME_PERIOD,
    SUM,
)
from verticals.finance.grids.grid_phrases import turn_said
from verticals.finance.grids.grid_question import GridOp, grid_question
from verticals.finance.grids.grid_read import years_in
from verticals.finance.grids.grid_steps import GridSteps
from verticals.finance.grids.grid_turn import SCALES, Kind, Turn, applied, in_scale
from verticals.finance.metrics.evaluator import DIGITS

_TO_PERCENT = re.compile(
    r"\b(?:that|this|it)\b.*\bpercent|\bto (?:a )?percentage\b|\bas a percent(?:age)?$|\bin percentage$"
)


_TIMES_FIRST = re.compile(r"^(?:what is )?(\d[\d,]*) times (.+)$")
_SAME_FOR = re.compile(
    r"^(?:and )?(?:(?:what|how) about|(?:what (?:was|is) (?:it|that) )?(?:for|in|of)|what (?:was"
    r"|is) (?:it|that) for)"
    r" (?:for |in |of )?(?:the )?(?P<other>.+)$"
)
_TAKEN_OFF = re.compile(r"\b(?:without|excluding|less|minus|times|multiplied by|divided by)\b")


class GridDialogue(GridSteps):
    """Answers turn by turn, and keeps what was answered."""

    def ask(self, question: str) -> Turn | None:
        """Answer a turn and keep it; None, and nothing kept, where it cannot be answered."""
        with localcontext(DIGITS):
            turn = self._answered(self.lines.read(turn_said(question)))
        self.lost = turn is None
        if turn is not None:
            self.turns.append(turn)
        return turn

    def _answered(self, text: str) -> Turn | None:
        if self.lost and not self.own_words(text):
            return None  # it goes on with a turn that has no answer
        for attempt in self._attempts():
            if (turn := attempt(text)) is not None:
                return turn if turn.text else replace(turn, text=text)
        return None

    def _attempts(self) -> Sequence[Callable[[str], Turn | None]]:
        return (
            self._stated,
            self._again,
            self._same_for,
            self._converted,
            self._with_constant,
            self._quotient,
            self._rate_of_last,
            self._since_hundred,
            self._worth,
            self._moved,
            self._difference,
            self._change_of_last,
            self._average_of_last,
            self._sum_of_last,
            self._product,
            self._whole,
            self._lookup,
        )

    def _stated(self, text: str) -> Turn | None:
        """A line that is named by its whole label, where nothing but a year is said besides."""
        found = self.lines.labelled(text)
        if found is None or self.own_words(found[1]):
            return None
        lines, rest = found
        if BACK.search(rest) or CHANGE_NOUN.search(rest) or grid_question(rest).op is not GridOp.VALUE:
            return None
        if RATE.search(rest) or SUM.search(rest) or _TAKEN_OFF.search(rest):
            return None
        years = self.years_said(rest)
        for line in lines:
            asked = years[0] if years else max(line.by_year, default=0)
            cell = line.by_year.get(asked)
            if cell is not None and len(years) < 2:
                return self.cell_turn(line, cell, asked, text)
        return None

    def _again(self, text: str) -> Turn | None:
        """The last question for other years: "and in 2011?", "and this change between 2010 and 2011?"."""
        years = years_in(text)
        if not years or self.last is None or not self.last.text or self.own_words(text):
            return None
        before = self.last.text
        old = years_in(before)
        same = grid_question(text).op in {GridOp.VALUE, grid_question(before).op}
        if not same or len(old) != len(years) or self.last.kind is Kind.CELL:
            return None
        for one, other in zip(sorted(old), sorted(years), strict=True):
            before = before.replace(str(one), f"<{other}>")
        return self._whole(before.replace("<", "").replace(">", ""))

    def _same_for(self, text: str) -> Turn | None:
        """The last change or rate of change for another line: "and for the other segment?"."""
        last, other = self.last, _SAME_FOR.match(text)
        if last is None or other is None or len(last.years) != 2 or years_in(text) or last.kind is Kind.CELL:
            return None
        moved = CHANGE_NOUN.search(last.text) is not None or PERCENT.search(last.text) is not None
        plain = not (CHANGE_NOUN.search(text) or RATE.search(text) or SUM.search(text))
        if not moved or not plain or not self.own_words(text) or self.line_named(text) is None:
            return None
        what = "percentage change" if last.kind is Kind.RATE else "change"
        return self._whole(f"what was the {what} in {other['other']} from {last.years[0]} to {last.years[1]}")

    def _converted(self, text: str) -> Turn | None:
        """The last result in per cent, in thousands, millions or billions."""
        last = self.last
        if last is None or years_in(text) or self.own_words(text):
            return None
        unit = IN_UNITS.search(text)
        if unit and len(text.split()) < 9:
            scale = unit["unit"].rstrip("s")
            if last.scale:
                return in_scale(last, scale)
            size = SCALES[scale]
            return replace(last, value=last.value / size, formula=f"({last.formula}) / {size}", scale=scale)
        if last.kind is Kind.RATE and _TO_PERCENT.search(text) and not CHANGE.search(text):
            return replace(last, value=last.value * 100, formula=f"({last.formula}) * 100")
        return None

    def _with_constant(self, text: str) -> Turn | None:
        """The last result, or a figure that is named, and a number that the turn gives."""
        text = _TIMES_FIRST.sub(r"\2 times \1", text)
        match = CONSTANT.search(text)
        if not match:
            return None
        number = Decimal(NUMBERS.get(match["n"]) or match["n"].replace(",", ""))
        if number in {Decimal(year) for year in years_in(match["n"])}:
            return None
        before = text[: match.start()]
        left = self.operand(before) if self.own_words(before) or CHANGE_NOUN.search(before) else self.last
        value = applied(match["op"], left.value, number) if left is not None else None
        if left is None or value is None:
            return None
        kinds = {"less": Kind.CHANGE, "minus": Kind.CHANGE, "divided by": Kind.RATE, "over": Kind.RATE}
        scaled = {Decimal(1000): "thousand", Decimal(10) ** 6: "million", Decimal(10) ** 9: "billion"}
        scale = scaled.get(number, "") if match["op"] == "divided by" and not left.scale else left.scale
        return replace(
            left,
            value=value,
            kind=kinds.get(match["op"], Kind.OTHER),
            formula=f"({left.formula}) {match['op']} {number}",
            operands=(left.value, number),
            cell=None,
            text=text,
            scale=scale,
        )

    def _whole(self, text: str) -> Turn | None:
        """A question that names its figures itself."""
        text = self._dated(text)
        asked = grid_question(text)
        if asked.op is GridOp.VALUE:
            return None
        line = self.line_named(text, asked.years[:1])
        if line is None:
            line = self.last_line() if self.goes_on(text) else None
            if line is None or len(asked.years) < 2:
                return None
            text = f"{line.section} {line.label} {line.header} {text}"
        return self._computed(text, line)

    def _dated(self, text: str) -> str:
        """A question about a change with the years of the last one, where it speaks of the same period."""
        years = self.years_said(text)
        if len(years) > len(years_in(text)):
            return f"{text} from {min(years)} to {max(years)}"
        spans = [turn.years for turn in self.turns if len(turn.years) == 2]
        if spans and len(years) < 2 and CHANGE_NOUN.search(text) and SAME_PERIOD.search(text):
            return f"{text} from {spans[-1][0]} to {spans[-1][1]}"
        return text

    def _computed(self, text: str, line: Line) -> Turn | None:
        found = lines_answer(text, self.lines, signed=True)
        if found is None:
            return None
        kinds = {"change": Kind.CHANGE, "difference": Kind.CHANGE, "sum": Kind.SUM}
        kind = kinds.get(found.operation, Kind.RATE if found.scale == "percent" else Kind.OTHER)
        cells = found.cells
        if found.operation == "change":
            cells = cells[::-1]  # the later figure first, as it is written
        fraction = found.scale == "percent" and found.operation in {"percent_change", "ratio"}
        years = tuple(sorted({year for cell in cells for year in cell.years}))
        return Turn(
            found.value / 100 if fraction else found.value,
            kind,
            found.formula,
            tuple(cell.value for cell in cells),
            line,
            None,
            max(years, default=None),
            text,
            years,
            "" if fraction else found.scale,
            cells,
        )

    def _lookup(self, text: str) -> Turn | None:
        """One figure; not where the turn asks for something that would have to be computed from several."""
        found = self.cell_named(text)
        if found is None or found.cell is None:
            return None
        told = f"{found.cell.label} {found.cell.header} {found.cell.section} {found.cell.passage}".lower()
        if CHANGE_NOUN.search(text) and not CHANGE.search(told):
            return None
        if "percent" in text and not found.cell.percent and not RATE.search(told):
            return None
        if _TAKEN_OFF.search(text) and not _TAKEN_OFF.search(told):
            return None
        unit = IN_UNITS.search(text)
        return in_scale(found, unit["unit"].rstrip("s")) if unit else found
