"""Companies with many filings, written into the store as the parser would hand them over."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from collegium.knowledge.models import Document, DocumentVersion, KnowledgeBase, VersionState
from collegium.sdk.vertical import IndexedVersion
from verticals.finance.facts.codec import filings_value
from verticals.finance.facts.fact import Fact, Filing, Period, ReadFiling, Row, Statement
from verticals.finance.facts.store import filings_write

ALDERN = {"entity": "Aldern Foods plc", "identifier": "0009990002", "ticker": "ALD"}
VELLORA = {"entity": "维洛电子股份有限公司", "ticker": "600999"}
YEAR_ENDS = {"Q1": (3, 31), "H1": (6, 30), "9M": (9, 30), "Q2": (6, 30), "Q3": (9, 30), "FY": (12, 31)}
INCOME = Statement(
    title="CONSOLIDATED STATEMENTS OF INCOME",
    rows=(
        Row(label="Operations:"),
        Row(label="Net sales", concept="us-gaap:Revenues", depth=1),
        Row(label="Cost of sales", concept="us-gaap:CostOfRevenue", depth=1, role="negatedLabel"),
        Row(label="Total gross profit", concept="us-gaap:GrossProfit", role="totalLabel"),
        Row(label="Never stated", concept="us-gaap:Nothing"),
        Row(label="An empty heading"),
    ),
)


def annual(
    year: int, figures: dict[str, Any], *, before: dict[str, Any] | None = None, **stated: Any
) -> ReadFiling:
    """A 10-K: this year's figures and, where given, the year before's as it now states them."""
    return report(year, "FY", figures, before=before, form=stated.pop("form", "10-K"), **stated)


def report(
    year: int,
    part: str,
    figures: dict[str, Any],
    *,
    before: dict[str, Any] | None = None,
    form: str = "10-Q",
    filed: str = "",
    statements: Sequence[Statement] = (),
    company: dict[str, str] = ALDERN,
    **stated: Any,
) -> ReadFiling:
    """A filing for the year up to the end of `part`; names without a prefix are us-gaap, `@` marks balances."""
    month, day = YEAR_ENDS[part]
    filing = Filing(
        **{
            "form": form, "period_end": date(year, month, day), "fiscal_year": year, "fiscal_period": part,
            "fiscal_year_end": "--12-31", "currency": "USD", "gaap": "US-GAAP", "language": "en",
            "accepted_at": datetime.fromisoformat(filed).replace(tzinfo=UTC)
            if filed
            else datetime(year + (part == "FY"), (month % 12) + 2, 20, tzinfo=UTC),
            **company, **stated,
        }
    )  # fmt: skip
    facts = _facts(figures, filing, year, 0) + _facts(before or {}, filing, year - 1, 1)
    return ReadFiling(filing=filing, facts=tuple(facts), statements=tuple(statements))


def _facts(figures: dict[str, Any], filing: Filing, year: int, column: int) -> list[Fact]:
    assert filing.period_end
    end = filing.period_end.replace(year=year)
    facts = []
    for number, (name, value) in enumerate(figures.items()):
        concept, balance = name.removeprefix("@"), name.startswith("@")
        prefix = "cas" if filing.gaap == "CAS" else "us-gaap"
        facts.append(
            Fact(
                concept=f"{prefix}:{concept}",
                period=Period(start=None if balance else date(year, 1, 1), end=end),
                unit=filing.currency,
                value=Decimal(str(value)),
                decimals=-3,
                locator={"kind": "cell", "page": 1, "table": 1, "row": number, "column": column},
            )
        )
    return facts


def filing_store(
    base: KnowledgeBase, *read: ReadFiling, title: str = "", access: str = "workspace"
) -> Document:
    """A searchable document with these filings."""
    document = Document.objects.create(
        workspace=base.workspace, knowledge_base=base, title=title or str(uuid.uuid4()), access=access
    )
    version = DocumentVersion.objects.create(
        document=document,
        knowledge_base=base,
        number=1,
        content_hash=uuid.uuid4().hex * 2,
        state=VersionState.READY,
    )
    document.current = version
    document.save(update_fields=["current"])
    filings_write(
        IndexedVersion(
            document=document.pk, version=version.pk, knowledge_base=base.pk, workspace=base.workspace_id,
            metadata={}, data={"filings": filings_value(tuple(read))},
        )
    )  # fmt: skip
    return document


def margins(year: int, scale: int = 1000) -> dict[str, Any]:
    """Sales, cost and profit of a year, in whole thousands."""
    sales = 1_000_000 + 10_000 * (year - 2000)
    cost = 600_000 + 4_000 * (year - 2000)
    stated = {"Revenues": sales, "CostOfRevenue": cost, "GrossProfit": sales - cost, "@Assets": 3 * sales}
    return {name: value * scale for name, value in stated.items()}
