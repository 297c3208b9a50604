"""How a question was read: what was taken, what else it may mean, what to know of the figures."""

from collections.abc import Callable, Iterator
from typing import Any

from verticals.finance.answering.computed import Alternative, Cell, Computed, Remark
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import MetricValue, Note

Text = Callable[[dict[str, Any], Words], str]


def interpretation(computed: Computed, words: Words) -> list[str]:
    """Sentences on the reading, the other readings with their figures, and the cautions, each once."""
    lines: list[str] = []
    lines += [remark_text(one, words) for one in computed.remarks if one.code not in TOLD]
    lines += _readings(computed, words)
    lines += [
        _alternative(one, computed, words) for one in computed.alternatives if not stands_in(one, computed)
    ]
    lines += [text for note in _notes(computed) if (text := note_text(note, words))]
    return list(dict.fromkeys(line for line in lines if line))


def stands_in(alternative: Alternative, computed: Computed) -> bool:
    """Whether another period is given because the one that was taken cannot be: it is told as the answer."""
    cell = alternative.cell
    if alternative.about == "balance":
        return True
    asked = [
        one
        for one in computed.cells
        if (one.entity, one.metric, one.role) == (cell.entity, cell.metric, cell.role)
    ]
    return alternative.about == "period" and all(one.value is None for one in asked)


def _notes(computed: Computed) -> Iterator[Note]:
    for cell in computed.cells:
        if isinstance(cell.outcome, MetricValue):
            yield from cell.outcome.notes_all()


def note_text(note: Note, words: Words) -> str:
    """A note on a value as a sentence; derivations of quarters show in the formula and are not repeated."""
    write = _NOTES.get(note.code)
    return write(note.data, words) if write else ""


def _readings(computed: Computed, words: Words) -> Iterator[str]:
    for reading in computed.query.readings:
        if reading.about == "entity":
            yield _read_as(reading.words, words.entity(reading.taken), words)
        elif reading.about == "period" and reading.taken.startswith(("FY", "CY")):
            year = reading.taken[2:]
            yield f"按{year}年理解。" if words.chinese else f"Read as the year {year}."
        elif reading.about == "metric" and reading.words != words.metric(reading.taken, sentence=False):
            name = words.metric(reading.taken)
            if reading.words.lower() != name.lower():
                yield _read_as(reading.words, name, words)


def with_article(label: str) -> str:
    """An English period with the article that it takes: the first half of 2023, but FY2023."""
    return f"the {label}" if label.startswith(("first", "second", "twelve")) else label


def _read_as(written: str, name: str, words: Words) -> str:
    return f"“{written}”按{name}理解。" if words.chinese else f"“{written}” was read as {name}."


def _alternative(alternative: Alternative, computed: Computed, words: Words) -> str:
    cell = alternative.cell
    if alternative.about == "movement":
        return _other_measure(cell, computed, words)
    figure = words.cell(cell, signed=cell.role == "movement")
    if alternative.about == "period":
        taken = next((one.period for one in computed.cells if one.entity == cell.entity), cell.period)
        label, taken_label = cell.period.label(words.language), taken.label(words.language)
        if words.chinese:
            return f"这里按{taken_label}单季理解；{label}（累计）的{words.metric(cell.metric)}为{figure}。"
        name = words.metric(cell.metric)
        return f"Read as the single quarter {taken_label}; for {with_article(label)} {name} is {figure}."
    if words.chinese:
        return f"若按{words.metric(cell.metric)}理解，为{figure}。"
    return f"Read as {words.metric(cell.metric)} instead, it is {figure}."


def _other_measure(cell: Cell, computed: Computed, words: Words) -> str:
    """By which measure of the movement was ranked, and what comes first by the other."""
    first, figure = words.subject(cell), words.cell(cell, signed=True)
    if words.chinese:
        taken, other = ("变动额", "变动率") if computed.query.change else ("变动率", "变动额")
        return f"按{taken}排名；若按{other}排名，居首的是{first}（{figure}）。"
    taken, other = ("amount", "rate") if computed.query.change else ("rate", "amount")
    return f"Ranked by the {taken} of the change; by its {other}, {first} comes first ({figure})."


# Remarks on the reading of the question


def _latest_taken(data: dict[str, Any], words: Words) -> str:
    periods = _periods(data["periods"], words)
    if words.chinese:
        return f"问题未指明期间，按最新披露的{periods}回答。"
    return f"No period was named; the latest reported is taken: {periods}."


def _periods_taken(data: dict[str, Any], words: Words) -> str:
    periods = _periods(data["periods"], words)
    return f"期间按{periods}理解。" if words.chinese else f"The periods are {periods}."


def _fiscal_year(data: dict[str, Any], words: Words) -> str:
    period: FiscalPeriod = data["period"]
    span, name = data["span"], words.entity(data["entity"])
    if words.chinese:
        return f"{name}的{period.label('zh')}按其财年计，为{span.start}至{span.end}。"
    return f"{period.label('en')} of {name} is by its fiscal year: {span.start} to {span.end}."


def _no_reports(data: dict[str, Any], words: Words) -> str:
    name = words.entity(data["entity"])
    return (
        f"没有{name}的报告可供计算。" if words.chinese else f"There are no reports of {name} to compute from."
    )


def _no_breakdown(data: dict[str, Any], words: Words) -> str:
    by = _BREAKDOWNS[data["by"]][words.language]
    if words.chinese:
        return f"{words.entity(data['entity'])}的报告未按{by}披露该数据，以下为合计数。"
    return f"The reports of {words.entity(data['entity'])} do not break it down by {by}; this is the total."


