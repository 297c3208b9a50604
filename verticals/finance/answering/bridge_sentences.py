"""A margin bridge in sentences: how far the margin moved, and what each part adds to it."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from verticals.finance.answering.bridge import BridgeLine, MarginBridge, basis_points
from verticals.finance.answering.figures import HUNDRED, rounded
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.value import MetricValue


def bridge_sentences(bridge: MarginBridge, words: Words) -> Iterator[tuple[str, tuple[MetricValue, ...]]]:
    """The change in basis points, then the parts, the largest first; the parts add up to the change.

    With each sentence come the values that it rests on.
    """
    total, parts = basis_points(bridge)
    name, entity = words.metric(bridge.metric), words.entity(bridge.entity)
    first, last = bridge.first.label(words.language), bridge.last.label(words.language)
    before, after = _percent(bridge.before), _percent(bridge.after)
    if words.chinese:
        moved = f"由{first}的{before}变为{last}的{after}"
        head = f"{entity}的{name}{moved}，变动{_signed(total)}个基点，分解如下："
    else:
        moved = f"moved from {before} in {first} to {after} in {last}"
        head = (
            f"{words.possessive(bridge.entity)} {name} {moved}, by {_signed(total)} basis points, of which:"
        )
    yield head, bridge.values
    lines = sorted(zip(bridge.lines, parts, strict=True), key=lambda one: -abs(one[0].effect))
    for line, (rate, mix) in lines:
        by_segment = bridge.kind == "segment"
        text = _segment(line, rate, mix, words) if by_segment else _cost(line, rate, words)
        yield text, line.values


def _percent(margin: Fraction) -> str:
    return f"{rounded(Decimal(margin.numerator) / Decimal(margin.denominator) * HUNDRED, 2):,}%"


def _signed(points: Decimal) -> str:
    shown = rounded(points, 1)
    return f"+{shown:,}" if shown > 0 else f"{shown:,}"


def _segment(line: BridgeLine, rate: Decimal, mix: Decimal, words: Words) -> str:
    name = _other(words) if line.name == "other" else words.named(line.dims, line.name)
    if words.chinese:
        return f"{name}：自身利润率变动影响{_signed(rate)}个基点，收入结构变动影响{_signed(mix)}个基点。"
    return (
        f"{name}: {_signed(rate)} basis points from its own margin, {_signed(mix)} from its share of revenue."
    )


def _cost(line: BridgeLine, effect: Decimal, words: Words) -> str:
    name = _other(words) if line.name == "other" else words.metric(line.name, sentence=False)
    if words.chinese:
        return f"{name}占营业收入比重变动影响{_signed(effect)}个基点。"
    return f"{name}, by its share of revenue: {_signed(effect)} basis points."


def _other(words: Words) -> str:
    return "其他" if words.chinese else "Everything else"
