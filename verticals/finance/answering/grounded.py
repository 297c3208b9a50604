"""Whether the numbers of a text are those that were computed or quoted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from collegium.sdk.numbers import numbers_find

# What names a period, a day or a citation is no figure.
_NAMES = (
    re.compile(r"\[\d{1,3}\]"),
    re.compile(r"\d{4}-\d{2}-\d{2}"),
    re.compile(
        r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
        r"(?: \d{1,2},)? \d{4}|\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    ),
    re.compile(r"\d{1,2} months to the end|末的\d{1,2}个月"),
    re.compile(
        r"FY\d{4}|Q[1-4] \d{4}|\d{4}(?:Q[1-4]|H[12]|-9M)|\d{4}年(?:度|第.季度|前三季度|上半年|下半年|半年度)?"
    ),
    re.compile(r"(?:of|to|the end of|calendar|year|half|quarter) \d{4}|report \d{4}"),
)
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」")
_NIL = re.compile(r"counted as nil|按零计入")  # what is not reported stands as 0 in a working
HUNDRED = Decimal(100)


def numbers_ungrounded(text: str, values: Iterable[Decimal], *, names: Iterable[str] = ()) -> list[str]:
    """The numbers of a text that no value comes to, at the precision in which they are written.

    `names` are words that may hold digits of their own, such as those of companies.
    """
    for name in names:
        text = text.replace(name, " ")
    for pattern in _NAMES:
        text = pattern.sub(" ", text)
    known = [one for value in values for one in (abs(value), abs(value) * HUNDRED)]
    missing = []
    for number in numbers_find(text):
        exponent = number.written.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) else 0
        half = Decimal(5).scaleb(number.exponent - places - 1)
        if not any(abs(value - number.value) <= half for value in known):
            missing.append(text[number.start : number.end])
    return missing


def answer_ungrounded(data: Mapping[str, Any], *, names: Sequence[str] = ()) -> list[str]:
    """The numbers in the text of an answer that are neither computed nor in a quotation that it cites.

    `data`: the answer as the API gives it. A quotation in the text must stand in a citation.
    """
    values = [Decimal(row["value"]) for row in data["computations"]]
    if any(block["kind"] == "interpretation" and _NIL.search(block["text"]) for block in data["blocks"]):
        values.append(Decimal(0))
    quotes = [_plain(one["quote"]) for one in data["citations"]]
    quoted = {number.value for one in data["citations"] for number in numbers_find(one["quote"])}
    missing: list[str] = []
    for block in data["blocks"]:
        if block["kind"] in {"notice", "refusal"}:
            continue
        text = block["text"]
        for match in _QUOTED.finditer(text):
            if block["kind"] == "evidence" and not any(_plain(match.group()[1:-1]) in one for one in quotes):
                missing.append(match.group())
        if block["kind"] == "evidence":
            text = _QUOTED.sub(" ", text)
        missing += numbers_ungrounded(text, [*values, *quoted], names=names)
    return missing


def _plain(text: str) -> str:
    return "".join(text.split())
