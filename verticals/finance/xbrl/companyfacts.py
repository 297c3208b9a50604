"""The SEC's company facts (JSON): every figure that a company has tagged, by the filing that stated it.

`fy` and `fp` there describe the filing, not the figure, so they are kept with the filing alone; a figure is
known by its own start and end. The accuracy of figures is not part of the file: each is taken to be accurate
to its last digit that is not zero, and never said to be exact.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from verticals.finance.facts.codec import FILINGS_MAX, NAME_MAX_CHARS
from verticals.finance.facts.fact import Fact, Filing, Period, ReadFiling
from verticals.finance.facts.figures import figure
from verticals.finance.xbrl.contexts import CIK_DIGITS, unit_name
from verticals.finance.xbrl.cover import MAIN_SHARE
from verticals.finance.xbrl.notices import Notices
from verticals.finance.xbrl.problems import XbrlProblem

_GAAP = {"us-gaap": "US-GAAP", "ifrs-full": "IFRS"}
_PERIODS = frozenset({"FY", "Q1", "Q2", "Q3", "Q4", "H1"})


def companyfacts_load(text: str, name: str) -> dict[str, Any]:
    """The JSON of a company's facts. Raises XbrlProblem `unknown_json`."""
    try:
        # Numbers stay as they are written: a float would change them.
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise XbrlProblem(
            "unknown_json", f"'{name}' is not JSON ({error}). Upload the file whole."
        ) from error
    facts = value.get("facts") if isinstance(value, dict) else None
    if not isinstance(facts, dict) or not all(isinstance(part, dict) for part in facts.values()):
        raise XbrlProblem(
            "unknown_json",
            f"'{name}' is JSON but not the SEC's company facts (`cik`, `entityName`, `facts`). "
            "Upload a filing, PDF or HTML.",
        )
    return value


def companyfacts_read(value: Mapping[str, Any], name: str) -> tuple[tuple[ReadFiling, ...], list[str]]:
    """One filing for each accession number, the latest first, and what was noticed."""
    notices = Notices()
    rows: dict[str, dict[tuple[Any, ...], Fact]] = defaultdict(dict)
    about: dict[str, Mapping[str, Any]] = {}
    for concept, unit, item in _items(value):
        fact = _fact(concept, unit, item, name)
        accession = str(item.get("accn") or "")[:40] if isinstance(item, dict) else ""
        if fact is None or not accession:
            notices.add("period", concept)
            continue
        about.setdefault(accession, item)
        key = (concept, unit, fact.period)
        before = rows[accession].setdefault(key, fact)
        if before.value != fact.value:
            notices.add("conflict", f"{concept} {before.value} and {fact.value}")
    filings = [
        _filing(value, accession, about[accession], tuple(facts.values()))
        for accession, facts in rows.items()
    ]
    filings.sort(key=lambda one: (one.known_on or date.min, one.filing.accession), reverse=True)
    if len(filings) > FILINGS_MAX:
        notices.add("target", f"those before the latest {FILINGS_MAX}", len(filings) - FILINGS_MAX)
    return tuple(filings[:FILINGS_MAX]), notices.told()


def _items(value: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for taxonomy, concepts in value["facts"].items():
        for local, concept in concepts.items():
            name = f"{taxonomy}:{local}"
            units = concept.get("units") if isinstance(concept, dict) else None
            if len(name) > NAME_MAX_CHARS or not isinstance(units, dict):
                continue
            for unit, items in units.items():
                if isinstance(items, list) and len(unit) <= NAME_MAX_CHARS:
                    yield from ((name, unit_name(unit), item) for item in items)


def _fact(concept: str, unit: str, item: Any, name: str) -> Fact | None:
    if not isinstance(item, dict):
        return None
    end, start, value = _day(item.get("end")), _day(item.get("start")), _value(item.get("val"))
    if end is None or value is None or (item.get("start") and (start is None or start > end)):
        return None
    return Fact(
        concept=concept,
        period=Period(start=start, end=end),
        unit=unit,
        value=value,
        decimals=_last_place(value),
        locator={"kind": "anchor", "element": "", "anchor": concept, "file": name},
    )


def _value(value: Any) -> Decimal | None:
    return figure(value) if isinstance(value, str) else None


def _last_place(value: Decimal) -> int:
    """The place of the last digit that is not zero: -6 for 12000000, 2 for 1.25."""
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    trailing = len(digits) - len("".join(map(str, digits)).rstrip("0")) if value else 0
    return -(int(exponent) + trailing)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _filing(
    value: Mapping[str, Any], accession: str, item: Mapping[str, Any], facts: tuple[Fact, ...]
) -> ReadFiling:
    form = str(item.get("form") or "").upper()[:20]
    filed = _day(item.get("filed"))
    year, period = str(item.get("fy") or ""), str(item.get("fp") or "").upper()
    counted = Counter(prefix for fact in facts if (prefix := fact.concept.partition(":")[0]) in _GAAP)
    currencies = Counter(fact.unit for fact in facts if len(fact.unit) == 3 and fact.unit.isupper())
    filing = Filing(
        entity=company_name(value),
        identifier=company_identifier(value),
        form=form,
        period_end=_main_end(facts, filed),
        fiscal_year=int(year) if year.isdigit() and len(year) == 4 else None,
        fiscal_period=period if period in _PERIODS else "",
        currency=currencies.most_common(1)[0][0] if currencies else "",
        gaap=_GAAP[counted.most_common(1)[0][0]] if counted else "",
        language="en",
        accepted_at=datetime.combine(filed, time(), UTC) if filed else None,
        amends=form[:-2] if form.endswith("/A") else "",
        accession=accession,
    )
    return ReadFiling(filing=filing, facts=facts, known_on=filed)


def company_name(value: Mapping[str, Any]) -> str:
    name = value.get("entityName")
    return " ".join(name.split())[:NAME_MAX_CHARS] if isinstance(name, str) else ""


def company_identifier(value: Mapping[str, Any]) -> str:
    cik = str(value.get("cik") or "")
    return cik.zfill(CIK_DIGITS)[:CIK_DIGITS] if cik.isdigit() else ""


def _main_end(facts: tuple[Fact, ...], filed: date | None) -> date | None:
    """The latest day, not after the filing, for which about as many figures are stated as for any other."""
    counts = Counter(fact.period.end for fact in facts if filed is None or fact.period.end <= filed)
    most = max(counts.values(), default=0)
    return max((day for day, count in counts.items() if count >= MAIN_SHARE * most), default=None)
