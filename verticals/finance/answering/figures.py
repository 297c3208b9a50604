"""Figures as an answer writes them, in English and in Chinese: rounded for reading, with their unit."""

from decimal import ROUND_HALF_UP, Context, Decimal

from verticals.finance.metrics.metric import UnitKind
from verticals.finance.metrics.units import is_money

_SCALES_EN = ((12, " trillion"), (9, " billion"), (6, " million"))
_SCALES_ZH = ((12, "万亿"), (8, "亿"), (4, "万"))
CURRENCIES_ZH = {
    "CNY": "元", "USD": "美元", "EUR": "欧元", "HKD": "港元", "JPY": "日元", "GBP": "英镑", "KRW": "韩元",
    "CHF": "瑞士法郎", "TWD": "新台币", "SGD": "新加坡元", "CAD": "加元", "AUD": "澳元",
}  # fmt: skip
HUNDRED = Decimal(100)
_WIDE = Context(prec=400)  # stated figures have up to 120 digits, and 60 places of scale


def rounded(value: Decimal, places: int) -> Decimal:
    """Rounded half away from zero, as people round; never minus zero."""
    shown = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
    return shown if shown else abs(shown)


def figure(value: Decimal, unit: str, kind: UnitKind, language: str, *, signed: bool = False) -> str:
    """A value with its unit: "USD 33.72 billion", "21.92%", "+0.82 percentage points", "1.27"."""
    sign = "+" if signed and value > 0 else ""
    if kind is UnitKind.PERCENT:
        return f"{sign}{rounded(value * HUNDRED, 2):,}%"
    if kind is UnitKind.POINTS:
        points = " percentage points" if language == "en" else "个百分点"
        return f"{sign}{rounded(value * HUNDRED, 2):,}{points}"
    if kind is UnitKind.TIMES:
        return f"{sign}{rounded(value, 2):,}"
    if kind is UnitKind.DAYS:
        return f"{sign}{rounded(value, 1):,}" + (" days" if language == "en" else "天")
    return sign + _counted(value, unit, language)


def exact(value: Decimal, unit: str, language: str) -> str:
    """A value with every digit that it was stated with; computed ones to two places."""
    plain = value if value == value.to_integral_value() else value.normalize()
    exponent = plain.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    text = f"{rounded(plain, min(places, 4)):,}"
    return _with_unit(text, unit, language)


def _counted(value: Decimal, unit: str, language: str) -> str:
    """An amount, a number of shares or a count, in millions or billions (万, 亿) where it is large."""
    scales = _SCALES_EN if language == "en" else _SCALES_ZH
    if "/" not in unit:
        for power, word in scales:
            if abs(value) >= Decimal(1).scaleb(power):
                return _with_unit(f"{rounded(value.scaleb(-power), 2):,}{word}", unit, language)
    places = 2 if "/" in unit or value != value.to_integral_value() else 0
    return _with_unit(f"{rounded(value, places):,}", unit, language)


def _with_unit(text: str, unit: str, language: str) -> str:
    above, _, below = unit.partition("/")
    if is_money(above):
        text = f"{above} {text}" if language == "en" else f"{text}{CURRENCIES_ZH.get(above, above)}"
        if below == "shares":
            return f"{text} per share" if language == "en" else f"{text}/股"
        return f"{text} per {below}" if below and language == "en" else f"{text}/{below}" if below else text
    if above == "shares":
        return f"{text} shares" if language == "en" else f"{text}股"
    return text if unit in {"pure", ""} else f"{text} {unit}"
