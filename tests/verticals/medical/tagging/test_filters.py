"""Search keeps to the passages that name a concept or one below it, in a context, of what the asker may see."""

import pytest

from collegium.sdk.errors import Invalid
from collegium.sdk.retrieval import SearchRequest, search
from tests.clients import client_of
from tests.verticals.medical.terminology.releases import FEVER, FINDING, HEAD_PAIN, PAIN
from verticals.medical.models import PassageTag
from verticals.medical.tagging.filters import concept_named, passages_filter, versions_naming
from verticals.medical.terminology import icd10cm
from verticals.medical.terminology.icd10cm import Code

pytestmark = pytest.mark.django_db
HEADACHE = "# Note on headache\n\nThe patient has had a headache since Monday and takes rest.\n"
FEVERISH = "# Note on fever\n\nThe patient has no fever today and takes rest at home.\n"
FEW = (
    Code("4", "Endocrine diseases", "", ()),
    Code("E08-E13", "Diabetes mellitus", "4", ()),
    Code("E11", "Type 2 diabetes mellitus", "E08-E13", ()),
    Code("E11.9", "Type 2 diabetes mellitus without complications", "E11", ()),
)


@pytest.fixture
def documents(loaded, send):
    return send({"note-one.md": HEADACHE}), send({"note-two.md": FEVERISH})


def titles(asker, **filters) -> set[str]:
    found = search(asker, SearchRequest(text="patient takes rest", vertical="medical", filters=filters))
    return {hit.title for hit in found}


def test_a_concept_finds_the_passages_that_name_it_or_one_below_it(documents, colleague_asker):
    assert titles(colleague_asker) == {"note-one", "note-two"}
    for concept in (HEAD_PAIN, PAIN, "headache", "Cephalgia"):
        assert titles(colleague_asker, concept=concept) == {"note-one"}
    assert titles(colleague_asker, concept=FINDING) == {"note-one", "note-two"}
    assert titles(colleague_asker, concept=[HEAD_PAIN, FEVER]) == {"note-one", "note-two"}


def test_a_context_narrows_to_what_is_stated_so(documents, colleague_asker):
    assert titles(colleague_asker, concept=FEVER, concept_context="negated") == {"note-two"}
    assert titles(colleague_asker, concept=HEAD_PAIN, concept_context="negated") == set()
    assert titles(colleague_asker, concept=FINDING, concept_context=["affirmed"]) >= {"note-one"}


def test_an_outsider_finds_nothing_by_a_concept(documents, outsider_asker, loaded, load, folder, foreign):
    load(folder, into=foreign)
    assert titles(outsider_asker, concept=HEAD_PAIN) == set()
    assert versions_naming(outsider_asker, HEAD_PAIN) == frozenset()


def test_a_filter_that_means_nothing_says_what_to_write(documents, colleague_asker):
    with pytest.raises(Invalid, match="There is no concept 'zorblax'"):
        titles(colleague_asker, concept="zorblax")
    with pytest.raises(Invalid, match="'absent' is no context"):
        titles(colleague_asker, concept=FEVER, concept_context="absent")
    with pytest.raises(Invalid, match="name a concept beside it"):
        passages_filter(colleague_asker, {"concept_context": ("negated",)})


def test_a_nul_character_in_a_concept_is_left_out(documents, owner, colleague_asker):
    client = client_of(owner)
    for address in ("/v/medical/guidelines/", "/search/"):
        assert client.get(address + "?concept=%00").status_code == 200
        assert "note-one" in client.get(address + "?concept=head%00ache").content.decode()
        assert "There is no concept" in client.get(address + "?concept=zorb%00lax").content.decode()
    assert titles(colleague_asker, concept="head\0ache") == {"note-one"}


def test_tags_are_written_anew_with_a_version_and_go_with_it(documents, owner_asker):
    from collegium.knowledge.services import document_delete
    from verticals.medical.tagging.store import untagged_tag, version_tag, workspace_tag

    headache, _ = documents
    before = PassageTag.objects.filter(version=headache).count()
    assert before and version_tag(headache.pk, owner_asker.workspace_id) == before
    assert workspace_tag(owner_asker.workspace_id) == 2 and untagged_tag() == 0
    PassageTag.objects.filter(version=headache).delete()
    assert untagged_tag() == 1 and PassageTag.objects.filter(version=headache).count() == before
    document_delete(asker=owner_asker, document_id=headache.document_id)
    assert not PassageTag.objects.filter(version=headache.pk).exists()


def test_the_api_and_the_page_filter_by_concept(documents, caller, colleague_client, outsider_client):
    asked = {"query": "patient takes rest", "filters": {"concept": "headache"}}
    reply = caller("POST", "/api/v1/search", asked)
    assert {hit["title"] for hit in reply.json()["data"]} == {"note-one"}
    text = colleague_client.get("/search/", {"concept": "headache"}).content.decode()
    assert "note-one" in text and "note-two" not in text
    text = colleague_client.get("/search/", {"q": "rest", "concept": "zorblax"}).content.decode()
    assert "There is no concept" in text
    text = colleague_client.get("/search/", {"q": "rest", "concept": FEVER}).content.decode()
    assert "note-two" in text and "note-one" not in text
    text = colleague_client.get("/v/medical/guidelines/", {"concept": "headache"}).content.decode()
    assert "note-one" in text and "note-two" not in text
    text = outsider_client.get("/v/medical/guidelines/", {"concept": "R51.9"}).content.decode()
    assert "note-one" not in text


@pytest.mark.parametrize("named", ["diabetes", "糖尿病"])
def test_diabetes_of_no_named_kind_is_the_block_above_all_kinds(
    named, monkeypatch, send, colleague_asker, outsider_asker, colleague_client
):
    monkeypatch.setattr(icd10cm, "codes", lambda: FEW)
    icd10cm.icd10cm_load()
    send({"note-one.md": "# Note\n\nThe patient has diabetes and takes rest.\n"})
    send({"note-two.md": "# Note\n\nThe patient has type 2 diabetes and takes rest.\n"})
    send({"note-three.md": HEADACHE})
    assert concept_named(colleague_asker, named) == ("icd10cm", "E08-E13")
    assert titles(colleague_asker, concept=named) == {"note-one", "note-two"}
    assert titles(outsider_asker, concept=named) == set()
    assert colleague_client.get("/v/medical/terminology/icd10cm/E08-E13/").status_code == 200
