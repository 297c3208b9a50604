"""Which reports a question is about: its company, years and form, matched against the documents in reach."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from collegium.sdk.answering import Query, Question
from collegium.sdk.documents import DocumentInfo, documents_list
from collegium.sdk.evidence import default_query
from collegium.sdk.followup import YEAR, carry
from collegium.sdk.vertical import Vertical

_LEGAL = re.compile(
    r"\b(?:plc|inc|incorporated|corp|corporation|company|co|ltd|limited|llc|n\.v|se|ag|s\.a|holdings|group|the)\b\.?"
    r"|股份有限公司|有限责任公司|有限公司|集团",
    re.IGNORECASE,
)
_SHORT_YEAR = re.compile(r"\bFY\s?'?(\d{2})\b", re.IGNORECASE)
_FORMS = (
    (re.compile(r"\b10-?K\b", re.IGNORECASE), ("10-K",)),
    (re.compile(r"\b10-?Q\b", re.IGNORECASE), ("10-Q",)),
    (re.compile(r"\bannual report\b|年报|年度报告", re.IGNORECASE), ("annual report", "10-K", "20-F")),
    (re.compile(r"\bquarterly report\b|季报|季度报告", re.IGNORECASE), ("quarterly report", "10-Q")),
)
_QUARTER = re.compile(r"\bQ[1-4]\b|\bquarter\b|季度", re.IGNORECASE)
YEARS_COMPARED = 2  # a report also states the figures of the years before


def report_query(vertical: Vertical, question: Question) -> Query:
    """The default search, narrowed to the reports that the question names; nothing is narrowed on a guess."""
    query = default_query(vertical, question)
    documents = documents_list(question.asker, vertical.slug, knowledge_bases=question.knowledge_bases)
    carried = carry(question)
    companies = companies_named(question.text, documents)
    if not companies:
        kept = carried.filters.get("company")
        companies = [kept] if isinstance(kept, str) else list(kept or [])
    filters: dict[str, Any] = {}
    notes = dict(query.notes)
    if companies:
        filters["company"] = companies
        documents = [one for one in documents if one.metadata.get("company") in companies]
    years = (
        years_asked(question.text) or list(carried.years) or _years_kept(carried.filters, notes, carried.turn)
    )
    if years and documents:
        notes["years"] = years
        if covering := years_covering(years, documents, quarters=bool(_QUARTER.search(question.text))):
            filters["fiscal_year"] = covering
            documents = [one for one in documents if one.metadata.get("fiscal_year") in covering]
        elif companies:
            notes["years_missing"] = years
    if forms := _forms(question.text, documents):
        filters["form"] = forms
    return Query(search=replace(query.search, filters=filters), notes=notes)


def companies_named(text: str, documents: Sequence[DocumentInfo]) -> list[str]:
    """The companies among the documents that a text names, by name, by its distinctive first word, or by
    ticker.
    """
    low = text.lower()
    names = {str(one.metadata["company"]) for one in documents if one.metadata.get("company")}
    found = []
    for name in sorted(names):
        core = " ".join(_LEGAL.sub(" ", name).replace(",", " ").replace(".", " ").split())
        first = core.split(" ")[0]
        short = first.isupper() and re.search(rf"(?<!\w){re.escape(first)}(?!\w)", text)
        if core and _holds(low, core.lower()) or (len(first) >= 4 and _holds(low, first.lower())) or short:
            found.append(name)
    for one in documents:
        ticker, name = one.metadata.get("ticker"), one.metadata.get("company")
        if (
            ticker
            and name
            and name not in found
            and re.search(rf"(?<!\w){re.escape(str(ticker))}(?!\w)", text)
        ):
            found.append(str(name))
    return found


def _holds(text: str, name: str) -> bool:
    if re.search(r"[\u4e00-\u9fff]", name):
        return name in text
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text) is not None


def years_asked(text: str) -> list[int]:
    """The years that a text names, as four digits or as FY24."""
    years = [int(year) for year in YEAR.findall(text)] + [
        2000 + int(year) for year in _SHORT_YEAR.findall(text)
    ]
    return sorted(set(years))


def years_covering(
    years: Sequence[int], documents: Sequence[DocumentInfo], *, quarters: bool = False
) -> list[int]:
    """The fiscal years whose reports state figures of these years: their own, else the next ones'."""
    there = {
        one.metadata["fiscal_year"] for one in documents if isinstance(one.metadata.get("fiscal_year"), int)
    }
    covering: set[int] = set()
    for year in years:
        for ahead in range(1 if quarters else YEARS_COMPARED + 1):
            if year + ahead in there:
                covering.add(year + ahead)
                break
        else:
            return []
    return sorted(covering)


def _years_kept(filters: dict[str, Any], notes: dict[str, Any], turn: Any) -> list[int]:
    if turn is None or not filters:
        return []
    kept = (turn.query.get("notes") or {}).get("years") or []
    return [year for year in kept if isinstance(year, int)]


def _forms(text: str, documents: Sequence[DocumentInfo]) -> list[str]:
    there = {str(one.metadata.get("form")) for one in documents}
    for pattern, forms in _FORMS:
        if pattern.search(text):
            return [form for form in forms if form in there]
    return []
