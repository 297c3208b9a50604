"""Rankings are judged as the field does, and data sets are read or refused by name."""

import json
import math

import pytest

from collegium.sdk.evaluation import SuiteProblem
from tests.evaluation_data import data_set
from verticals.medical.evaluation.abstracts import abstract_sets, abstracts_written
from verticals.medical.evaluation.ranking import ndcg, recall
from verticals.medical.vertical import Medical


def test_a_worked_example_of_ndcg_and_recall():
    found, right = ["a", "x", "b"], {"a", "b", "c"}
    best = 1 + 1 / math.log2(3) + 1 / 2
    assert ndcg(found, right) == pytest.approx((1 + 1 / 2) / best)
    assert recall(found, right) == pytest.approx(2 / 3)
    assert ndcg([], right) == 0 and ndcg(["x"] * 10 + ["a"], right) == 0 and ndcg(found, set()) == 0


def test_a_folder_without_a_set_is_refused(tmp_path):
    with pytest.raises(SuiteProblem, match="neither the data set bioasq"):
        list(abstract_sets(tmp_path))


def test_a_set_is_read_and_written_as_a_document_each(tmp_path):
    rows = {"7": {"QUESTION": "Why?", "CONTEXTS": ["One.", "Two."]}}
    (tmp_path / "ori_pqal_share.json").write_text(json.dumps(rows))
    (one,) = abstract_sets(tmp_path)
    (path,) = abstracts_written(one, tmp_path)
    assert path.name == "7.txt" and path.read_text() == "One.\n\nTwo.\n"
    assert one.questions[0].right == {"7"}


def test_the_sets_hold_what_is_known_of_them():
    (bioasq,) = abstract_sets(data_set("bioasq"))
    assert len(bioasq.abstracts) == 4608 and len(bioasq.questions) == 655
    assert sum(len(one.right) for one in bioasq.questions) == 4774


def test_the_vertical_registers_the_suites():
    assert {"retrieval", "answers", "tagging"} <= {one.name for one in Medical.suites}
