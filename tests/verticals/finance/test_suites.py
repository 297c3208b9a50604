"""The suites read their data sets rightly: pages count from 1, and only documents at hand are asked about."""

import json
import shutil
import uuid
from collections.abc import Mapping

import pytest

from collegium.accounts.asker import Asker
from collegium.sdk import evaluation
from collegium.sdk.evaluation import EvaluationBase, SuiteProblem
from tests.collegium.knowledge.search_corpus import encoder_use
from tests.evaluation_data import data_set
from verticals.finance.answers_suite import answers_run
from verticals.finance.facts.suite import xbrl_run
from verticals.finance.suites import (
    SAMPLE_QUESTIONS,
    SAMPLES,
    financebench_questions,
    finglm_questions,
    retrieval_run,
)

REPORT = "2020-04-16__某某股份有限公司__600000__某某__2019年__年度报告"


def base_of(*stems: str) -> EvaluationBase:
    documents: Mapping[str, uuid.UUID] = {stem: uuid.uuid4() for stem in stems}
    return EvaluationBase(Asker(uuid.uuid4()), uuid.uuid4(), documents, 10)


def test_financebench_pages_count_from_one_and_need_their_document(tmp_path):
    rows = [
        {"question": "At hand?", "evidence": [{"doc_name": "A", "evidence_page_num": 0}]},
        {"question": "Absent?", "evidence": [{"doc_name": "B", "evidence_page_num": 3}]},
    ]
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (question,) = financebench_questions(tmp_path, base_of("A"))
    assert question.text == "At hand?" and question.pages == {("A", 1)}


def test_a_figure_of_a_chinese_report_is_asked_for_where_pages_state_it(tmp_path, monkeypatch):
    (tmp_path / "structured").mkdir()
    (tmp_path / "structured" / "income.csv").write_text(
        "报告年份,股票简称,营业收入,净利润,每股收益\n2019,某某,1234567.5,99999,0.31\n2019,别家,1,2,3\n",
        encoding="utf-8",
    )
    pages = {1: "目录", 2: "营业收入 1,234,567.50 元", 3: "合计 1,234,567.50"}
    monkeypatch.setattr(evaluation, "page_texts", lambda base: {REPORT: pages})
    (question,) = finglm_questions(tmp_path, base_of(REPORT))
    assert question.text == "某某2019年的营业收入是多少元?"
    assert question.pages == {(REPORT, 2), (REPORT, 3)}


def test_a_folder_without_the_data_set_is_refused(tmp_path):
    with pytest.raises(SuiteProblem, match="financebench"):
        retrieval_run(tmp_path)


def test_the_sample_questions_ask_in_both_languages():
    assert {stem for _text, stem, _page in SAMPLE_QUESTIONS} == {
        "tarnbeck-annual-report-2024",
        "jichuan-annual-report-2023",
    }


def test_the_suite_of_facts_needs_real_filings(tmp_path):
    for data in (None, tmp_path):
        with pytest.raises(SuiteProblem, match="sec_xbrl"):
            xbrl_run(data)


@pytest.mark.django_db(transaction=True)
def test_the_answers_to_the_sample_hold_no_number_that_is_not_computed_or_quoted(monkeypatch):
    encoder_use(monkeypatch)
    result = answers_run(None)
    assert result.metrics["questions"] == len(SAMPLE_QUESTIONS) == len(result.details)
    assert result.metrics["answered"] >= 8 and result.metrics["ungrounded_numbers"] == 0, result.details


def test_the_suite_of_answers_needs_its_questions(tmp_path):
    with pytest.raises(SuiteProblem, match=r"finglm_zh .* financebench"):
        answers_run(tmp_path)


def financebench_of_the_sample(folder):
    """The sample's report with three questions in the form of the data set."""
    stem = "tarnbeck-annual-report-2024"
    (folder / "pdfs").mkdir()
    shutil.copy(SAMPLES / f"{stem}.pdf", folder / "pdfs")
    rows = [
        ("What was the revenue of Tarnbeck Instruments in FY2024? Answer in USD millions.", "$482.60", 5),
        ("What was the revenue of Tarnbeck Instruments in FY2024?", "$1.00", 5),
        ("What would happen if the supplier of optical glass failed?", "Deliveries would stop.", 7),
    ]
    (folder / "questions.jsonl").write_text(
        "\n".join(
            json.dumps(
                {"question": text, "answer": right, "question_type": "metrics-generated"}
                | {"evidence": [{"doc_name": stem, "evidence_page_num": page - 1}]}
            )
            for text, right, page in rows
        )
    )


@pytest.mark.django_db(transaction=True)
def test_answers_over_filings_are_judged_and_their_pages_counted_on_the_whole_way(tmp_path, monkeypatch):
    encoder_use(monkeypatch)
    financebench_of_the_sample(tmp_path)
    result = answers_run(tmp_path)
    assert [one["verdict"] for one in result.details[:2]] == ["right", "wrong"], result.details
    assert result.details[2]["kind"] == "text" and result.details[2]["citations"]
    metrics = result.metrics
    assert (metrics["financebench_figures"], metrics["financebench_figures_right"]) == (2, 1)
    assert metrics["financebench_questions"] == 3 and metrics["financebench_ungrounded_numbers"] == 0
    found = retrieval_run(tmp_path).metrics
    assert found["asked_recall@5"] == found["asked_recall@10"] == 1.0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_suite_of_facts_finds_every_figure_and_sees_one_that_is_wrong(tmp_path, monkeypatch):
    data = data_set("sec_xbrl")
    for folder in ("filings/aeon-10q-2023Q3", "filings/nflx-10q-2010Q3"):
        shutil.copytree(data / folder, tmp_path / folder)
    (tmp_path / "inline_html").mkdir()
    shutil.copy(data / "inline_html" / "unp-10-q-2025-07-24.htm", tmp_path / "inline_html")
    encoder_use(monkeypatch)
    metrics = xbrl_run(tmp_path).metrics
    assert (metrics["numeric_facts"], metrics["equal_to_instance"]) == (1002, 1.0)
    assert (metrics["key_figures"], metrics["key_figures_reproduced"]) == (111, 1.0)
    assert (metrics["inline_files"], metrics["inline_facts"]) == (1, 794)
    listed = tmp_path / "filings" / "nflx-10q-2010Q3" / "key_facts.csv"
    listed.write_text(listed.read_text().replace("770283000", "770283001"))
    result = xbrl_run(tmp_path)
    assert result.metrics["key_figures_reproduced"] == 110 / 111
    assert [one["missing"] for one in result.details if one.get("missing")] == [
        ["us-gaap:Assets None 2010-09-30 USD 770283001 -3"]
    ]
