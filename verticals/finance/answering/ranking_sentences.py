"""A ranking in a sentence: which company or segment is first, or all of them in order."""

from collections.abc import Iterator

from verticals.finance.answering.computed import Cell, Computed
from verticals.finance.answering.line import LISTED_MOST, Line, line_of
from verticals.finance.answering.shown import Words

BREAKDOWN_NAMES = {
    "segment": {"en": "segments", "zh": "分部"},
    "product": {"en": "products", "zh": "产品"},
    "region": {"en": "regions", "zh": "地区"},
}
# way -> the movement as English says it, its amount and its rate as Chinese does
_MOVEMENTS = {
    "up": ("increase", "增加额", "增幅"),
    "down": ("decrease", "减少额", "降幅"),
    "either": ("change", "变动额", "变动幅度"),
}
_NTH_EN = {1: "", 2: "second-", 3: "third-"}


def ranking_lines(computed: Computed, words: Words) -> Iterator[Line]:
    """One sentence on the first place, or on all places in order."""
    cells = [cell for cell in computed.cells if cell.role == "asked" and cell.value is not None]
    rank = computed.query.rank
    assert rank is not None
    if not cells:
        return
    if len(cells) == 1 and rank.count == 1:
        write = _first_zh if words.chinese else _first_en
        yield line_of(write(cells[0], computed, words), cells[0])
        return
    mixed = len({cell.period for cell in cells}) > 1

    def told(cell: Cell) -> str:
        when = f" ({cell.period.label(words.language)})" if mixed else ""
        return f"{words.subject(cell)}{when} {_figure(cell, computed, words)}"

    listed = [told(cell) for cell in cells[:LISTED_MOST]]
    label = "" if mixed else cells[0].period.label(words.language)
    if words.chinese:
        order = _measure_zh(cells[0], computed, words) + ("由高到低" if rank.highest else "由低到高")
        text = f"{label}{order}：{'；'.join(listed)}。"
    else:
        head = _measure_en(cells[0], computed, words)
        order = ("largest" if rank.highest else "smallest") if rank.way else _end(rank.highest)
        when = f" in {label}" if label else ""
        text = f"{head[:1].upper()}{head[1:]}{when}, from the {order}: {'; '.join(listed)}."
    yield line_of(text, *cells[:LISTED_MOST])


def _end(highest: bool) -> str:
    return "highest" if highest else "lowest"


def _figure(cell: Cell, computed: Computed, words: Words) -> str:
    moved = computed.query.growth or computed.query.change
    return words.cell(cell, signed=True) if moved else words.cell(cell)


def _measure_en(cell: Cell, computed: Computed, words: Words) -> str:
    """What is ranked: "revenue", "revenue growth", "increase in revenue", "increase in revenue by rate"."""
    rank = computed.query.rank
    if not rank or not rank.way:
        change = computed.query.change
        return f"change in {words.metric(computed.query.metrics[0])}" if change else words.metric(cell.metric)
    rate = " by rate" if computed.query.growth else ""
    return f"{_MOVEMENTS[rank.way][0]} in {words.metric(computed.query.metrics[0])}{rate}"


def _measure_zh(cell: Cell, computed: Computed, words: Words) -> str:
    rank = computed.query.rank
    if not rank or not rank.way:
        return words.metric(cell.metric)
    name = _MOVEMENTS[rank.way][2 if computed.query.growth else 1]
    return f"{words.metric(computed.query.metrics[0])}{name}"


def _first_en(cell: Cell, computed: Computed, words: Words) -> str:
    rank, by = computed.query.rank, computed.query.compare_by
    assert rank is not None
    label, nth = cell.period.label("en"), _NTH_EN.get(rank.first, f"{rank.first}th-")
    end = ("largest" if rank.highest else "smallest") if rank.way else _end(rank.highest)
    moved = computed.query.growth or computed.query.change
    figure = _figure(cell, computed, words) if moved else words.in_full(cell)
    measure = f"the {nth}{end} {_measure_en(cell, computed, words)} in {label}: {figure}"
    whose = words.subject(cell)
    if cell.dims and by in BREAKDOWN_NAMES:
        whose = f"Of {words.possessive(cell.entity)} {BREAKDOWN_NAMES[by]['en']}, {whose}"
    working = words.working(cell.value) if moved and cell.value else ""
    return f"{whose} had {measure} ({working})." if working else f"{whose} had {measure}."


def _first_zh(cell: Cell, computed: Computed, words: Words) -> str:
    rank, by = computed.query.rank, computed.query.compare_by
    assert rank is not None
    label = cell.period.label("zh")
    place = "最" if rank.first == 1 else f"第{rank.first}"
    end = ("大" if rank.highest else "小") if rank.way else ("高" if rank.highest else "低")
    moved = computed.query.growth or computed.query.change
    figure = _figure(cell, computed, words) if moved else words.in_full(cell)
    measure = f"{label}{_measure_zh(cell, computed, words)}{place}{end}的"
    working = words.working(cell.value) if moved and cell.value else ""
    rest = f"，为{figure}（{working}）。" if working else f"，为{figure}。"
    if cell.dims and by in BREAKDOWN_NAMES:
        return f"{words.entity(cell.entity)}{measure}{BREAKDOWN_NAMES[by]['zh']}是{words.subject(cell)}{rest}"
    return f"{measure}是{words.subject(cell)}{rest}"
