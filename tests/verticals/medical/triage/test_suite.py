"""The suite counts misses and false alarms, with exact bounds, and tells nothing of the untouched half."""

import pytest

from collegium.sdk.evaluation import SuiteProblem
from tests.evaluation_data import data_set
from verticals.medical.triage.cases import Case, cases_read
from verticals.medical.triage.interval import interval, lower_bound
from verticals.medical.triage.suite import Outcome, figures, outcome_of, triage_run, vignettes_read
from verticals.medical.vertical import Medical


def test_bounds_are_those_of_clopper_and_pearson():
    assert lower_bound(631, 631) == pytest.approx(0.05 ** (1 / 631), abs=1e-9)
    assert lower_bound(15, 15) == pytest.approx(0.819, abs=1e-3)
    low, high = interval(7, 20)  # the worked example of tables: 0.1539 to 0.5922
    assert (low, high) == (pytest.approx(0.1539, abs=1e-4), pytest.approx(0.5922, abs=1e-4))
    assert interval(0, 10)[0] == 0.0


def test_a_miss_and_a_false_alarm_are_counted():
    def case(emergency: bool) -> Case:
        return Case("x", "t", emergency, "airway", "plain", "en", "tuned")

    told = figures([Outcome(case(True), True, True), Outcome(case(True), False, False),
                    Outcome(case(False), True, True), Outcome(case(False), False, False)])  # fmt: skip
    assert told["sensitivity"] == 0.5 and told["false_alarm_rate"] == 0.5


def test_figures_are_told_whole_by_language_and_by_category_and_no_unseen_text_is(monkeypatch):
    def told(half: str) -> list[Case]:
        return [
            Case(f"{half}1", "he is not breathing and has no pulse", True, "airway", "plain", "en", half),
            Case(f"{half}2", "a corn on my toe", True, "eye", "plain", "en", half),
            Case(f"{half}3", "想问问体检挂哪个科", False, "eye", "plain", "zh", half),
        ]

    monkeypatch.setattr("verticals.medical.triage.suite.cases_read", told)
    result = triage_run(None)
    assert result.metrics["sensitivity"] == 0.5 and result.metrics["false_alarm_rate"] == 0
    assert result.metrics["airway.sensitivity"] == 1 and result.metrics["eye.sensitivity"] == 0
    assert result.metrics["zh.false_alarm_rate"] == 0 and "zh.sensitivity" not in result.metrics
    texts = [one["text"] for one in result.details if "text" in one]
    assert texts == ["a corn on my toe"] and all(
        one["half"] != "unseen" for one in result.details if "text" in one
    )


def test_few_emergencies_are_missed_among_the_tuned_cases_and_few_alarms_are_false():
    told = figures([outcome_of(one) for one in cases_read("tuned")])
    assert told["sensitivity"] >= 0.99 and told["false_alarm_rate"] <= 0.1, told


def test_the_goals_hold_for_texts_that_rules_and_model_were_not_made_from():
    told = figures([outcome_of(one) for one in cases_read("unseen")])
    assert told["emergencies"] >= 750 and told["others"] >= 750
    assert told["sensitivity_lower_bound"] >= 0.992 and told["false_alarm_rate"] <= 0.1, told


def test_no_emergency_of_the_vignettes_is_missed():
    cases = [one for one in vignettes_read(data_set("triage_vignettes").parent) if one.emergency]
    assert len(cases) == 8 and all(outcome_of(one).emergency for one in cases)


def test_the_vertical_registers_the_suite_and_a_folder_without_vignettes_is_refused(tmp_path):
    (suite,) = [one for one in Medical.suites if one.name == "triage"]
    assert suite.run is triage_run and suite.data_sets == ("triage_vignettes",)
    with pytest.raises(SuiteProblem, match="triage_vignettes"):
        triage_run(tmp_path)
