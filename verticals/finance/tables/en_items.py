"""The line items of English statements, and the wordings that name them (en_items.txt)."""

import re
from dataclasses import dataclass
from pathlib import Path

BALANCE, INCOME, CASH = "balance", "income", "cash"
_REMARK = re.compile(
    r"\([^()]*\)|\bin(?: us)?\s*\$?\s*(?:thousands?|millions?|billions?)?\s*$|\bnotes? \d+\s*$"
)
_MARKS = re.compile(r"[^a-z]+")
# "Receivables, net of allowances of $132 and $190, respectively" are "receivables net"
_LESS = re.compile(
    r",?\s*\b(?:net of|less)\s*:?\s+(?:an? |the )?"
    r"(?:accumulated|allowances?|provisions?|reserves?|valuation).*$"
)


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


def _items_read() -> tuple[dict[str, dict[str, Item]], dict[str, dict[Item, frozenset[str]]]]:
    """Wordings without spaces (some PDFs have none) -> item; and the parts of items without a line."""
    items: dict[str, dict[str, Item]] = {}
    parts: dict[str, dict[Item, frozenset[str]]] = {}
    statement = ""
    for line in (Path(__file__).parent / "en_items.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            statement = line.strip("[]")
            items[statement], parts[statement] = {}, {}
        elif line and not line.startswith("#"):
            concepts, _, wordings = line.partition(": ")
            us_gaap, _, ifrs = concepts.partition(" = ")
            mark = us_gaap[0] if us_gaap[0] in "-<>+" else ""
            item = Item(us_gaap[len(mark) :], ifrs, mark == "-", mark.strip("-+"))
            said = [wording.replace(" ", "") for wording in wordings.split("|")]
            if mark == "+":
                parts[statement][item] = frozenset(wording.strip() for wording in wordings.split("|"))
            else:
                items[statement] |= dict.fromkeys(said, item)
    return items, parts


ITEMS, PARTS = _items_read()


def label_plain(text: str) -> str:
    """A label in small letters without marks, remarks in brackets, its unit and numbers of notes."""
    plain = _LESS.sub(" net", " ".join(text.lower().replace("’", "").replace("'", "").split()))
    before = ""
    while before != plain:
        before, plain = plain, _REMARK.sub(" ", plain.strip())
    return " ".join(_MARKS.sub(" ", plain).split())


def item_of(text: str, statement: str) -> Item | None:
    return ITEMS[statement].get(label_plain(text).replace(" ", ""))