_BREAKDOWNS = {
    "segment": {"en": "segment", "zh": "分部"},
    "product": {"en": "product", "zh": "产品"},
    "region": {"en": "region", "zh": "地区"},
}


def _place_unknown(data: dict[str, Any], words: Words) -> str:
    places = "、".join(data["places"]) if words.chinese else ", ".join(data["places"])
    if words.chinese:
        return f"无法按地点（{places}）筛选公司：事实数据中没有注册地。"
    return f"Companies cannot be narrowed to {places}: the facts do not say where they are registered."


def _other_units(data: dict[str, Any], words: Words) -> str:
    names = [words.entity(one) for one in data["entities"]]
    if words.chinese:
        return f"以{data['unit']}以外的单位披露的公司未参与排名：{'、'.join(names)}。"
    return f"Companies that report in another unit than {data['unit']} are left out: {', '.join(names)}."


def _ranked_of(data: dict[str, Any], words: Words) -> str:
    if data.get("by") in _BREAKDOWNS:
        name = _BREAKDOWNS[data["by"]][words.language]
        if words.chinese:
            return f"共有{data['count']}个{name}有该数据。"
        return f"{data['count']} {name}s have the figure."
    if words.chinese:
        return f"共有{data['count']}家公司有该数据，{data['without']}家没有。"
    return f"{data['count']} companies have the figure; {data['without']} do not."


def _none_moved(data: dict[str, Any], words: Words) -> str:
    kind = _BREAKDOWNS.get(data["by"], {"en": "company", "zh": "公司"})[words.language]
    if words.chinese:
        how = {"up": "增加", "down": "减少"}.get(data["way"], "变动")
        return f"没有任何{kind}的该项数据{how}。"
    how = {"up": "an increase", "down": "a decrease"}.get(data["way"], "a change")
    return f"No {kind} had {how}."


def _unlike_periods(data: dict[str, Any], words: Words) -> str:
    first, last = data["first"], data["last"]
    names = [f"{one.label(words.language)}" for one in (first, last)]
    lengths = [_MONTHS_IN_WORDS[words.language].get(one.length, str(one.length)) for one in (first, last)]
    if words.chinese:
        return (
            f"{names[0]}为{lengths[0]}个月，{names[1]}为{lengths[1]}个月，期间长度不同，"
            "两者不可比，因此不计算变动。"
        )
    return (
        f"{names[0]} has {lengths[0]} months and {names[1]} {lengths[1]}: periods of unlike length,"
        " between which no change is computed."
    )


_MONTHS_IN_WORDS = {
    "en": {3: "three", 6: "six", 9: "nine", 12: "twelve"},
    "zh": {3: "三", 6: "六", 9: "九", 12: "十二"},
}
TOLD = frozenset({"none_moved", "unlike_periods"})  # remarks that are part of the answer itself


def _not_summed(data: dict[str, Any], words: Words) -> str:
    name = words.metric(data["metric"])
    if words.chinese:
        return f"{name}不能跨期间相加，因此不作合计。"
    return f"{name.capitalize()} may not be added up over periods: no total is given."


def _periods(periods: tuple[FiscalPeriod, ...], words: Words) -> str:
    labels = [period.label(words.language) for period in periods]
    if len(labels) > 2:
        return f"{labels[0]}至{labels[-1]}" if words.chinese else f"{labels[0]} to {labels[-1]}"
    return ("、" if words.chinese else " and ").join(labels)


_REMARKS: dict[str, Text] = {
    "latest_taken": _latest_taken,
    "periods_taken": _periods_taken,
    "fiscal_year": _fiscal_year,
    "no_reports": _no_reports,
    "no_breakdown": _no_breakdown,
    "place_unknown": _place_unknown,
    "other_units": _other_units,
    "ranked_of": _ranked_of,
    "none_moved": _none_moved,
    "unlike_periods": _unlike_periods,
    "not_summed": _not_summed,
}


# Notes on the figures


def _average(data: dict[str, Any], words: Words) -> str:
    name = words.metric(data["metric"]) if data.get("metric") else ""
    if words.chinese:
        return f"{name}取期初与期末的平均值。"
    return f"On the average of opening and closing {name}." if name else "On the average of both balances."


def _taken_as_nil(data: dict[str, Any], words: Words) -> str:
    names = [words.metric(code) for code in data["metrics"]]
    if words.chinese:
        return f"未披露{'、'.join(names)}，按零计入。"
    return f"{', '.join(names).capitalize()}: not reported, counted as nil."


def _not_annual(data: dict[str, Any], words: Words) -> str:
    return "未作年化处理。" if words.chinese else "Not made annual: it is of less than a year."


def _negative_base(data: dict[str, Any], words: Words) -> str:
    if words.chinese:
        return "基期数值为负，增长率的符号不代表增减方向。"
    return "The earlier figure is negative: the sign of the growth rate does not tell the direction."


def _restated(data: dict[str, Any], words: Words) -> str:
    if words.chinese:
        return "该数据经重述，采用最新披露的数值。"
    return "The figure was restated; the latest statement is taken."


def _restated_terms(data: dict[str, Any], words: Words) -> str:
    if words.chinese:
        return "部分数据后来经重述，推算时采用同一口径的原始披露。"
    return "Some figures were restated later; the derivation uses figures of one and the same vintage."


_NOTES: dict[str, Text] = {
    "average": _average,
    "taken_as_nil": _taken_as_nil,
    "not_annual": _not_annual,
    "negative_base": _negative_base,
    "restated": _restated,
    "restated_terms": _restated_terms,
}


def remark_text(remark: Remark, words: Words) -> str:
    """A remark as a sentence."""
    return _REMARKS[remark.code](remark.data, words)
