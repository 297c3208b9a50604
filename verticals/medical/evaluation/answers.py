"""The suite `medical.answers`: do answers rest on the right sources, and is nothing said without one?

With the data set pubmedqa every fifth question is asked over all abstracts; right is an answer that quotes
the question's own abstract. Without data the sample's questions are asked. Questions that no document answers
have to be refused, and each dose that an answer states has to stand in a quotation of it.
"""

import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collegium.sdk.evaluation import EvaluationBase, SuiteProblem, answer_asked, evaluation_base
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.medical.checks import doses_find
from verticals.medical.evaluation.abstracts import PUBMEDQA, AskedAbstracts, abstract_sets, abstracts_written
from verticals.medical.evaluation.sample import sample_files, sample_questions

SLUG = "medical"
EVERY = 5
UNANSWERED = (
    "Which turbine oil does the Harwick ferry need in winter?",
    "How many seats has the concert hall of Lindmere?",
    "Who won the chess tournament of Tarnbeck in 1987?",
    "What does a ticket for the night train to Orvale cost?",
    "Which fonts did the printer Aldous use for his atlas?",
    "澄湖音乐厅有多少个座位？",
    "夜班渡轮的票价是多少？",
    "谁设计了青石桥的栏杆？",
)
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」")


def answers_run(data: Path | None) -> SuiteResult:
    """Ask, and judge what is quoted, what is refused and what is stated."""
    if data is None:
        with evaluation_base(suite="medical.sample", vertical=SLUG, files=sample_files()) as base:
            return _judged(base, sample_questions())
    chosen = next((one for one in abstract_sets(data) if one.name == PUBMEDQA), None)
    if chosen is None:
        raise SuiteProblem(f"{data} does not hold the data set {PUBMEDQA}.")
    with tempfile.TemporaryDirectory() as folder:
        files = abstracts_written(chosen, Path(folder))
        with evaluation_base(suite=f"medical.{PUBMEDQA}", vertical=SLUG, files=files) as base:
            return _judged(base, chosen.questions[::EVERY])


def _judged(base: EvaluationBase, questions: Sequence[AskedAbstracts]) -> SuiteResult:
    names = {str(document): stem for stem, document in base.documents.items()}
    counts: Counter[str] = Counter()
    taken_s, details = [], []
    for one in questions:
        begin = time.perf_counter()
        data = answer_asked(base, SLUG, one.text)
        taken_s.append(time.perf_counter() - begin)
        cited = [names.get(row["document"], "") for row in data["citations"]]
        verdict = "refused" if data["refused"] else "right" if one.right & set(cited) else "wrong"
        counts.update((verdict, *_marks(data)))
        details.append({"question": one.text, "verdict": verdict, "cited": cited, "text": data["text"]})
    for text in UNANSWERED:
        data = answer_asked(base, SLUG, text)
        counts["unanswerable_refused"] += bool(data["refused"])
        verdict = "refused" if data["refused"] else "answered"
        details.append({"question": text, "verdict": verdict, "text": data["text"]})
    names_counted = ("right", "wrong", "refused", "differing", "unquoted_doses", "unanswerable_refused")
    metrics: dict[str, float] = {name: counts[name] for name in names_counted}
    metrics |= {
        "questions": len(questions),
        "unanswerable": len(UNANSWERED),
        "right_share": round(counts["right"] / len(questions), 4),
        "sources_shown": round(counts["sources_shown"] / max(1, counts["right"] + counts["wrong"]), 4),
        "p50_s": round(statistics.median(taken_s), 3),
        "p95_s": round(statistics.quantiles(taken_s, n=20)[-1], 3),
    }
    return SuiteResult(metrics=metrics, details=details)


def _marks(data: dict[str, Any]) -> list[str]:
    """What is to be counted of an answer beside its verdict."""
    kinds = [block["kind"] for block in data["blocks"]]
    marks = ["differing"] * ("difference" in kinds) + ["sources_shown"] * ("sources" in kinds)
    said = " ".join(block["text"] for block in data["blocks"] if block["kind"] in ("evidence", "rephrased"))
    quoted = "\n".join(one["quote"] for one in data["citations"])
    return marks + ["unquoted_doses"] * bool(doses_find(_QUOTED.sub(" ", said), quoted))


ANSWERS_SUITE = Suite(
    name="answers",
    description="Answers that quote the right source, refusals where nothing answers, doses unquoted.",
    run=answers_run,
    data_sets=(PUBMEDQA,),
)
