"""The answer in sentences, in which every number is the figure of a cell or of a bridge."""

from collections.abc import Callable, Iterator, Sequence

from verticals.finance.answering.bridge import MarginBridge
from verticals.finance.answering.bridge_sentences import bridge_sentences
from verticals.finance.answering.computed import Cell, Computed
from verticals.finance.answering.figures import figure
from verticals.finance.answering.interpretation import TOLD, remark_text, stands_in, with_article
from verticals.finance.answering.line import LISTED_MOST, Line, line_of
from verticals.finance.answering.ranking_sentences import ranking_lines
from verticals.finance.answering.reasons import reason_text
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.metric import UnitKind
from verticals.finance.metrics.value import NotReported
from verticals.finance.questions.query import Op


def sentences(computed: Computed, words: Words) -> list[Line]:
    """What was computed, then why what is missing is missing."""
    write = _WRITERS.get(computed.op, _values)
    if computed.op is Op.RANK and not computed.order:
        write = _values  # nothing to put in order: the figures of the whole
    lines = list(write(computed, words))
    lines += [Line(remark_text(one, words)) for one in computed.remarks if one.code in TOLD]
    for bridge in computed.bridges:
        if isinstance(bridge, MarginBridge):
            lines += [Line(text, values) for text, values in bridge_sentences(bridge, words)]
    missing = [one for one in computed.refused if not _follows(one, computed)]
    lines += [Line(reason_text(one, words)) for one in missing[:3]]
    standing_in = [one.cell for one in computed.alternatives if stands_in(one, computed)]
    lines += [_is(_subject(cell, words), words.in_full(cell), cell, words) for cell in standing_in]
    return list({line.text: line for line in reversed(lines) if line.text}.values())[::-1]


def _follows(outcome: NotReported, computed: Computed) -> bool:
    """Whether a reason only repeats that of the figure itself: a growth rate without its base."""
    told = [
        cell.outcome
        for cell in computed.cells
        if isinstance(cell.outcome, NotReported) and cell.role in {"asked", "base"}
    ]
    return outcome not in told and any(one.reason is outcome.reason for one in told)


def _subject(cell: Cell, words: Words) -> str:
    """Whose figure, of which metric and when: "Tarnbeck's gross margin in FY2023"."""
    period, metric = cell.period.label(words.language), words.metric(cell.metric)
    if words.chinese:
        member = f"{words.member(cell)}的" if cell.member else ""
        return f"{words.entity(cell.entity)}{period}{member}{metric}"
    of = f" of {words.member(cell)}" if cell.member else ""
    when = "on" if cell.period.day else "in"
    return f"{words.possessive(cell.entity)} {metric}{of} {when} {with_article(period)}"


def _values(computed: Computed, words: Words) -> Iterator[Line]:
    asked = [cell for cell in computed.cells if cell.value is not None]
    for cell in asked[:LISTED_MOST]:
        if cell.role in {"average", "sum"}:
            yield line_of(_aggregate(cell, computed, words), cell)
            continue
        yield _is(_subject(cell, words), words.in_full(cell), cell, words)


def _is(subject: str, figure: str, cell: Cell, words: Words) -> Line:
    working = words.working(cell.value) if cell.value else ""
    if words.chinese:
        return line_of(f"{subject}为{figure}" + (f"（{working}）。" if working else "。"), cell)
    return line_of(f"{subject} was {figure}" + (f" ({working})." if working else "."), cell)


def _aggregate(cell: Cell, computed: Computed, words: Words) -> str:
    periods = [one.period for one in (cell.value.operands if cell.value else ())]
    first, last = periods[0].label(words.language), periods[-1].label(words.language)
    how = {"average": ("平均", "average"), "sum": ("合计", "total")}[cell.role]
    name, metric = words.entity(cell.entity), words.metric(cell.metric)
    figure = _ratio_figure(cell, computed, words) if computed.op is Op.RATIO else words.in_full(cell)
    if words.chinese:
        return f"{name}{first}至{last}{metric}的{how[0]}为{figure}。"
    return f"The {how[1]} of {words.possessive(cell.entity)} {metric} from {first} to {last} was {figure}."


def _movements(computed: Computed, words: Words) -> Iterator[Line]:
    """Each figure against its base: "was A, against B: up C"."""
    for now in [cell for cell in computed.cells if cell.role == "asked"][:LISTED_MOST]:
        if now.value is None:
            continue
        key = (now.entity, now.metric, now.dims)
        same = [one for one in computed.cells if (one.entity, one.metric, one.dims) == key]
        base = next((one for one in same if one.role == "base" and _is_base(one, now, computed)), None)
        moves = [
            one
            for one in same
            if one.role in {"movement", "change"} and one.period == now.period and one.value
        ]
        shown = base if base and base.value else None
        yield line_of(_moved(now, shown, moves, computed, words), now, shown)


def _is_base(base: Cell, now: Cell, computed: Computed) -> bool:
    if computed.op in {Op.YOY, Op.QOQ}:
        before = now.period.previous() if computed.op is Op.QOQ else now.period.prior()
        return base.period == before
    return True


