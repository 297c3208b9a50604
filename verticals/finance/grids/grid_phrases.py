"""The two sides of what a turn sets against each other, such as a part and its whole."""

import re
from collections.abc import Iterator

_SHARE = r"(?:percentage|percentual|percent|portion|proportion|fraction|part|share|ratio|multiple)"
_BASE = (
    rf"in (?:relation|comparison|relationship) to|relative to|as (?:an? |the )?{_SHARE} (?:of|to"
    rf"|over)|compared to|divided by"
    r"|out of|over(?! the (?:\w+ )?(?:years?|period|time|course|months?|span"
    r"|quarters?)\b)(?! (?:time|this|these"
    r"|that|those|both)(?: \w+)? ?(?:years?|time|period)?$)"
)
_QUOTIENTS = (
    re.compile(r"\bratio (?:of|between) (?:the )?(?P<a>.+?) (?:to|and|over|versus) (?:the )?(?P<b>.+)"),
    re.compile(
        rf"\b(?:what|how much|which)\b.{{0,12}}?\b{_SHARE} (?:of|from|in) (?P<b>.+?) "
        r"(?:(?:is|was|were|are|did|does|do|that|which|has|had|came|comes)\b ?)?"
        r"(?:made (?:up )?of|attributable to|attributed to|allocated to|due to|related to|from"
        r"|for|dedicated to"
        r"|represented by|composed of|comprised of)? ?(?P<a>.+)"
    ),
    re.compile(rf"(?P<a>.+?)\b(?:{_BASE}) (?P<b>.+)"),
    re.compile(rf"(?:{_BASE}) (?P<b>.+?), (?P<a>.+)"),
    re.compile(
        r"\bpercent\w* (?:did|does|do|is|was|would)? ?(?P<a>.+?) (?:represent|constitute|account for|make up"
        r"|comprise)s?d? (?:of |in |to )?(?P<b>.+)"
    ),
)
_DIFFERENCES = (
    re.compile(
        r"\bdifference (?:of |between |among |in )?(?:the )?(?P<a>.+?) (?:and|less|minus|to"
        r"|versus) (?:the )?(?P<b>.+)"
    ),
    re.compile(
        r"\bdifference (?:of |between |among |in )?(?:the )?(?P<a>.+) (?:and|less|minus|to"
        r"|versus) (?:the )?(?P<b>.+)"
    ),
    re.compile(r"(?P<a>.+?) (?:less|minus|excluding|without|not including|net of|lower than|higher than"
               r"|more than|greater than) (?:the )?(?P<b>.+)"),
    re.compile(r"\bsubtract(?:ing)? (?P<b>.+?) from (?P<a>.+)"),
)  # fmt: skip
_SUMS = (
    re.compile(r"\bsum of (?:the )?(?P<a>.+?) (?:and|plus|with) (?:the )?(?P<b>.+)"),
    re.compile(r"(?P<a>.+?) (?:plus|added to|combined with|together with) (?:the )?(?P<b>.+)"),
)
_PRODUCTS = (re.compile(r"(?P<a>.+?) (?:times|multiplied by) (?:the )?(?P<b>.+)"),)
_TAIL = re.compile(
    r",? (?:in|as an?|expressed (?:in|as an?)) percent(?:age|ages|ual)?$|,? in (?:the )?(?:total|all)$"
)
_LEAD = re.compile(
    r"^(?:and |so |but |now |then )*(?:what|how much|how many|which|by how much|by what amount)?\b(?:'s)? ?"
    r"(?:percent(?:age|ual)? |portion |proportion |part |fraction )?,? ?(?:would be|is|was|are"
    r"|were|did|does|do|has|had"
    r"|will|would)? ?(?:be )?"
)  # fmt: skip
_ENDS = re.compile(
    r"\b(?:represents?|represented|constitutes?|accounts?|expressed|amounts?(?= to)|is|was|are|were|be)$"
)


def turn_said(question: str) -> str:
    """A question without capitals and the words that only hold a conversation together."""
    low = " ".join(question.lower().replace("’", "'").split()).rstrip(" ?.")
    low = re.sub(r",? \bthen\b,?|^(?:so|and so),? ", " ", low)
    return " ".join(low.split())


def quotients_of(text: str) -> Iterator[tuple[str, str]]:
    """The ways to read a turn as one figure in relation to another."""
    yield from _sides(_QUOTIENTS, text)


def differences_of(text: str) -> Iterator[tuple[str, str]]:
    """The ways to read a turn as one figure less another."""
    yield from _sides(_DIFFERENCES, text)


def sums_of(text: str) -> Iterator[tuple[str, str]]:
    yield from _sides(_SUMS, text)


def products_of(text: str) -> Iterator[tuple[str, str]]:
    yield from _sides(_PRODUCTS, text)


def _sides(patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if match := pattern.search(_TAIL.sub("", text)):
            first, second = _side(match["a"]), _side(match["b"])
            if first and second:
                yield first, second


def _side(text: str) -> str:
    plain = _LEAD.sub("", text.strip(" ,")).strip(" ,")
    return _ENDS.sub("", plain).strip(" ,")
