"""The answer in sentences, in which every number is the figure of a cell or of a bridge."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from verticals.finance.answering.bridge import MarginBridge
from verticals.finance.answering.bridge_sentences import bridge_sentences
from verticals.finance.answering.computed import Cell, Computed
from verticals.finance.answering.figures import figure
from verticals.finance.answering.interpretation import stands_in, with_article
from verticals.finance.answering.reasons import reason_text
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.metric import UnitKind
from verticals.finance.metrics.value import MetricValue, NotReported
from verticals.finance.questions.query import Op

LISTED_MOST = 12  # cells told in a sentence; more stand in the table


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence with the values that it tells."""

    text: str
    values: tuple[MetricValue, ...] = ()

    @property
    def facts(self) -> tuple[KnownFact, ...]:
        """The facts behind the sentence, each once."""
        return tuple({known.id: known for value in self.values for known in value.facts}.values())


def sentences(computed: Computed, words: Words) -> list[Line]:
    """What was computed, then why what is missing is missing."""
    write = _WRITERS.get(computed.op, _values)
    lines = list(write(computed, words))
    for bridge in computed.bridges:
        if isinstance(bridge, MarginBridge):
            lines += [Line(text, values) for text, values in bridge_sentences(bridge, words)]
    missing = [one for one in computed.refused if not _follows(one, computed)]
    lines += [Line(reason_text(one, words)) for one in missing[:3]]
    standing_in = [one.cell for one in computed.alternatives if stands_in(one, computed)]
    lines += [_is(_subject(cell, words), words.in_full(cell), cell, words) for cell in standing_in]
    return list({line.text: line for line in reversed(lines) if line.text}.values())[::-1]


def _line(text: str, *cells: Cell | None) -> Line:
    return Line(text, tuple(cell.value for cell in cells if cell is not None and cell.value is not None))


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
    return f"{words.possessive(cell.entity)} {metric}{of} in {with_article(period)}"


def _values(computed: Computed, words: Words) -> Iterator[Line]:
    asked = [cell for cell in computed.cells if cell.value is not None]
    for cell in asked[:LISTED_MOST]:
        if cell.role in {"average", "sum"}:
            yield _line(_aggregate(cell, computed, words), cell)
            continue
        yield _is(_subject(cell, words), words.in_full(cell), cell, words)


def _is(subject: str, figure: str, cell: Cell, words: Words) -> Line:
    working = words.working(cell.value) if cell.value else ""
    if words.chinese:
        return _line(f"{subject}为{figure}" + (f"（{working}）。" if working else "。"), cell)
    return _line(f"{subject} was {figure}" + (f" ({working})." if working else "."), cell)


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
        same = [one for one in computed.cells if (one.entity, one.metric) == (now.entity, now.metric)]
        base = next((one for one in same if one.role == "base" and _is_base(one, now, computed)), None)
        moves = [
            one
            for one in same
            if one.role in {"movement", "change"} and one.period == now.period and one.value
        ]
        shown = base if base and base.value else None
        yield _line(_moved(now, shown, moves, computed, words), now, shown)


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
                yield _line(f"{name}{period}{names}之比为{figure}（{working}）。", cell)
            else:
                names = f"{words.metric(above)} to {words.metric(below)}"
                whose = words.possessive(cell.entity)
                yield _line(f"{whose} ratio of {names} in {period} was {figure} ({working}).", cell)
        elif cell.role in {"average", "sum"} and cell.value is not None:
            yield _line(_aggregate(cell, computed, words), cell)


def _ratio_figure(cell: Cell, computed: Computed, words: Words) -> str:
    """A quotient of two metrics as a percentage and as a number."""
    assert cell.value is not None
    value = cell.value
    if value.unit != "pure":
        return figure(value.value, value.unit, UnitKind.MONEY, words.language)
    times = figure(value.value, value.unit, UnitKind.TIMES, words.language)
    share = figure(value.value, value.unit, UnitKind.PERCENT, words.language)
    return f"{share}（{times}）" if words.chinese else f"{share} ({times})"


def _ranking(computed: Computed, words: Words) -> Iterator[Line]:
    if not computed.order:
        return
    cells = [cell for cell in computed.cells if cell.role == "asked" and cell.value is not None]
    first = cells[0]
    rank = computed.query.rank
    assert rank is not None
    label, metric = first.period.label(words.language), words.metric(first.metric)
    mixed = len({cell.period for cell in cells}) > 1

    def told(cell: Cell) -> str:
        when = f" ({cell.period.label(words.language)})" if mixed else ""
        return f"{words.entity(cell.entity)}{when} {words.cell(cell)}"

    listed = [told(cell) for cell in cells[:LISTED_MOST]]
    if len(cells) == 1 and rank.count == 1:
        place = _place(rank.first, highest=rank.highest, words=words)
        if words.chinese:
            text = f"{label}{metric}{place}的是{words.entity(first.entity)}，为{words.in_full(first)}。"
        else:
            whose = words.entity(first.entity)
            text = f"{whose} had the {place} {metric} in {label}: {words.in_full(first)}."
        yield _line(text, first)
        return
    if words.chinese:
        label = "" if mixed else label
        text = f"{label}{metric}由{'高到低' if rank.highest else '低到高'}：{'；'.join(listed)}。"
    else:
        order = "highest" if rank.highest else "lowest"
        when = "" if mixed else f" in {label}"
        head = f"{words.metric(first.metric, sentence=False)}{when}, from the {order}"
        text = f"{head}: {'; '.join(listed)}."
    yield _line(text, *cells[:LISTED_MOST])


def _place(first: int, *, highest: bool, words: Words) -> str:
    if words.chinese:
        return f"{'最' if first == 1 else f'第{first}'}{'高' if highest else '低'}"
    nth = {1: "", 2: "second-", 3: "third-"}.get(first, f"{first}th-")
    return f"{nth}{'highest' if highest else 'lowest'}"


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
        yield _line(line + ("。" if words.chinese else "."), *shown)


_WRITERS: dict[Op, Callable[[Computed, Words], Iterator[Line]]] = {
    Op.YOY: _movements,
    Op.QOQ: _movements,
    Op.CHANGE: _movements,
    Op.GROWTH: _movements,
    Op.WHY: _movements,
    Op.RATIO: _ratios,
    Op.RANK: _ranking,
    Op.TREND: _series,
    Op.COMPARE: _series,
}
