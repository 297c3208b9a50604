"""The suite `medical.retrieval`: are the abstracts found that answer a question, by each way of searching?

Ways: `dense`, `lexical`, `fused`, and `expanded`, which is the fused search with the words that the vertical
adds for the concepts of a question. Without data the questions of the sample are asked over its documents.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from collegium.sdk.answering import Question
from collegium.sdk.evaluation import PASSAGES_READ, EvaluationBase, evaluation_base, search_half
from collegium.sdk.language import language_of
from collegium.sdk.retrieval import SearchRequest
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.medical.evaluation.abstracts import (
    DATA_SETS,
    AbstractSet,
    AskedAbstracts,
    abstract_sets,
    abstracts_written,
)
from verticals.medical.evaluation.ranking import DEPTH, ndcg, recall
from verticals.medical.evaluation.sample import SAMPLE, sample_files, sample_questions

SLUG = "medical"
WAYS = ("dense", "lexical", "fused", "expanded")
Found = Sequence[str]  # documents by file stem, the best first


def retrieval_run(data: Path | None) -> SuiteResult:
    """Search for the answers of each set's questions in its abstracts, by all ways."""
    if data is None:
        with evaluation_base(suite="medical.sample", vertical=SLUG, files=sample_files()) as base:
            return _measured(base, SAMPLE, sample_questions())
    results = [_set_run(one) for one in abstract_sets(data)]
    metrics = {name: value for result in results for name, value in result.metrics.items()}
    return SuiteResult(metrics=metrics, details=[one for result in results for one in result.details])


def _set_run(chosen: AbstractSet) -> SuiteResult:
    with tempfile.TemporaryDirectory() as folder:
        files = abstracts_written(chosen, Path(folder))
        with evaluation_base(suite=f"medical.{chosen.name}", vertical=SLUG, files=files) as base:
            return _measured(base, chosen.name, chosen.questions)


def _measured(base: EvaluationBase, name: str, questions: Sequence[AskedAbstracts]) -> SuiteResult:
    names = {document: stem for stem, document in base.documents.items()}
    found: dict[str, list[Found]] = {}
    metrics: dict[str, float] = {}
    for way in WAYS:
        begin = time.perf_counter()
        found[way] = [_search(base, way, one.text, names) for one in questions]
        taken_s = time.perf_counter() - begin
        metrics |= _figures(f"{name}.{way}_", found[way], questions)
        metrics[f"{name}.{way}_mean_ms"] = round(1000 * taken_s / len(questions), 1)
    hits = {way: _hits(found[way], questions) for way in WAYS}
    metrics |= _figures(f"{name}.", found["expanded"], questions)
    metrics |= {
        f"{name}.fused_below_better_half": max(0, max(hits["dense"], hits["lexical"]) - hits["fused"]),
        f"{name}.expanded_below_fused": max(0, hits["fused"] - hits["expanded"]),
        f"{name}.questions": len(questions),
        f"{name}.documents": len(base.documents),
    }
    return SuiteResult(metrics=metrics, details=_details(name, questions, found))


def _search(base: EvaluationBase, way: str, text: str, names: Mapping[UUID, str]) -> Found:
    request = SearchRequest(text=text, knowledge_bases=(base.knowledge_base,), limit=PASSAGES_READ)
    half = way
    if way == "expanded":
        from verticals.medical.vertical import Medical

        asked = Question(text, language_of(text), base.asker, (base.knowledge_base,))
        meant = Medical().understand(asked).search
        weighted = {"expansions": meant.expansions, "expansion_weight": meant.expansion_weight}
        request = replace(request, **weighted)
        half = "fused"
    hits = search_half(base.asker, request, half)
    return list(dict.fromkeys(names.get(hit.document, "") for hit in hits))


def _figures(prefix: str, found: Sequence[Found], questions: Sequence[AskedAbstracts]) -> dict[str, float]:
    def mean(measure: Callable[[Sequence[str], frozenset[str]], float]) -> float:
        return round(
            statistics.fmean(measure(some, one.right) for some, one in zip(found, questions, strict=True)), 4
        )

    return {f"{prefix}ndcg_at_10": mean(ndcg), f"{prefix}recall_at_10": mean(recall)}


def _hits(found: Sequence[Found], questions: Sequence[AskedAbstracts]) -> int:
    """The questions of which at least one right document is among the first ten."""
    return sum(bool(one.right & set(some[:DEPTH])) for some, one in zip(found, questions, strict=True))


def _details(
    name: str, questions: Sequence[AskedAbstracts], found: Mapping[str, Sequence[Found]]
) -> list[dict[str, Any]]:
    return [
        {"set": name, "question": one.text, "right": sorted(one.right)}
        | {way: round(ndcg(found[way][number], one.right), 4) for way in WAYS}
        for number, one in enumerate(questions)
    ]


RETRIEVAL_SUITE = Suite(
    name="retrieval",
    description="nDCG and recall at ten over abstracts: dense, lexical, fused, and fused with expansion.",
    run=retrieval_run,
    data_sets=DATA_SETS,
)
