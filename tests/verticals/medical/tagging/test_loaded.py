"""Texts are tagged with the terminology that a workspace has loaded, and with our own words for its concepts."""

import pytest

from tests.verticals.medical.terminology.releases import FEVER, HEAD_PAIN, PAIN
from verticals.medical.tagging.loaded import workspace_vocabulary
from verticals.medical.tagging.tag import tags_find
from verticals.medical.tagging.vocabulary import findings_vocabulary

pytestmark = pytest.mark.django_db


def test_without_a_terminology_our_own_list_counts(workspace):
    assert workspace_vocabulary(workspace.pk) is findings_vocabulary()


def test_a_release_counts_in_its_workspace_alone(loaded, workspace, foreign):
    vocabulary = workspace_vocabulary(workspace.pk)
    first, second = tags_find("No cephalgia, fever since Monday.", vocabulary=vocabulary)
    assert (first.code, first.context, second.code) == (HEAD_PAIN, "negated", FEVER)
    assert vocabulary.terminology_of(FEVER) == "snomed" and HEAD_PAIN in vocabulary.narrower(PAIN)
    assert workspace_vocabulary(workspace.pk) is vocabulary
    assert workspace_vocabulary(foreign.pk) is findings_vocabulary()


def test_our_own_words_name_the_release_s_concept_where_they_share_a_term(loaded, workspace):
    vocabulary = workspace_vocabulary(workspace.pk)
    assert [one.code for one in vocabulary.find("患者发热")] == [FEVER]
    (asthma,) = vocabulary.find("asthma")
    assert vocabulary.terminology_of(asthma.code) == "icd10cm"
