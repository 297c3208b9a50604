"""The value of a numeric fact from its text, exactly, and how accurate it is said to be."""

import re
from decimal import Decimal

DIGITS_MAX = 120
PLACES_MAX = 60  # of an exponent or scale: larger ones are no figures of a company
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?", re.ASCII)


def figure(text: str) -> Decimal | None:
    """A number as an instance writes it (xs:decimal, or xs:double without NaN); None for anything else."""
    found = _NUMBER.fullmatch(text)
    if not found or len(text) > DIGITS_MAX or abs(int(found[1] or 0)) > PLACES_MAX:
        return None
    return _without_sign_of_zero(Decimal(text))


def figure_scaled(plain: str, scale: str | None, *, negative: bool) -> Decimal | None:
    """Digits times ten to the power of `scale`, with the sign; None where the scale is none."""
    if len(plain) > DIGITS_MAX:
        return None
    if scale:
        try:
            power = int(scale)
        except ValueError:
            return None
        if abs(power) > PLACES_MAX:
            return None
        value = Decimal(f"{plain}E{power}")
    else:
        value = Decimal(plain)
    return _without_sign_of_zero(-value if negative else value)


def _without_sign_of_zero(value: Decimal) -> Decimal:
    return value if value else abs(value)


def decimals_read(decimals: str | None, precision: str | None, value: Decimal | None) -> int | None:
    """To which place a value is accurate: None for exactly, by `decimals`, else from its significant digits.

    XBRL 2.1, section 4.6.6: precision p of a value whose first digit stands for 10^e is decimals p - e - 1.
    """
    for stated in (decimals, precision):
        if stated is None:
            continue
        try:
            places = int(stated)
        except ValueError:
            return None  # INF
        if stated is decimals:
            return places if abs(places) <= PLACES_MAX else None
        return places - value.adjusted() - 1 if value and 0 < places <= PLACES_MAX else None
    return None


def figure_text(value: Decimal) -> str:
    """The value in plain digits, with as many decimal places as it was stated: 1234000, 1.50."""
    return format(value, "f")
