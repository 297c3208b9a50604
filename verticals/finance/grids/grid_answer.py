"""Answers a question with figures of one table: which figures, put together how, in which scale."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, localcontext

from verticals.finance.grids.grid import Grid, GridAnswer, GridCell, Line
from verticals.finance.grids.grid_match import Lines, Matched
from verticals.finance.grids.grid_question import GridOp, GridQuestion, grid_question
from verticals.finance.grids.grid_ratio import ratio_named, ratio_worked
from verticals.finance.grids.grid_read import years_in
from verticals.finance.grids.grid_words import words_of
from verticals.finance.metrics.evaluator import DIGITS

HUNDRED = Decimal(100)
_PER_UNIT = re.compile(
    r"\bper (?:common |ordinary |diluted |basic )*share\b|\bcents\b|\bper unit\b", re.IGNORECASE
)


def grid_answer(question: str, grid: Grid, *, signed: bool = False) -> GridAnswer | None:
    """The computed answer, or None where the table does not hold what is asked for.

    `signed`: a difference of years is the later less the earlier, also where it is negative.
    """
    return lines_answer(question, Lines(grid), signed=signed)


def lines_answer(question: str, lines: Lines, *, signed: bool = False) -> GridAnswer | None:
    """The same from lines that were read before, which may be those of the text around the table too."""
    asked = grid_question(question)
    if signed:
        asked = replace(asked, unsigned=False)
    with localcontext(DIGITS):
        if (named := _named_ratio(asked, lines)) is not None:
            return named
        match asked.op:
            case GridOp.PERCENT_CHANGE | GridOp.CHANGE:
                return _change(asked, lines)
            case GridOp.AVERAGE:
                return _average(asked, lines)
            case GridOp.AVERAGE_CHANGE:
                return _average_change(asked, lines)
            case GridOp.SUM:
                return _sum(asked, lines)
            case GridOp.RATIO:
                return _ratio(asked, lines)
            case _:
                return None


def _named_ratio(asked: GridQuestion, lines: Lines) -> GridAnswer | None:
    """A ratio of the catalogue that no line of the table states but its lines make up, or its change."""
    code = ratio_named(asked.text)
    stated = lines.find(asked.text, ())
    if code is None or (stated is not None and "ratio" in stated.line.label.lower()):
        return None
    worked = [ratio_worked(code, year, lines.lines) for year in asked.years or (None,)]
    found = [one for one in worked if one is not None]
    if len(found) != len(worked):
        return None
    cells = tuple(cell for one in found for cell in one[2])
    if len(found) == 1 and asked.op in {GridOp.VALUE, GridOp.RATIO}:
        value, formula = found[0][0], found[0][1]
        return GridAnswer(
            value * HUNDRED if asked.percent else value,
            "percent" if asked.percent else "",
            formula,
            cells,
            code,
        )
    if len(found) == 2 and asked.op is GridOp.CHANGE:
        formula = f"{found[1][1]} - {found[0][1]}"
        return GridAnswer(found[1][0] - found[0][0], "", formula, cells, code)
    return None


def _change(asked: GridQuestion, lines: Lines) -> GridAnswer | None:
    if (pair := _best_pair(asked, lines)) is not None:
        return _difference(asked, lines, pair)
    wants_percent = asked.percent and asked.op is GridOp.CHANGE
    found = lines.find(asked.text, asked.years, percent=wants_percent)
    found = found or lines.find(asked.text, (), percent=wants_percent)
    if found is None:
        return None
    two = _two_cells(found.line, asked.years)
    return None if two is None else _moved(asked, lines, two)


def _moved(asked: GridQuestion, lines: Lines, two: tuple[GridCell, GridCell]) -> GridAnswer | None:
    before, after = two
    if asked.op is GridOp.CHANGE:
        first, second = (before, after) if asked.unsigned and before.value > after.value else (after, before)
        formula = f"{first.text} - {second.text}"
        return GridAnswer(first.value - second.value, _scale(lines.grid, two), formula, two, "change")
    if not before.value:
        return None
    value = (after.value - before.value) / before.value * HUNDRED
    return GridAnswer(
        value, "percent", f"({after.text} - {before.text}) / {before.text}", two, "percent_change"
    )


def _two_cells(line: Line, years: Sequence[int]) -> tuple[GridCell, GridCell] | None:
    """The earlier and the later figure of a line: of the years named, else the latest two."""
    known = sorted(line.by_year)
    if len(years) >= 2 and years[0] in line.by_year and years[-1] in line.by_year:
        return line.by_year[years[0]], line.by_year[years[-1]]
    if len(years) == 1 and years[0] in line.by_year:
        before = [year for year in known if year < years[0]]
        return (line.by_year[before[-1]], line.by_year[years[0]]) if before else None
    if not years and len(known) >= 2:
        return line.by_year[known[-2]], line.by_year[known[-1]]
    return None


def _difference(asked: GridQuestion, lines: Lines, pair: tuple[GridCell, GridCell]) -> GridAnswer | None:
    """The difference of two figures of one period, the first less the second; or the rate between them."""
    first, second = pair
    if asked.op is GridOp.PERCENT_CHANGE:
        return _moved(asked, lines, pair)
    if asked.unsigned and first.value < second.value:
        first, second = second, first
    scale = _scale(lines.grid, (first, second))
    formula = f"{first.text} - {second.text}"
    return GridAnswer(first.value - second.value, scale, formula, (first, second), "difference")


def _best_pair(asked: GridQuestion, lines: Lines) -> tuple[GridCell, GridCell] | None:
    """The figures of two operands, by the split of the words that fits the table best."""
    best: tuple[float, tuple[GridCell, GridCell]] | None = None
    for split in asked.splits:
        found = _pair(asked, lines, split)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    return best[1] if best else None


def _pair(
    asked: GridQuestion, lines: Lines, split: tuple[str, str]
) -> tuple[float, tuple[GridCell, GridCell]] | None:
    """Both figures with how well they fit; a year that is said of one of them holds for both."""
    matches: list[Matched] = []
    cells: list[GridCell] = []
    for part in split:
        years = years_in(part) or list(asked.years)
        taken = matches[0].line if matches and len(asked.years) < 2 else None
        found = lines.find(part, years[:1], but=taken)
        cell = _one_cell(found.line, years) if found is not None else None
        if found is None or cell is None:
            return None
        if matches and not years_in(part):
            found, cell = _beside(lines, matches[0].line, part, found, cell)
        matches.append(found)
        cells.append(cell)
    if (cells[0].row, cells[0].column) == (cells[1].row, cells[1].column):
        return None
    return min(one.score for one in matches), (cells[0], cells[1])


def _beside(lines: Lines, first: Line, part: str, found: Matched, cell: GridCell) -> tuple[Matched, GridCell]:
    """The figure in the column of the first one, where the words name its row alone."""
    if first.by_year or found.line.by_year or first.header == found.line.header:
        return found, cell
    if set(words_of(part)) & set(words_of(found.line.header)):
        return found, cell
    for line in lines.lines:
        if line.label == found.line.label and line.header == first.header and line.undated is not None:
            return Matched(line, found.score), line.undated
    return found, cell


def _one_cell(line: Line, years: Sequence[int]) -> GridCell | None:
    if years and line.by_year:
        return line.by_year.get(years[0])
    if line.by_year:
        return line.by_year[max(line.by_year)]
    return line.undated


def _average(asked: GridQuestion, lines: Lines) -> GridAnswer | None:
    cells = _cells(asked, lines)
    if len(cells) < 2:
        return None
    value = sum((cell.value for cell in cells), Decimal(0)) / len(cells)
    formula = f"({' + '.join(cell.text for cell in cells)}) / {len(cells)}"
    return GridAnswer(value, _scale(lines.grid, cells), formula, tuple(cells), "average")


def _sum(asked: GridQuestion, lines: Lines) -> GridAnswer | None:
    stated = lines.find(asked.text, asked.years[:1])
    if stated is not None and len(asked.years) < 2 and lines.names_total(stated.line, asked.text):
        return None  # the table states the total itself
    cells = _cells(asked, lines)
    if len(cells) < 2:
        return None
    value = sum((cell.value for cell in cells), Decimal(0))
    return GridAnswer(
        value, _scale(lines.grid, cells), " + ".join(cell.text for cell in cells), tuple(cells), "sum"
    )


def _cells(asked: GridQuestion, lines: Lines) -> list[GridCell]:
    """The figures to put together: of one line over years, else of several lines in one year."""
    years = list(asked.years)
    if asked.mean_of_years and len(years) == 1:
        years = [years[0] - 1, years[0]]
    whole = lines.find(asked.text, years) or lines.find(asked.text, ())
    if len(asked.parts) > 1 and len(years) < 2:
        several = _several(asked, lines, years)
        if several:
            return several
    if whole is None:
        return []
    line = whole.line
    if years:
        return [line.by_year[year] for year in years if year in line.by_year]
    return line.cells


def _several(asked: GridQuestion, lines: Lines, years: list[int]) -> list[GridCell]:
    """The figures of a list of lines, each of which must be there and none twice."""
    if asked.op is GridOp.SUM and (two := _two_of_a_list(asked, lines, years)):
        return two
    found = [lines.find(part, years[:1]) for part in asked.parts]
    if any(one is None or one.score < 0.6 for one in found):
        return []
    cells = [_one_cell(one.line, years) for one in found if one is not None]
    first = found[0].line if found[0] is not None else None
    for at, (part, one, cell) in enumerate(zip(asked.parts, found, list(cells), strict=True)):
        if at and first is not None and one is not None and cell is not None:
            cells[at] = _beside(lines, first, part, one, cell)[1]
    distinct = {(cell.row, cell.column) for cell in cells if cell is not None}
    return [cell for cell in cells if cell is not None] if len(distinct) == len(cells) else []


def _two_of_a_list(asked: GridQuestion, lines: Lines, years: list[int]) -> list[GridCell]:
    """The figures of "A and B", where an "and" may also stand inside of either: the split that fits best."""
    best: tuple[float, list[GridCell]] = (0.6, [])
    low = asked.text.lower()
    for middle in re.finditer(r" and ", low):
        pair = _pair(asked, lines, (low[: middle.start()], low[middle.end() :]))
        if pair is not None and pair[0] > best[0]:
            best = (pair[0], list(pair[1]))
    return best[1] if len(asked.parts) != 2 else []


def _average_change(asked: GridQuestion, lines: Lines) -> GridAnswer | None:
    """The change of two-year averages: of one line from year to year, or between two lines in one year."""
    ordered = sorted(asked.years)
    if not ordered:
        return None
    parts = asked.splits[0] if len(ordered) == 1 and asked.splits else (asked.parts[0],) * 2
    means: list[tuple[Decimal, list[GridCell]]] = []
    for at, part in enumerate(parts):
        year = ordered[min(at, len(ordered) - 1)]
        found = lines.find(part, [year - 1, year])
        if found is None:
            return None
        cells = [found.line.by_year[one] for one in (year, year - 1)]
        means.append((sum((cell.value for cell in cells), Decimal(0)) / 2, cells))
    first, second = (means[0], means[1]) if len(ordered) == 1 else (means[1], means[0])
    every = tuple(cell for _mean, cells in means for cell in cells)
    texts = [f"({cells[0].text} + {cells[1].text}) / 2" for _mean, cells in (first, second)]
    scale = _scale(lines.grid, every)
    return GridAnswer(first[0] - second[0], scale, f"{texts[0]} - {texts[1]}", every, "average_change")


def _ratio(asked: GridQuestion, lines: Lines) -> GridAnswer | None:
    pair = _best_pair(asked, lines)
    if pair is None or not pair[1].value:
        return None
    first, second = pair
    if first.percent is not second.percent and (first.percent or first.passage or second.passage):
        return None  # the share itself is what the table states
    value = first.value / second.value
    formula = f"{first.text} / {second.text}"
    if asked.percent:
        return GridAnswer(value * HUNDRED, "percent", formula, pair, "ratio")
    return GridAnswer(value, "", formula, pair, "ratio")


def _scale(grid: Grid, cells: Sequence[GridCell]) -> str:
    """The scale of the figures: per cent, that of their row or column, else that of the table."""
    if all(cell.percent for cell in cells):
        return "percent"
    if any(_PER_UNIT.search(f"{cell.label} {cell.header}") for cell in cells):
        return ""
    own = {cell.scale for cell in cells if cell.scale}
    return own.pop() if len(own) == 1 else grid.scale
