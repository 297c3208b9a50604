"""The suite of notes: what it asks, and figures that can be worked out by hand."""

import pytest

from collegium.sdk.evaluation import SuiteProblem
from tests.evaluation_data import data_set
from tests.scripted_engine import Script, engine_running
from verticals.medical.tuning.suite import DIALOGUE_CHARS, dialogue_cut, notes_run, sections_asked

HEADER = "ID,section_header,section_text,dialogue\n"
DIALOGUE = '"Doctor: How old?\nPatient: Seventy six, and it hurts."'


@pytest.fixture
def held_out(tmp_path):
    (tmp_path / "MTS-Dialog-ValidationSet.csv").write_text(
        f"{HEADER}1,CC,The knee hurts.,{DIALOGUE}\n2,PLAN,Rest for 5 days.,{DIALOGUE}\n"
    )
    return tmp_path


def test_sections_are_scored_against_a_persons_and_their_numbers_against_the_dialogue(db, settings, held_out):
    with engine_running(Script(text="The knee of 76 hurts 9 times.")) as script:
        settings.ENGINE_URL, settings.EMBEDDED_ENGINE = script.url, False
        result = notes_run(held_out)
    assert [row["key"] for row in result.details] == ["mts_dialog/1/complaint", "mts_dialog/2/plan"]
    assert result.details[0]["rouge_l"] == pytest.approx(2 * 3 / (7 + 3))
    assert result.details[1]["token_f1"] == 0.0
    metrics = result.metrics
    assert metrics["rouge_l"] == pytest.approx(0.3) and metrics["rouge_l_low"] == 0.0
    assert (metrics["numbers"], metrics["numbers_supported"]) == (4, 0.5)
    asked = script.requests[0]["messages"]
    assert "Seventy six" in asked[1]["content"] and "Chief complaint" in asked[1]["content"]


def test_without_data_or_without_an_engine_the_suite_says_what_it_needs(db, settings, held_out, tmp_path):
    settings.ENGINE_URL, settings.EMBEDDED_ENGINE = "http://127.0.0.1:9", False
    for folder, message in (
        (None, "--data"),
        (tmp_path / "nothing", "holds neither"),
        (held_out, "manage.py up"),
    ):
        with pytest.raises(SuiteProblem, match=message):
            notes_run(folder)


def test_a_long_dialogue_is_cut_at_a_turn():
    turns = [f"Doctor: {'a' * 1000}" for _ in range(9)]
    cut = dialogue_cut("\n".join(turns))
    assert len(cut) <= DIALOGUE_CHARS and cut == "\n".join(turns[: cut.count("\n") + 1])
    assert dialogue_cut("b" * 9000) == "b" * 9000


def test_what_is_held_out_of_both_data_sets_is_asked_for():
    mts = list(sections_asked(data_set("mts_dialog")))
    assert len(mts) == 100
    aci = list(sections_asked(data_set("aci_bench")))
    assert len(aci) >= 30 and {one.section.key for one in aci} == {"complaint", "history"}
