"""Fictional and well-known companies that the tests' questions are about."""

from datetime import date

from verticals.finance.questions.entities import Entity, EntityDirectory
from verticals.finance.questions.query import TypedQuery
from verticals.finance.questions.reading import question_read

TODAY = date(2025, 11, 26)
COMPANIES = EntityDirectory(
    [
        Entity(key="tarnbeck", name="Tarnbeck Instruments plc", tickers=("TBK",)),
        Entity(key="vellora", name="Vellora Foods Company", names=("Vellora",), tickers=("VLF", "F")),
        Entity(key="quillmark", name="QUILLMARK SYSTEMS INC /DE/", tickers=("QMS",)),
        Entity(key="hallworth-uk", name="Hallworth Group plc"),
        Entity(key="hallworth-us", name="Hallworth Inc"),
        Entity(key="jichuan", name="霁川仪器股份有限公司", names=("霁川仪器",), tickers=("300999",)),
        Entity(key="lanyue", name="蓝岳(海州)电池科技股份有限公司", names=("蓝岳电池",), tickers=("600888",)),
        Entity(key="profit-metals", name="First Income Metals Corp"),
    ]
)


def read(text: str, previous: TypedQuery | None = None) -> TypedQuery:
    return question_read(text, COMPANIES, today=TODAY, previous=previous)


def periods(query: TypedQuery) -> list[str]:
    """The periods of a query, in short."""
    shown = []
    for one in query.periods:
        if one.named:
            shown.append(one.named.code)
        elif one.latest:
            latest = one.latest
            text = f"latest {latest.since or latest.count} {latest.part or latest.grain}"
            shown.append(
                text
                + (" trailing" if latest.trailing else "")
                + (f" skip {latest.skip}" if latest.skip else "")
            )
        elif one.dates:
            shown.append(f"{one.dates.start or ''}/{one.dates.end}")
    return shown
