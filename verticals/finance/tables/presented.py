"""The statements of a Chinese report, of the figures that were read from them: in the report's own order."""

from collections.abc import Sequence

from verticals.finance.facts.fact import Fact, Row, Statement
from verticals.finance.tables.cas_items import BALANCE, CASH, INCOME, ITEMS

_TITLES = {BALANCE: "资产负债表", INCOME: "利润表", CASH: "现金流量表"}
_TOTALS = ("合计", "总计", "总额", "小计")


def statements_presented(facts: Sequence[Fact]) -> tuple[Statement, ...]:
    """The lines of each statement of the group, those of one kind put together; without figures, none."""
    lines: dict[str, dict[str, tuple[int, int]]] = {}
    tables: dict[int, str] = {}
    for fact in facts:
        if fact.dims or "table" not in fact.locator:
            continue
        item, table = fact.concept.partition(":")[2], fact.locator["table"]
        kind = tables.setdefault(table, _kind(facts, table))
        at = (fact.locator.get("start", 0), fact.locator.get("row", 0))
        known = lines.setdefault(kind, {})
        known[item] = min(at, known.get(item, at))
    return tuple(
        Statement(
            title=_TITLES[kind],
            rows=tuple(
                Row(
                    label=item,
                    concept=f"cas:{item}",
                    role="totalLabel" if item.endswith(_TOTALS) else "",
                )
                for item in sorted(items, key=items.__getitem__)
            ),
        )
        for kind in (BALANCE, INCOME, CASH)
        if (items := lines.get(kind))
    )


def _kind(facts: Sequence[Fact], table: int) -> str:
    """The statement of which most of a table's lines are."""
    items = {fact.concept.partition(":")[2] for fact in facts if fact.locator.get("table") == table}
    return max(_TITLES, key=lambda kind: len(items.intersection(ITEMS[kind].values())))
