"""The suite of wording: what it asks of the public sets, and scores by hand-worked answers."""

import json

import pytest

from collegium.sdk.evaluation import SuiteProblem
from tests.evaluation_data import data_set
from tests.scripted_engine import Script, engine_running
from verticals.finance.tuning.suite import wording_asked, wording_run, wording_scores
from verticals.finance.tuning.wording_sets import FILES, TATQA, WordingAsked, convfinqa_asked, tatqa_asked


def question(uid: str, **more):
    return {
        "uid": uid, "question": "What was the change in sales?", "answer": "115", "derivation": "828-713",
        "answer_type": "arithmetic", "answer_from": "table", "rel_paragraphs": [], "scale": "million", **more,
    }  # fmt: skip


@pytest.fixture
def held_out(tmp_path):
    contexts = [
        {"table": {"uid": f"t{number}", "table": [["", "2019"], ["", "m"], ["Sales", "828"], ["Cost", "5"]]},
         "paragraphs": [], "questions": [question(f"q{number}")]}
        for number in range(8)
    ]  # fmt: skip
    (tmp_path / FILES[TATQA]).write_text(json.dumps(contexts))
    return tmp_path


def test_an_answer_is_scored_by_its_numbers_and_its_words():
    one = WordingAsked(
        "k",
        TATQA,
        "What was it?",
        ("Sales | 828 | 713", "Computed: 828-713 = 115 million"),
        "115 million",
        True,
    )
    right = wording_scores("115 million", one)
    assert right == {"token_f1": 1.0, "numbers_kept": 1.0, "numbers": 1, "supported": 1}
    told = wording_scores("Sales rose by 115 million.", one)
    assert told["numbers_kept"] == 1.0 and told["token_f1"] == pytest.approx(2 * 2 / 7)
    wrong = wording_scores("It was 116 million.", one)
    assert (wrong["numbers_kept"], wrong["supported"]) == (0.0, 0)


def test_the_served_model_is_asked_for_what_is_held_out(db, settings, held_out):
    with engine_running(Script(text="115 million")) as script:
        settings.ENGINE_URL, settings.EMBEDDED_ENGINE = script.url, False
        result = wording_run(held_out)
    assert 0 < len(script.requests) < 8 and result.metrics["answers"] == len(script.requests)
    assert result.metrics["numbers_kept"] == result.metrics["token_f1_low"] == 1.0
    asked = script.requests[0]["messages"][1]["content"]
    assert "Sales | 828" in asked and "Cost" not in asked and "Computed: 828-713 = 115 million" in asked


def test_without_data_or_with_another_form_the_suite_says_what_it_needs(db, tmp_path):
    for folder, message in ((None, "--data"), (tmp_path, "holds neither")):
        with pytest.raises(SuiteProblem, match=message):
            wording_run(folder)
    (tmp_path / FILES[TATQA]).write_text('[{"table": {}}]')
    with pytest.raises(SuiteProblem, match="not of the form of tatqa"):
        wording_asked(tmp_path)


def test_the_data_sets_are_read_whole_and_answers_stand_in_what_is_given():
    tatqa = list(tatqa_asked(data_set("tatqa")))
    assert len(tatqa) == 1668 and 700 < sum(one.held_out for one in tatqa) < 950
    held = sum(
        all(part.strip() in " ".join(one.quotes) for part in one.answer.split(";")[:1]) for one in tatqa
    )
    assert held > 0.6 * len(tatqa)
    assert len(list(convfinqa_asked(data_set("convfinqa")))) > 190
