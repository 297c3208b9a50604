"""The line items of Chinese financial statements, and the labels that name them.

A concept is cas: and the item's own name in the statement formats (cas_items.txt).
"""

import re
from pathlib import Path

BALANCE, INCOME, CASH = "balance", "income", "cash"
PER_SHARE = frozenset({"基本每股收益", "稀释每股收益"})


def _items_read() -> dict[str, dict[str, str]]:
    """Statement -> label without marks -> item."""
    items: dict[str, dict[str, str]] = {}
    statement = ""
    for line in (Path(__file__).parent / "cas_items.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            statement = line.strip("[]")
            items[statement] = {}
        elif line and not line.startswith("#"):
            item, _, wordings = line.partition(": ")
            items[statement] |= dict.fromkeys((item, *wordings.split()), item)
    return items


ITEMS = _items_read()
_MARKS = str.maketrans(
    {"，": "、", ",": "、", " ": None, "\u3000": None, "\xa0": None, "(": "（", ")": "）", "﹣": "-"}
)
_BRACKETS = re.compile(r"（[^（）]*）")
_NUMBERED = re.compile(r"^(?:（[一二三四五六七八九十\d]+）|[一二三四五六七八九十]+、|\d+[.、．]|[①-⑩])")
_PREFIX = re.compile(r"^(?:其中|减|加|其他包括)[:：]|^[:：]")


def label_plain(text: str) -> str:
    """A label without numbering, remarks in brackets, and words such as 其中： before it."""
    plain = text.translate(_MARKS)
    before = ""
    while before != plain:
        before = plain
        plain = _PREFIX.sub("", _NUMBERED.sub("", plain))
    before = ""
    while before != plain:
        before, plain = plain, _BRACKETS.sub("", plain)
    return plain.strip("：:、-－—*★△#")


def item_of(text: str, statement: str) -> str:
    """The statement's line item that a label names, or an empty text."""
    return ITEMS[statement].get(label_plain(text), "")
