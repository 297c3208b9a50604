"""The suites read their data sets rightly: pages count from 1, and only documents at hand are asked about."""

import json
import uuid
from collections.abc import Mapping

import pytest

from collegium.accounts.asker import Asker
from collegium.sdk import evaluation
from collegium.sdk.evaluation import EvaluationBase, SuiteProblem
from verticals.finance.suites import SAMPLE_QUESTIONS, financebench_questions, finglm_questions, retrieval_run

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
