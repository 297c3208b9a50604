"""The recipe `wording`: examples of facts and of text, of what the asker may see."""

import re

import pytest

from collegium.sdk.numbers import numbers_find
from collegium.sdk.tuning import Export
from engine.train.data import prepare as preparing
from engine.train.data.options import DataOptions
from tests.verticals.finance.answering.test_answer import filing
from tests.verticals.medical.tuning.documents import base_made, document_made, examples_written
from verticals.finance.tuning.fact_examples import facts_export
from verticals.finance.tuning.passage_examples import metrics_named, passages_export, restated
from verticals.finance.tuning.recipes import WORDING

pytestmark = pytest.mark.django_db
PASSAGE = (
    "However, gross margin increased in 2024, driven mainly by the higher share of laboratory products.\n"
    "Revenue | 1,000 | 800\nThe net income of the group was 120 million in 2024 and is expected to stay there."
)


def test_figures_are_asked_for_and_told_by_sentences_of_computed_answers(ingest, editor_asker, finance_base):
    version = ingest(filing())
    examples = list(facts_export(Export(editor_asker, (finance_base.pk,))))
    assert {one.source for one in examples} == {str(version.document_id)}
    asked = {one.messages[1].content.rsplit("Question: ")[-1]: one for one in examples}
    value = asked["What was Tarnbeck Instruments plc's gross margin in 2024?"]
    assert "40.00%" in value.messages[2].content and any("40.00%" in fact for fact in value.evidence)
    moved = asked["How did Tarnbeck Instruments plc's revenue change in 2024?"]
    assert "25.00%" in moved.messages[2].content
    refused = [one for one in examples if one.refusal]
    assert refused and all(not one.evidence for one in refused)


def test_every_number_of_an_answer_stands_in_what_was_given(ingest, editor_asker, finance_base):
    ingest(filing())
    for one in facts_export(Export(editor_asker, (finance_base.pk,))):
        given = {number.written for number in numbers_find(one.messages[1].content)}
        figures = re.sub(r"FY\d{4}|\b20\d\d\b", "", one.messages[2].content)
        assert {number.written for number in numbers_find(figures)} <= given


def test_passages_are_asked_about_by_the_figures_that_they_name(workspace, editor_asker):
    base = base_made(workspace, "finance")
    document = document_made(base, PASSAGE, language="en")
    examples = list(passages_export(Export(editor_asker, (base.pk,))))
    said = [one.messages[2].content for one in examples]
    assert "Gross margin increased in 2024, driven mainly by the higher share of laboratory products." in said
    assert any("Why did the gross margin change?" in one.messages[1].content for one in examples)
    assert {one.source for one in examples} == {document} and all(one.evidence for one in examples)
    assert not any("1,000" in one for one in said)


def test_an_outsider_gets_nothing_and_a_closed_report_stays_closed(
    workspace, ingest, editor_asker, outsider_asker, finance_base
):
    version = ingest(filing())
    document_made(finance_base, PASSAGE, language="en", access="restricted")
    examples = list(WORDING.export(Export(editor_asker, (finance_base.pk,))))
    assert {one.source for one in examples} == {str(version.document_id)}
    assert list(WORDING.export(Export(editor_asker, (finance_base.pk,)))) == examples
    assert list(WORDING.export(Export(outsider_asker, (finance_base.pk,)))) == []


@pytest.mark.parametrize("text", [" ", "年" * 500, "1 | 2 | 3\n4 | 5 | 6", "a" * 5000, "revenue."])
def test_odd_reports_give_no_examples(workspace, editor_asker, text):
    base = base_made(workspace, "finance")
    document_made(base, text, language="")
    document_made(base)
    assert list(WORDING.export(Export(editor_asker, (base.pk,)))) == []


def test_the_training_takes_the_examples_and_makes_refusals_of_them(workspace, editor_asker, tmp_path):
    base = base_made(workspace, "finance")
    for number in range(8):
        text = f"Revenue rose to {400 + number} million in {2010 + number} because more laboratories of region {number} ordered."
        document_made(base, text, language="en")
    path = examples_written(WORDING.export(Export(editor_asker, (base.pk,))), tmp_path / "examples.jsonl")
    options = DataOptions(
        **{**WORDING.data, "near_duplicates": 0.0, "held_out_share": 0.0, "refusal_share": 0.2}
    )
    prepared = preparing.prepare(path, options, held_out=None, private=False, seed=1)
    assert prepared.card.train.examples == 10 and prepared.card.train.refusals == 2


def test_chinese_and_english_names_of_figures_are_found():
    assert metrics_named("公司毛利率较上年提高。") == ["毛利率"]
    assert restated("此外，营业收入增长。") == "营业收入增长。"
