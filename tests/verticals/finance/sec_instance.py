"""The facts of an extracted XBRL instance, read as plainly as possible: for tests of what is computed from them."""

import csv
import gzip
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from lxml import etree

from verticals.finance.facts.fact import Fact, Filing, Period
from verticals.finance.metrics.fact_source import KnownFact

_XBRLI = "{http://www.xbrl.org/2003/instance}"
_XBRLDI = "{http://xbrl.org/2006/xbrldi}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def instance_read(path: Path, *, accepted: date | None = None) -> list[KnownFact]:
    """Every numeric fact of an instance."""
    root = etree.parse(str(path)).getroot()
    periods, units = _contexts(root), _units(root)
    cover = {
        etree.QName(one).localname: one.text.strip()
        for one in root
        if isinstance(one.tag, str)
        and "/dei/" in one.tag
        and one.text
        and not periods[one.get("contextRef")][1]
    }
    filing = _filing(cover, path.parent.name, accepted)
    found = []
    for number, element in enumerate(root):
        if (
            not isinstance(element.tag, str)
            or not element.get("unitRef")
            or element.get(f"{_XSI}nil") == "true"
        ):
            continue
        period, dims = periods[element.get("contextRef")]
        decimals = element.get("decimals")
        found.append(
            KnownFact(
                id=f"{path.parent.name}#{number}",
                entity=filing.entity,
                filing=filing,
                document=path.parent.name,
                fact=Fact(
                    concept=f"{element.prefix}:{etree.QName(element).localname}",
                    period=period,
                    unit=units[element.get("unitRef")],
                    value=Decimal(element.text.strip()),
                    decimals=None if decimals in (None, "INF") else int(decimals),
                    is_nil=False,
                    dims=dims,
                    locator={"kind": "anchor", "element": element.get("id") or "", "file": path.name},
                ),
            )
        )
    return found


def company_facts_read(path: Path, *, year_end: str) -> list[KnownFact]:
    """The facts of SEC company facts, each in a filing of its own accession number."""
    data = json.loads(gzip.decompress(path.read_bytes()))
    filings: dict[str, Filing] = {}
    found = []
    for prefix, concepts in data["facts"].items():
        for name, concept in concepts.items():
            for unit, rows in concept["units"].items():
                for number, row in enumerate(rows):
                    filing = filings.setdefault(row["accn"], _filing_of(data["entityName"], row, year_end))
                    start = date.fromisoformat(row["start"]) if "start" in row else None
                    found.append(
                        KnownFact(
                            id=f"{name}/{unit}/{number}",
                            entity=data["entityName"],
                            filing=filing,
                            fact=Fact(
                                concept=f"{prefix}:{name}",
                                period=Period(start=start, end=date.fromisoformat(row["end"])),
                                unit=unit,
                                value=Decimal(str(row["val"])),
                                decimals=None,
                                is_nil=False,
                                dims=(),
                                locator={},
                            ),
                        )
                    )
    return found


def key_facts(folder: Path) -> list[dict[str, str]]:
    with (folder / "key_facts.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _contexts(root: etree._Element) -> dict[str, tuple[Period, tuple[tuple[str, str], ...]]]:
    found = {}
    for context in root.iter(f"{_XBRLI}context"):
        period = context.find(f"{_XBRLI}period")
        instant, start = period.findtext(f"{_XBRLI}instant"), period.findtext(f"{_XBRLI}startDate")
        end = instant or period.findtext(f"{_XBRLI}endDate")
        dims = [(one.get("dimension"), one.text.strip()) for one in context.iter(f"{_XBRLDI}explicitMember")]
        dims += [
            (one.get("dimension"), "".join(one.itertext()).strip())
            for one in context.iter(f"{_XBRLDI}typedMember")
        ]
        found[context.get("id")] = (
            Period(
                start=date.fromisoformat(start.strip()) if start else None,
                end=date.fromisoformat(end.strip()),
            ),
            tuple(sorted(dims)),
        )
    return found


def _units(root: etree._Element) -> dict[str, str]:
    found = {}
    for unit in root.iter(f"{_XBRLI}unit"):
        measures = [one.text.strip().split(":")[-1] for one in unit.iter(f"{_XBRLI}measure")]
        found[unit.get("id")] = "/".join(measures)
    return found


def _filing(cover: dict[str, str], folder: str, accepted: date | None) -> Filing:
    end = date.fromisoformat(cover["DocumentPeriodEndDate"])
    return Filing(
        entity=cover["EntityRegistrantName"],
        identifier=cover["EntityCentralIndexKey"],
        form=cover["DocumentType"],
        period_end=end,
        fiscal_year=int(cover.get("DocumentFiscalYearFocus", end.year)),
        fiscal_period=cover.get("DocumentFiscalPeriodFocus", "FY"),
        fiscal_year_end=cover["CurrentFiscalYearEndDate"],
        currency="USD",
        gaap="US-GAAP",
        language="en",
        accepted_at=datetime.combine(accepted or end, time(), UTC),
        amends="",
    )


def _filing_of(entity: str, row: dict[str, object], year_end: str) -> Filing:
    return Filing(
        entity=entity,
        identifier="",
        form=str(row["form"]),
        period_end=None,
        fiscal_year=None,
        fiscal_period="",
        fiscal_year_end=year_end,
        currency="",
        gaap="",
        language="en",
        accepted_at=datetime.combine(date.fromisoformat(str(row["filed"])), time(), UTC),
        amends="",
    )
