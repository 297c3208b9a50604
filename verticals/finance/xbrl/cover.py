"""What a filing says of itself on its cover (dei), and what its facts say where the cover is silent."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from verticals.finance.facts.fact import Filing
from verticals.finance.xbrl.fiscal import fiscal_period
from verticals.finance.xbrl.raw_fact import RawFact

_PERIODS = {
    "FY": "FY",
    "CY": "FY",
    "Q1": "Q1",
    "Q2": "Q2",
    "Q3": "Q3",
    "Q4": "Q4",
    "H1": "H1",
    "M9": "9M",
    "9M": "9M",
}
_CURRENCY = re.compile(r"[A-Z]{3}")
_GAAP = {"us-gaap": "US-GAAP", "ifrs-full": "IFRS", "cas": "CAS"}
_NAMES = ("dei:EntityRegistrantName", "ifrs-full:NameOfReportingEntityOrOtherMeansOfIdentification")
_SHARES = "dei:EntityCommonStockSharesOutstanding"
MAIN_SHARE = 0.25  # of the facts at the day that most are stated for


def filing_of(facts: Sequence[RawFact], identifier: str, language: str) -> tuple[Filing, date | None]:
    """The filing that these facts of one entity make up, and a day on which it was public, at the earliest.

    That day is the one for which the cover counts the shares outstanding, days before the report is filed,
    else the end of its period.
    """
    said = _said(facts)
    document = said.get("dei:DocumentType", "")
    form, amends = _form(document, said.get("dei:AmendmentFlag") == "true")
    end = _day(said.get("dei:DocumentPeriodEndDate", "")) or _document_end(facts) or main_end(facts)
    year_end = said.get("dei:CurrentFiscalYearEndDate", "")
    year_end = year_end if re.fullmatch(r"--\d\d-\d\d", year_end) else ""
    year, period = _fiscal(said, end, year_end)
    filing = Filing(
        entity=next((said[name] for name in _NAMES if said.get(name)), "")[:300],
        identifier=identifier,
        ticker=_ticker(said.get("dei:TradingSymbol", "")),
        form=form,
        period_end=end,
        fiscal_year=year,
        fiscal_period=period,
        fiscal_year_end=year_end,
        currency=_most(fact.unit for fact in facts if fact.unit and _CURRENCY.fullmatch(fact.unit)),
        gaap=_GAAP.get(
            _most(prefix for fact in facts if (prefix := fact.concept.partition(":")[0]) in _GAAP), ""
        ),
        language=language.partition("-")[0].lower()[:2],
        amends=amends,
    )
    counted = [fact.context.period.end for fact in facts if fact.concept == _SHARES and fact.context.period]
    return filing, max([*counted, *([end] if end else [])], default=None)


def _said(facts: Sequence[RawFact]) -> dict[str, str]:
    """Concept -> what the cover says, of the entity as a whole where it says so, else of its first part."""
    said: dict[str, str] = {}
    for whole in (True, False):
        for fact in facts:
            if fact.unit is None and fact.text and bool(fact.context.dims) is not whole:
                said.setdefault(fact.concept, " ".join(fact.text.split()))
    return said


def _form(document: str, amended: bool) -> tuple[str, str]:
    """The form, and the form that it amends: 10-K/A amends 10-K."""
    form = document.upper()[:20]
    if form.endswith("/A"):
        return form, form[:-2]
    return (f"{form}/A", form) if amended and form else (form, "")


def _fiscal(said: dict[str, str], end: date | None, year_end: str) -> tuple[int | None, str]:
    stated = said.get("dei:DocumentFiscalYearFocus", "")
    year = int(stated) if re.fullmatch(r"(?:19|20)\d\d", stated) else None
    period = _PERIODS.get(said.get("dei:DocumentFiscalPeriodFocus", "").upper(), "")
    if end is None or (year and period):
        return year, period
    derived_year, derived_period = fiscal_period(end, year_end)
    return year or derived_year, period or derived_period


def _ticker(text: str) -> str:
    return text.upper() if re.fullmatch(r"[A-Za-z][A-Za-z0-9.\-]{0,9}", text) else ""


def _document_end(facts: Sequence[RawFact]) -> date | None:
    """The end of the period that the cover is about."""
    ends = (
        fact.context.period.end
        for fact in facts
        if fact.concept == "dei:DocumentType" and fact.context.period
    )
    return next(ends, None)


def main_end(facts: Sequence[RawFact]) -> date | None:
    """The latest day for which about as many figures are stated as for any other."""
    counts = Counter(fact.context.period.end for fact in facts if fact.unit and fact.context.period)
    most = max(counts.values(), default=0)
    return max((day for day, count in counts.items() if count >= MAIN_SHARE * most), default=None)


def _most(values: object) -> str:
    counted = Counter(values).most_common(1)  # type: ignore[call-overload]
    return counted[0][0] if counted else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
