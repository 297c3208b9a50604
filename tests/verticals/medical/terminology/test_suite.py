"""The suite counts what is loaded against the files, and tells where they differ."""

import pytest

from collegium.sdk.evaluation import SuiteProblem
from tests.evaluation_data import data_set
from verticals.medical import models
from verticals.medical.terminology import suite
from verticals.medical.terminology.icd10cm import chinese_names, codes
from verticals.medical.vertical import Medical

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_vocabulary(monkeypatch):
    """Whole loads of ICD-10-CM are tested by themselves; it is left out here."""
    monkeypatch.setattr(suite, "_open_vocabulary", lambda: [])


def test_releases_are_counted_like_their_files_and_left_nowhere(open_vocabulary):
    result = suite.terminology_run(data_set("snomed_rf2_dummy"))
    assert result.metrics["mismatches"] == 0.0
    assert result.metrics["lite_strict.refused"] == 1.0
    assert (result.metrics["full.concepts"], result.metrics["snapshot.concepts"]) == (102.0, 103.0)
    assert result.metrics["snapshot.active_concepts"] == 101.0 and result.metrics["delta.concepts"] == 103.0
    assert result.metrics["snapshot.ancestors"] > 300 and result.metrics["lite.members"] == 6.0
    assert not models.TerminologyVersion.objects.exists()


def test_a_count_that_differs_is_a_mismatch(open_vocabulary, monkeypatch):
    loaded = suite._loaded
    monkeypatch.setattr(suite, "_loaded", lambda version: loaded(version) | {"relationships": 1})
    result = suite.terminology_run(data_set("snomed_rf2_dummy"))
    assert result.metrics["mismatches"] == 4.0
    assert {one["what"] for one in result.details if one["loaded"] != one["expected"]} == {"relationships"}


def test_the_open_vocabulary_is_whole_and_found_in_both_languages():
    result = suite.terminology_run(None)
    assert result.metrics == {
        "icd10cm.concepts": float(len(codes())),
        "icd10cm.chinese": float(len(chinese_names())),
        "icd10cm.found_of_asked": float(len(suite.ASKED)),
        "mismatches": 0.0,
    }


def test_a_folder_without_the_data_is_refused_by_name(open_vocabulary, tmp_path):
    with pytest.raises(SuiteProblem, match="does not hold the data set snomed_rf2_dummy"):
        suite.terminology_run(tmp_path)


def test_the_vertical_offers_it():
    assert "terminology" in {one.name for one in Medical.suites}
