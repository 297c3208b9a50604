"""Evaluation suites: are the pages found that answer questions about company reports?"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collegium.sdk.answering import Question
from collegium.sdk.evaluation import (
    PASSAGES_READ,
    EvaluationBase,
    Page,
    PageQuestion,
    SuiteProblem,
    answer_asked,
    evaluation_base,
    page_recall,
)
from collegium.sdk.retrieval import search
from collegium.sdk.vertical import Suite, SuiteResult

SAMPLES = Path(__file__).parent / "samples"
SLUG = "finance"
FINANCEBENCH_BASE = "finance.retrieval"  # one base for the suites that ask over these reports
TARNBECK = "tarnbeck-annual-report-2024"
JICHUAN = "jichuan-annual-report-2023"
SAMPLE_QUESTIONS = (
    ("Why did the gross margin of Tarnbeck Instruments increase in 2024?", TARNBECK, 4),
    ("How much revenue did the Laboratory segment make?", TARNBECK, 3),
    ("What was the profit for the year before tax?", TARNBECK, 5),
    ("How much free cash flow was generated?", TARNBECK, 6),
    ("What would happen if the supplier of optical glass failed?", TARNBECK, 7),
    ("Which operations did the chief executive move into their own factory?", TARNBECK, 2),
    ("霁川仪器2023年毛利率提高的原因是什么？", JICHUAN, 3),
    ("霁川仪器2023年的营业收入是多少？", JICHUAN, 2),
    ("石英玻璃供应中断有什么风险？", JICHUAN, 4),
    ("公司2023年拟派发多少现金红利？", JICHUAN, 4),
)
PAGES_AT_MOST = 8  # a figure on more pages than these says nothing about finding the right one
ABOUT_THE_ROW = {"报告年份", "信息来源", "股票代码", "股票简称", "年份", "证券代码", "证券简称"}


def retrieval_run(data: Path | None) -> SuiteResult:
    """Pages of FinanceBench's reports, all in one knowledge base; without data, of the sample."""
    if data is None:
        return _sample_run()
    folder = _folder(data, "financebench", "questions.jsonl")
    files = sorted((folder / "pdfs").glob("*.pdf"))
    with evaluation_base(suite=FINANCEBENCH_BASE, vertical=SLUG, files=files) as base:
        questions = [_narrowed(one, base) for one in financebench_questions(folder, base)]
        return page_recall(base, questions, filtered=True, asked=lambda one: pages_asked(base, one))


def retrieval_zh_run(data: Path | None) -> SuiteResult:
    """Pages of a Chinese annual report that state the figures which questions ask for."""
    if data is None:
        return _sample_run(only=JICHUAN)
    folder = _folder(data, "finglm_zh", "structured")
    files = sorted((folder / "reports").glob("*.pdf"))
    with evaluation_base(suite="finance.retrieval_zh", vertical=SLUG, files=files) as base:
        return page_recall(base, list(finglm_questions(folder, base)))


SUITES = (
    Suite(
        name="retrieval",
        description="Share of the answering pages among the first ten found, over English reports.",
        run=retrieval_run,
        data_sets=("financebench",),
    ),
    Suite(
        name="retrieval_zh",
        description="The same over Chinese annual reports.",
        run=retrieval_zh_run,
        data_sets=("finglm_zh",),
    ),
)


def _folder(data: Path, name: str, needed: str) -> Path:
    for folder in (data, data / name):
        if (folder / needed).exists():
            return folder
    raise SuiteProblem(f"{data} does not hold the data set {name}: there is no {needed} in it.")


def _sample_run(only: str = "") -> SuiteResult:
    files = [SAMPLES / f"{stem}.pdf" for stem in (TARNBECK, JICHUAN)]
    questions = [
        PageQuestion(text, frozenset({(stem, page)}))
        for text, stem, page in SAMPLE_QUESTIONS
        if only in ("", stem)
    ]
    with evaluation_base(suite="finance.sample", vertical=SLUG, files=files) as base:
        return page_recall(base, questions)


def financebench_questions(folder: Path, base: EvaluationBase) -> Iterator[PageQuestion]:
    """Questions whose evidence lies in a document at hand. The set counts pages from 0."""
    with (folder / "questions.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            pages = {(one["doc_name"], int(one["evidence_page_num"]) + 1) for one in row["evidence"]}
            if pages and {stem for stem, _page in pages} <= base.documents.keys():
                yield PageQuestion(row["question"], frozenset(pages))


def _narrowed(question: PageQuestion, base: EvaluationBase) -> PageQuestion:
    """The question with the filters that the vertical recognises in it."""
    from verticals.finance.understand import report_query
    from verticals.finance.vertical import Finance

    asked = Question(question.text, "en", base.asker, (base.knowledge_base,))
    filters: dict[str, Any] = report_query(Finance(), asked).search.filters
    return PageQuestion(question.text, question.pages, filters)


def pages_asked(base: EvaluationBase, question: PageQuestion) -> list[Page]:
    """The pages that a question comes to on its whole way to an answer: those that the answer cites for its
    figures, then those that its search for text finds.
    """
    from verticals.finance.answering.asked import text_searched
    from verticals.finance.vertical import Finance

    names = {str(document): stem for stem, document in base.documents.items()}
    answer = answer_asked(base, SLUG, question.text)
    cited: list[Page] = []
    if answer["computations"]:
        cited = [(names.get(one["document"], ""), one["page"]) for one in answer["citations"]]
    asked = Question(question.text, "en", base.asker, (base.knowledge_base,))
    hits = text_searched(Finance(), asked, lambda request: search(base.asker, request), limit=PASSAGES_READ)
    return cited + [(names.get(str(hit.document), ""), hit.page) for hit in hits]


def finglm_questions(folder: Path, base: EvaluationBase) -> Iterator[PageQuestion]:
    """A question per figure of a report's statements; right are the pages of the report that state it."""
    from collegium.sdk.evaluation import page_texts

    texts = page_texts(base)
    for table in sorted((folder / "structured").glob("*.csv")):
        with table.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                company, year = row.get("股票简称", ""), row.get("报告年份", "")
                stems = [stem for stem in base.documents if f"__{company}__{year}年__" in stem]
                if company and stems:
                    yield from _figure_questions(company, year, row, stems[0], texts[stems[0]])


def _figure_questions(
    company: str, year: str, row: dict[str, str], stem: str, pages: dict[int, str]
) -> Iterator[PageQuestion]:
    for name, value in row.items():
        if name in ABOUT_THE_ROW or not _amount(value):
            continue
        written = f"{abs(float(value)):,.2f}"
        right = {(stem, page) for page, text in pages.items() if written in text}
        if 1 <= len(right) <= PAGES_AT_MOST:
            yield PageQuestion(f"{company}{year}年的{name}是多少元?", frozenset(right))


def _amount(value: str) -> bool:
    try:
        return abs(float(value)) >= 10
    except ValueError:
        return False
