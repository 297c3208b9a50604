"""Transformations of displayed text to numbers, as `format` of ix:nonFraction names them.

XBRL International's Transformation Rules Registries 1 (2010-04-20) to 5 (2022-02-16), and the SEC's own
registry (2015-08-31). Names are the same across registries, apart from hyphens that came with the fourth;
with them came freer grouping, so a hyphen tells which grouping holds. Text that does not fit its format has
no value: a number is never guessed.
"""

import re
from collections.abc import Callable

from verticals.finance.xbrl.word_numbers import words_number

Transform = Callable[[str], str | None]
"""Displayed text -> digits with at most one dot, or None."""

_GAPS = " \u00a0\u2009\u202f"
_APOSTROPHES = "'`\u00b4\u2019\u2032\uff07"
_WIDE = {
    ord(wide): ord(plain) for wide, plain in zip("０１２３４５６７８９，．", "0123456789,.", strict=True)
}
_DASHES = re.compile(r"[-\u058a\u05be\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_UNIT = re.compile(r"([\d.,]+)[^\d.,]+(\d{1,2})\D*", re.ASCII)
PLAIN = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)


def _grouped(group: str, dot: str) -> re.Pattern[str]:
    """Groups of three digits, as registries 1 to 3 want them: 1234567, 1,234,567."""
    return re.compile(rf"\d{{1,3}}(?:[{group}{_GAPS}]?\d{{3}})*(?:[{dot}]\d+)?")


def _free(group: str, dot: str) -> re.Pattern[str]:
    """Separators anywhere before the decimal mark, as registries 4 and 5 allow."""
    return re.compile(rf"[{group}{_GAPS}\d]*(?:[{dot}][{_GAPS}\d]+)?")


def _decimal(pattern: re.Pattern[str], *, group: str, dot: str) -> Transform:
    away = str.maketrans({dot: "."} | dict.fromkeys(group + _GAPS))

    def transform(text: str) -> str | None:
        if not pattern.fullmatch(text):
            return None
        plain = text.translate(away)
        return plain if PLAIN.fullmatch(plain) else None

    return transform


def _dash(text: str) -> str | None:
    return "0" if _DASHES.fullmatch(text) else None


def _unit(text: str) -> str | None:
    """`12 dollars 5 cents` -> 12.05."""
    for mark in _APOSTROPHES:
        text = text.replace(mark, "")
    found = _UNIT.fullmatch(text.translate(_WIDE))
    if not found:
        return None
    whole = found[1].replace(",", "").replace(".", "")
    return f"{whole}.{found[2].zfill(2)}" if whole else None


def _words(text: str) -> str | None:
    value = words_number(text)
    return None if value is None else str(value)


_DOT = _decimal(_grouped(",", "."), group=",", dot=".")
_COMMA = _decimal(_grouped(".", ","), group=".", dot=",")
_DOT_FREE = _decimal(_free(",", "."), group=",", dot=".")
_COMMA_FREE = _decimal(_free(".", ","), group=".", dot=",")

NUMBER_FORMATS: dict[str, Transform] = {
    "num-dot-decimal": _DOT_FREE,
    "num-comma-decimal": _COMMA_FREE,
    "num-dot-decimal-apos": _decimal(
        _free(f",{_APOSTROPHES}", "."), group=f",{_APOSTROPHES}", dot="."
    ),
    "num-comma-decimal-apos": _decimal(
        _free(f".{_APOSTROPHES}", ","), group=f".{_APOSTROPHES}", dot=","
    ),
    "num-unit-decimal": _unit,
    "num-unit-decimal-apos": _unit,
    "fixed-zero": lambda text: "0",
    "numdotdecimal": _DOT,
    "numcommadecimal": _COMMA,
    "numdotdecimalin": _DOT_FREE,
    "numunitdecimal": _unit,
    "numunitdecimalin": _unit,
    "zerodash": _dash,
    "numcommadot": _DOT,
    "numdotcomma": _COMMA,
    "numspacedot": _DOT,
    "numspacecomma": _COMMA,
    "numcomma": _COMMA,
    "numdash": _dash,
    "numwordsen": _words,
}  # fmt: skip


def number_plain(text: str) -> str | None:
    """A number without format: digits with at most a dot."""
    return text if PLAIN.fullmatch(text) else None