def _moved(now: Cell, base: Cell | None, moves: Sequence[Cell], computed: Computed, words: Words) -> str:
    head = f"{_subject(now, words)}{'为' if words.chinese else ' was '}{words.cell(now)}"
    if base is not None:
        label, figure = base.period.label(words.language), words.cell(base)
        head += f"，{label}为{figure}" if words.chinese else f", against {figure} in {with_article(label)}"
    texts = [_movement(one, computed, words) for one in moves]
    if not texts:
        return head + ("。" if words.chinese else ".")
    return f"{head}，{'，'.join(texts)}。" if words.chinese else f"{head}: {', '.join(texts)}."


def _movement(cell: Cell, computed: Computed, words: Words) -> str:
    assert cell.value is not None
    figure = words.cell(cell).removeprefix("-")
    money = words.cell(cell).replace("-", "") if cell.role == "change" else figure
    value = cell.value.value
    if cell.role == "movement" and any(note.code == "negative_base" for note in cell.value.notes):
        signed = words.cell(cell, signed=True)
        return (
            f"变动率{signed}（基期为负，不表示增减）"
            if words.chinese
            else f"a rate of {signed} on a negative base"
        )
    if words.chinese:
        name = {Op.YOY: "同比", Op.QOQ: "环比"}.get(computed.op, "年复合" if computed.query.compound else "")
        if not value:
            return f"{name}持平"
        return (
            f"{name}{'增加' if value > 0 else '减少'}{money}"
            if cell.role == "change"
            else (f"{name}{'上升' if value > 0 else '下降'}{figure}")
        )
    if not value:
        return "unchanged"
    per_year = " a year" if computed.query.compound and cell.role == "movement" else ""
    return f"{'up' if value > 0 else 'down'} {money}{per_year}"


def _ratios(computed: Computed, words: Words) -> Iterator[Line]:
    above, below = computed.query.metrics
    for cell in computed.cells:
        if cell.role == "ratio" and cell.value is not None:
            first, second = cell.value.operands
            working = f"{words.value(first)} ÷ {words.value(second)}"
            figure = _ratio_figure(cell, computed, words)
            name, period = words.entity(cell.entity), cell.period.label(words.language)
            if words.chinese:
                names = f"{words.metric(above)}与{words.metric(below)}"
                yield line_of(f"{name}{period}{names}之比为{figure}（{working}）。", cell)
            else:
                names = f"{words.metric(above)} to {words.metric(below)}"
                whose = words.possessive(cell.entity)
                yield line_of(f"{whose} ratio of {names} in {period} was {figure} ({working}).", cell)
        elif cell.role in {"average", "sum"} and cell.value is not None:
            yield line_of(_aggregate(cell, computed, words), cell)


def _ratio_figure(cell: Cell, computed: Computed, words: Words) -> str:
    """A quotient of two metrics as a percentage and as a number."""
    assert cell.value is not None
    value = cell.value
    if value.unit != "pure":
        return figure(value.value, value.unit, UnitKind.MONEY, words.language)
    times = figure(value.value, value.unit, UnitKind.TIMES, words.language)
    share = figure(value.value, value.unit, UnitKind.PERCENT, words.language)
    return f"{share}（{times}）" if words.chinese else f"{share} ({times})"


def _series(computed: Computed, words: Words) -> Iterator[Line]:
    """Each series in one sentence, with how far it moved from end to end."""
    groups: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in computed.cells:
        if cell.role == "asked" and cell.value is not None:
            groups.setdefault((cell.entity, cell.metric, words.member(cell)), []).append(cell)
    for (entity, code, member), cells in list(groups.items())[:LISTED_MOST]:
        shown = cells if len(cells) <= LISTED_MOST else [cells[0], cells[-1]]
        figures = [f"{cell.period.label(words.language)} {words.cell(cell)}" for cell in shown]
        head = (
            f"{words.entity(entity)}{member}{words.metric(code)}"
            if words.chinese
            else (f"{words.possessive(entity)} {words.metric(code)}{' of ' + member if member else ''}")
        )
        line = f"{head}：{'；'.join(figures)}" if words.chinese else f"{head}: {'; '.join(figures)}"
        ends = [
            one
            for one in computed.cells
            if (one.entity, one.metric, one.role) == (entity, code, "movement") and one.value and not member
        ]
        if ends:
            moved = _movement(ends[0], computed, words)
            line += f"；期间{moved}" if words.chinese else f"; over the whole span {moved}"
        yield line_of(line + ("。" if words.chinese else "."), *shown)


_WRITERS: dict[Op, Callable[[Computed, Words], Iterator[Line]]] = {
    Op.YOY: _movements,
    Op.QOQ: _movements,
    Op.CHANGE: _movements,
    Op.GROWTH: _movements,
    Op.WHY: _movements,
    Op.RATIO: _ratios,
    Op.RANK: ranking_lines,
    Op.TREND: _series,
    Op.COMPARE: _series,
}
