"""The line items of English statements, and the wordings that name them (en_items.txt)."""

import re
from dataclasses import dataclass
from pathlib import Path

BALANCE, INCOME, CASH = "balance", "income", "cash"
_REMARK = re.compile(
    r"\([^()]*\)|\bin(?: us)?\s*\$?\s*(?:thousands?|millions?|billions?)?\s*$|\bnotes? \d+\s*$"
)
_MARKS = re.compile(r"[^a-z]+")


@dataclass(frozen=True, slots=True)
class Item:
    """A line item: its US GAAP and IFRS concepts; `deducted`: shown in brackets, stated as positive.

    `edge`: < or > for the balance at the beginning or the end of the statement's period.
    """

    us_gaap: str
    ifrs: str
    deducted: bool
    edge: str = ""

    @property
    def per_share(self) -> bool:
        return "PerShare" in self.us_gaap

    @property
    def shares(self) -> bool:
        return "NumberOf" in self.us_gaap


def _items_read() -> dict[str, dict[str, Item]]:
    items: dict[str, dict[str, Item]] = {}
    statement = ""
    for line in (Path(__file__).parent / "en_items.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            statement = line.strip("[]")
            items[statement] = {}
        elif line and not line.startswith("#"):
            concepts, _, wordings = line.partition(": ")
            us_gaap, _, ifrs = concepts.partition(" = ")
            mark = us_gaap[0] if us_gaap[0] in "-<>" else ""
            item = Item(us_gaap[len(mark) :], ifrs, mark == "-", mark.strip("-"))
            items[statement] |= dict.fromkeys(map(str.strip, wordings.split("|")), item)
    return items


ITEMS = _items_read()


def label_plain(text: str) -> str:
    """A label in small letters without marks, remarks in brackets, its unit and numbers of notes."""
    plain = text.lower().replace("’", "").replace("'", "")
    before = ""
    while before != plain:
        before, plain = plain, _REMARK.sub(" ", plain.strip())
    return " ".join(_MARKS.sub(" ", plain).split())


def item_of(text: str, statement: str) -> Item | None:
    return ITEMS[statement].get(label_plain(text))
