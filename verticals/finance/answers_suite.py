"""The suite of answers: questions asked by the whole way of an answer, and their figures judged.

With the data set finglm_zh: its questions on figures of the reports at hand, half of them set aside while
building. With financebench: its questions whose report is at hand, judged as evaluation/financebench.py says.
Without data: the sample's questions, of which is counted what is answered. In all, each number of an answer
has to be computed or to stand in a quotation that it cites.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from collegium.sdk.documents import documents_list
from collegium.sdk.evaluation import EvaluationBase, SuiteProblem, answer_asked, evaluation_base
from collegium.sdk.numbers import numbers_find
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.finance.answering.grounded import answer_ungrounded
from verticals.finance.evaluation.financebench import financebench_read, verdict
from verticals.finance.evaluation.finglm import CALCULATED, FACTS_ASKED
from verticals.finance.evaluation.finglm_data import FinglmQuestion, questions_read
from verticals.finance.suites import FINANCEBENCH_BASE, JICHUAN, SAMPLE_QUESTIONS, SAMPLES, SLUG, TARNBECK

COMPUTED = ("computed", "interpretation")


def answers_run(data: Path | None) -> SuiteResult:
    """Ask the questions and judge their answers: right, wrong, or no figure given."""
    if data is None:
        return _sample_run()
    runs = [
        run(folder)
        for name, needed, run in (
            ("finglm_zh", "qa.jsonl", _finglm),
            ("financebench", "questions.jsonl", _filings),
        )
        for folder in [next((one for one in (data, data / name) if (one / needed).exists()), None)]
        if folder is not None
    ]
    if not runs:
        raise SuiteProblem(
            f"{data} holds neither the data set finglm_zh (qa.jsonl) nor financebench (questions.jsonl)."
        )
    metrics = {name: value for run in runs for name, value in run.metrics.items()}
    return SuiteResult(metrics=metrics, details=[one for run in runs for one in run.details])


def _finglm(folder: Path) -> SuiteResult:
    files = sorted(one for one in (folder / "reports").iterdir() if one.suffix in (".pdf", ".html"))
    with evaluation_base(suite="finance.answers", vertical=SLUG, files=files) as base:
        return _judged(base, list(_of_reports(questions_read(folder), list(base.documents))))


def _filings(folder: Path) -> SuiteResult:
    """Questions over filings: right, wrong and not given, of those for figures and of those for text."""
    files = sorted((folder / "pdfs").glob("*.pdf"))
    counts: Counter[str] = Counter()
    details = []
    with evaluation_base(suite=FINANCEBENCH_BASE, vertical=SLUG, files=files) as base:
        names = {str(document): stem for stem, document in base.documents.items()}
        questions = list(financebench_read(folder, base.documents))
        if not questions:
            raise SuiteProblem("None of the questions is about a report among the files.")
        for one in questions:
            data = answer_asked(base, SLUG, one.text)
            judged = verdict(one, data, names)
            missing = answer_ungrounded(data, names=reports_named(base))
            counts.update((one.kind, f"{one.kind}_{judged}"))
            counts["ungrounded_numbers"] += len(missing)
            details.append(
                {"number": one.number, "question": one.text, "kind": one.kind, "verdict": judged}
                | {"right": one.right, "text": data["text"], "ungrounded": missing}
                | {"pages": sorted(f"{stem} {page}" for stem, page in one.pages)}
                | {"citations": [_citation(row, names) for row in data["citations"]]}
            )
    found: dict[str, float] = {"financebench_questions": float(len(questions))}
    found |= {f"financebench_{name}": float(count) for name, count in sorted(counts.items())}
    return SuiteResult(metrics=found, details=details)


def reports_named(base: EvaluationBase) -> list[str]:
    """What the companies of a base are called: a name may hold digits, as 3M does."""
    reports = documents_list(base.asker, SLUG, knowledge_bases=(base.knowledge_base,))
    return sorted({str(one.metadata["company"]) for one in reports if one.metadata.get("company")})


def _citation(row: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {"document": names.get(row["document"], ""), "page": row["page"], "quote": row["quote"]}


def _of_reports(questions: Sequence[FinglmQuestion], stems: Sequence[str]) -> Iterator[FinglmQuestion]:
    """The questions on figures of a company and year whose report is at hand."""
    there = {
        (stem.split("__")[1], int(year)) for stem in stems if (year := stem.split("__")[4][:4]).isdigit()
    }
    for one in questions:
        wanted = one.kind in (*FACTS_ASKED, CALCULATED) and one.answers and one.answerable
        if wanted and (one.company, one.year) in there:
            yield one


def _judged(base: EvaluationBase, questions: Sequence[FinglmQuestion]) -> SuiteResult:
    if not questions:
        raise SuiteProblem("None of the questions is about a report among the files.")
    counts: Counter[str] = Counter()
    details = []
    for one in questions:
        data = answer_asked(base, SLUG, one.text)
        kind = "calculations" if one.kind == CALCULATED else "basic_facts"
        half = "set_aside" if one.set_aside else "built_on"
        verdict = _verdict(data, one)
        counts.update((f"{kind}_{half}", f"{kind}_{half}_{verdict}", verdict))
        missing = answer_ungrounded(data, names=[one.company])
        counts["ungrounded_numbers"] += len(missing)
        details.append(
            {"question": one.text, "verdict": verdict, "text": data["text"], "ungrounded": missing}
            | {"right": [str(number) for number, _percent in one.answers]}
        )
    names = ("right", "wrong", "no_figure", "ungrounded_numbers")
    metrics: dict[str, float] = {"questions": len(questions)} | {name: counts[name] for name in names}
    metrics |= {name: count for name, count in sorted(counts.items()) if name not in names}
    return SuiteResult(metrics=metrics, details=details)


def _verdict(data: dict[str, Any], question: FinglmQuestion) -> str:
    """`right` where every number asked for is among the computed ones, at the set's precision."""
    if not data["computations"]:
        return "no_figure"
    text = "\n".join(block["text"] for block in data["blocks"] if block["kind"] in COMPUTED)
    shown = [number.value for number in numbers_find(text)]
    values = [Decimal(row["value"]) for row in data["computations"]] + shown
    return "right" if all(_given(right, percent, values) for right, percent in question.answers) else "wrong"


def _given(right: Decimal, percent: bool, values: Sequence[Decimal]) -> bool:
    exponent = right.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Decimal(5).scaleb(min(0, exponent) - 1)
    scale = 100 if percent else 1
    return any(abs(value * scale - right) <= half for value in values)


def _sample_run() -> SuiteResult:
    files = [SAMPLES / f"{stem}.pdf" for stem in (TARNBECK, JICHUAN)]
    counts: Counter[str] = Counter()
    details = []
    with evaluation_base(suite="finance.sample", vertical=SLUG, files=files) as base:
        for text, _stem, _page in SAMPLE_QUESTIONS:
            data = answer_asked(base, SLUG, text)
            missing = answer_ungrounded(data)
            counts["refused" if data["refused"] else "answered"] += 1
            counts["computed"] += bool(data["computations"])
            counts["ungrounded_numbers"] += len(missing)
            details.append({"question": text, "text": data["text"], "ungrounded": missing})
    names = ("answered", "refused", "computed", "ungrounded_numbers")
    found = {name: float(counts[name]) for name in names}
    return SuiteResult(metrics={"questions": float(len(SAMPLE_QUESTIONS))} | found, details=details)


ANSWERS_SUITE = Suite(
    name="answers",
    description="Answers to questions on figures: right, wrong, not given; numbers without a ground.",
    run=answers_run,
    data_sets=("finglm_zh", "financebench"),
)
