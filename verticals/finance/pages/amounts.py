"""Figures as the pages' tables write them, and the words for their units, in the page's language."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language

from verticals.finance.answering.figures import CURRENCIES_ZH, HUNDRED, rounded
from verticals.finance.metrics.metric import UnitKind
from verticals.finance.metrics.units import is_money

_POWERS_EN = ((7, 6), (5, 3), (0, 0))  # from which power of ten on a table is written in which one
_POWERS_ZH = ((8, 8), (5, 4), (0, 0))
_WORDS_EN = {0: "", 3: "thousand", 6: "million", 9: "billion"}
_WORDS_ZH = {0: "", 3: "千", 4: "万", 6: "百万", 8: "亿", 9: "十亿"}


def page_language() -> str:
    """en or zh: the language of the page that is being written."""
    return "zh" if (get_language() or "en").startswith("zh") else "en"


@dataclass(frozen=True, slots=True)
class Scale:
    """In which power of ten amounts are written, and with how many places."""

    power: int = 0
    places: int = 0

    def text(self, value: Decimal) -> str:
        return number_text(value.scaleb(-self.power), self.places)


def number_text(value: Decimal, places: int) -> str:
    """Grouped digits with a true minus sign."""
    return f"{rounded(value, places):,}".replace("-", "−")


def exact_text(value: Decimal) -> str:
    """Every digit, grouped."""
    return f"{value:,f}".replace("-", "−")


def scale_for(values: Iterable[Decimal], language: str) -> Scale:
    """The scale in which a table of amounts is read best: by its largest."""
    largest = max((abs(value) for value in values), default=Decimal(0))
    magnitude = largest.adjusted() if largest else 0
    steps = _POWERS_ZH if language == "zh" else _POWERS_EN
    power = next(power for least, power in steps if magnitude >= least)
    digits = magnitude - power + 1  # before the point, of the largest
    whole = power == 0 and all(value == value.to_integral_value() for value in values)
    return Scale(power, 0 if whole or digits > 5 else 1 if digits > 4 else 2)


def scale_stated(decimals: Iterable[int | None]) -> Scale:
    """The scale in which a statement was printed: the finest accuracy that its amounts claim."""
    finest = max((0 if one is None else one for one in decimals), default=0)
    power = 6 if finest <= -6 else 3 if finest <= -3 else 0
    return Scale(power, max(0, min(4, finest + power)))


def unit_caption(unit: str, power: int, language: str) -> str:
    """USD million, USD per share, shares; 亿元, 百万美元, 元/股."""
    above, _, below = unit.partition("/")
    words = (_WORDS_ZH if language == "zh" else _WORDS_EN)[power]
    if language == "zh":
        name = {"shares": "股", "pure": ""}.get(above, CURRENCIES_ZH.get(above, above))
        return f"{words}{name}" + (f"/{'股' if below == 'shares' else below}" if below else "")
    name = {"pure": ""}.get(above, above)
    shown = f"{name} {words}".strip() if is_money(above) else f"{words} {name}".strip()
    return f"{shown} per {'share' if below == 'shares' else below}" if below else shown


def kind_caption(kind: UnitKind, unit: str, power: int, language: str) -> str:
    """The unit of a metric's row: %, 倍, days, or that of its amounts."""
    chinese = language == "zh"
    fixed = {
        UnitKind.PERCENT: "%",
        UnitKind.POINTS: "百分点" if chinese else "points",
        UnitKind.TIMES: "倍" if chinese else "times",
        UnitKind.DAYS: "天" if chinese else "days",
    }
    return fixed[kind] if kind in fixed else unit_caption(unit, power, language)


def metric_text(value: Decimal, unit: str, kind: UnitKind, scale: Scale) -> str:
    """A metric's value in a table whose row names the unit."""
    if kind in {UnitKind.PERCENT, UnitKind.POINTS}:
        return number_text(value * HUNDRED, 2)
    if kind in {UnitKind.TIMES, UnitKind.MONEY_PER_SHARE} or "/" in unit:
        return number_text(value, 2)
    if kind is UnitKind.DAYS:
        return number_text(value, 1)
    return scale.text(value)
