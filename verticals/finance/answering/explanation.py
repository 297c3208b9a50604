"""What management says of why a figure changed: sentences of the reports, quoted and never inferred."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from collegium.sdk.answering import AnswerSteps, Question
from collegium.sdk.documents import DocumentInfo, documents_list
from collegium.sdk.evidence import evidence_choose
from collegium.sdk.retrieval import Hit, SearchRequest
from collegium.sdk.selection import Candidate
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.periods import FiscalPeriod

_MDA = re.compile(
    r"management['’]?s discussion|results of operations|financial review|operating and financial review"
    r"|管理层讨论与分析|经营情况讨论与分析|董事会报告|经营情况的讨论",
    re.IGNORECASE,
)
_EXPANSIONS = {
    "en": ("due", "driven", "increase", "decrease", "because", "primarily", "mainly"),
    "zh": ("主要", "由于", "所致", "原因", "系", "提高", "下降"),
}
SEARCH_LIMIT = 12


def explanation_find(
    steps: AnswerSteps,
    *,
    names: Sequence[str],
    metrics: Sequence[str],
    period: FiscalPeriod,
    known: Catalogue,
) -> list[Candidate]:
    """The sentences to quote on why metrics of a company changed in a period; none where none says it."""
    request = explanation_request(steps.question, names=names, metrics=metrics, period=period, known=known)
    hits = steps.retrieve(request)
    discussed = [hit for hit in hits if any(_MDA.search(part) for part in hit.section)] or hits
    about = [hit for hit in discussed if _names_any(hit, metrics, known)]
    # the words of cause only help to find: no sentence has to hold all of them
    return evidence_choose(replace(request, expansions=()), about)


def explanation_request(
    question: Question,
    *,
    names: Sequence[str],
    metrics: Sequence[str],
    period: FiscalPeriod,
    known: Catalogue,
) -> SearchRequest:
    """A search of the company's reports of the period, else of all of them."""
    documents = documents_list(question.asker, "finance", knowledge_bases=question.knowledge_bases)
    own = [one for one in documents if one.metadata.get("company") in names]
    filters: dict[str, Any] = {"company": list(dict.fromkeys(one.metadata["company"] for one in own))}
    if years := _years(own, period):
        filters["fiscal_year"] = years
    language = question.language
    text = question.text
    left_out = [known.get(code).name(language) for code in metrics if not _names(text, code, known)]
    if left_out:  # a follow-up: "and why?"
        text = f"{text} {' '.join((*names[:1], *left_out, str(period.year)))}"
    return SearchRequest(
        text=text,
        knowledge_bases=question.knowledge_bases,
        vertical="finance",
        limit=SEARCH_LIMIT,
        filters=filters if filters["company"] else {},
        expansions=_EXPANSIONS.get(language, ()),
    )


def _years(documents: Sequence[DocumentInfo], period: FiscalPeriod) -> list[int]:
    there = {one.metadata.get("fiscal_year") for one in documents}
    return [year for year in (period.year,) if year in there]


def _names_any(hit: Hit, metrics: Sequence[str], known: Catalogue) -> bool:
    return any(_names(hit.text, code, known) for code in metrics)


def _names(text: str, code: str, known: Catalogue) -> bool:
    """Whether a text names a metric, in either language."""
    low = text.casefold()
    return any(name.casefold() in low for names in known.get(code).names.values() for name in names)
