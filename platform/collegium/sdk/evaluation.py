"""What suites of verticals stand on: documents read for a suite alone, and figures of page retrieval."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from collegium.accounts.asker import Asker
from collegium.sdk.retrieval import Hit, SearchRequest
from collegium.sdk.vertical import SuiteResult

PAGES_FOUND = 10
PAGES_FIRST = 5
Page = tuple[str, int | None]  # file stem, page from 1
PASSAGES_READ = 60  # several passages of one page count once, so more are read than pages are counted
HALVES: Mapping[str, float | None] = {"fused": None, "dense": 1.0, "lexical": 0.0}


class SuiteProblem(Exception):
    """A suite cannot run over this data; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class EvaluationBase:
    """A knowledge base of the evaluation's own workspace. `documents`: file stem -> id of its document."""

    asker: Asker
    knowledge_base: UUID
    documents: Mapping[str, UUID]
    page_count: int


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """A question, the pages that answer it as (file stem, page from 1), and filters for a narrower search."""

    text: str
    pages: frozenset[tuple[str, int]]
    filters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageScore:
    """What one search found of a question's pages among its first ten distinct ones."""

    recall: float
    first: int  # place of the first right page from 1, 0 where there is none
    taken_s: float
    recall_first: float = 0.0  # among the first five


def evaluation_base(
    *, suite: str, vertical: str, files: Sequence[Path]
) -> AbstractContextManager[EvaluationBase]:
    """Read the files by the way that uploads go; what an earlier run has read of them is used again."""
    from collegium.evaluation.corpus import evaluation_base as make

    return make(suite=suite, vertical=vertical, files=files)


def page_texts(base: EvaluationBase) -> dict[str, dict[int, str]]:
    """What was read of each document: file stem -> page -> text."""
    from collegium.evaluation.corpus import page_texts as read

    return read(base)


def answer_asked(base: EvaluationBase, vertical: str, question: str) -> dict[str, Any]:
    """Ask over the base as people do, and the answer as the API gives it."""
    from collegium.answers.selectors import answer_data
    from collegium.answers.services import ask

    answer = ask(
        asker=base.asker, vertical=vertical, question=question, knowledge_bases=(base.knowledge_base,)
    )
    return answer_data(base.asker, answer)


def model_said(system: str, user: str, *, max_tokens: int) -> str:
    """What the model that answers now writes, at temperature 0. SuiteProblem where none answers."""
    from collegium.evaluation.generation import model_said as ask

    return ask(system, user, max_tokens=max_tokens)


def search_half(asker: Asker, request: SearchRequest, half: str) -> list[Hit]:
    """Search as `dense`, `lexical` or `fused` would alone."""
    from collegium.knowledge.search import search

    return search(asker, request, weight=HALVES[half])


def page_recall(
    base: EvaluationBase,
    questions: Sequence[PageQuestion],
    *,
    filtered: bool = False,
    asked: Callable[[PageQuestion], Sequence[Page]] | None = None,
) -> SuiteResult:
    """Recall of pages for the fused search, and for each half alone.

    Metrics: recall@5 and recall@10 (share of a question's pages among the first five or ten found), hit@10
    (any of them), mrr@10, the same with `dense_` and `lexical_`, with `filtered_` where asked, and with
    `asked_` for the pages that a vertical's own way to an answer comes to (`asked`); `below_better_half`:
    by how many questions the fused search answers fewer than the better half.
    """
    if not questions:
        raise SuiteProblem("None of the questions has its document among the files.")
    names = {document: stem for stem, document in base.documents.items()}
    ways: dict[str, Callable[[PageQuestion], Sequence[Page]]] = {
        half: _search_of(base, half, names, filtered=False) for half in HALVES
    }
    if filtered:
        ways["filtered"] = _search_of(base, "fused", names, filtered=True)
    if asked is not None:
        ways["asked"] = asked
    scores = {way: [_score(one, find) for one in questions] for way, find in ways.items()}
    metrics: dict[str, float] = {}
    for way, found in scores.items():
        metrics |= _metrics("" if way == "fused" else f"{way}_", found)
    hits = {way: sum(score.first > 0 for score in found) for way, found in scores.items()}
    metrics["below_better_half"] = max(0, max(hits["dense"], hits["lexical"]) - hits["fused"])
    metrics |= {"questions": len(questions), "documents": len(base.documents), "pages": base.page_count}
    return SuiteResult(metrics=metrics, details=_details(questions, scores))


def _search_of(
    base: EvaluationBase, half: str, names: Mapping[UUID, str], *, filtered: bool
) -> Callable[[PageQuestion], Sequence[Page]]:
    def find(question: PageQuestion) -> Sequence[Page]:
        request = SearchRequest(
            text=question.text,
            knowledge_bases=(base.knowledge_base,),
            limit=PASSAGES_READ,
            filters=dict(question.filters) if filtered else {},
        )
        return [(names.get(hit.document, ""), hit.page) for hit in search_half(base.asker, request, half)]

    return find


def _score(question: PageQuestion, find: Callable[[PageQuestion], Sequence[Page]]) -> PageScore:
    start = time.perf_counter()
    found = find(question)
    taken_s = time.perf_counter() - start
    pages = pages_found(found, PAGES_FOUND)
    right = [place for place, page in enumerate(pages, 1) if page in question.pages]
    first = sum(place <= PAGES_FIRST for place in right)
    count = len(question.pages)
    return PageScore(len(right) / count, right[0] if right else 0, taken_s, first / count)


def pages_found(
    pages: Iterable[tuple[str, int | None]], limit: int = PAGES_FOUND
) -> list[tuple[str, int | None]]:
    """The first distinct pages, in order."""
    return list(dict.fromkeys(pages))[:limit]


def _metrics(prefix: str, scores: Sequence[PageScore]) -> dict[str, float]:
    return {
        f"{prefix}recall@5": round(statistics.fmean(score.recall_first for score in scores), 4),
        f"{prefix}recall@10": round(statistics.fmean(score.recall for score in scores), 4),
        f"{prefix}hit@10": round(statistics.fmean(score.first > 0 for score in scores), 4),
        f"{prefix}mrr@10": round(
            statistics.fmean(1 / score.first if score.first else 0.0 for score in scores), 4
        ),
        f"{prefix}p50_ms": round(statistics.median(score.taken_s for score in scores) * 1000, 1),
    }


def _details(
    questions: Sequence[PageQuestion], scores: Mapping[str, Sequence[PageScore]]
) -> list[dict[str, Any]]:
    return [
        {
            "question": question.text,
            "pages": sorted(question.pages),
            **{way: {"recall": found[n].recall, "first": found[n].first} for way, found in scores.items()},
        }
        for n, question in enumerate(questions)
    ]
