"""Who sees what: the cast of a workspace, grants, keys, and the outsider who sees nothing."""

import pytest

from collegium.accounts.selectors import asker_for_key, asker_for_user
from collegium.accounts.services import vertical_enable
from collegium.errors import NotFound
from collegium.knowledge.models import Grant
from collegium.knowledge.pages import page_image
from collegium.knowledge.passages import chunk_get, version_blocks
from collegium.knowledge.selectors import (
    document_get,
    knowledge_base_get,
    version_file_open,
    version_get,
    visible_documents,
    visible_knowledge_bases,
    visible_versions,
)
from tests.collegium.knowledge.search_corpus import base_make, document_make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(encoder, workspace, foreign, editor):
    """Documents by name: open and restricted ones, in open and restricted bases, and a foreign one."""
    open_base = base_make(workspace, "Open")
    closed_base = base_make(workspace, "Closed", access="restricted", by=editor)
    medical_base = base_make(workspace, "Medical", vertical="medical")
    foreign_base = base_make(foreign, "Foreign")
    return {
        "open": document_make(open_base, ["open"], title="open"),
        "secret": document_make(open_base, ["secret"], title="secret", access="restricted", by=editor),
        "inside": document_make(closed_base, ["inside"], title="inside"),
        "deep": document_make(closed_base, ["deep"], title="deep", access="restricted", by=editor),
        "medical": document_make(medical_base, ["medical"], title="medical"),
        "foreign": document_make(foreign_base, ["foreign"], title="foreign"),
    }


def _seen(asker) -> set[str]:
    documents = {document.title for document in visible_documents(asker)}
    assert {version.document.title for version in visible_versions(asker)} == documents
    return documents


def test_members_see_what_is_open_and_what_is_theirs(world, owner_asker, editor_asker, colleague_asker):
    assert _seen(colleague_asker) == {"open", "medical"}
    assert _seen(editor_asker) == {"open", "secret", "inside", "deep", "medical"}
    assert _seen(owner_asker) == {"open", "secret", "inside", "deep", "medical"}


def test_the_outsider_sees_only_their_own_workspace(world, outsider_asker):
    assert _seen(outsider_asker) == {"foreign"}
    assert [base.name for base in visible_knowledge_bases(outsider_asker)] == ["Foreign"]


def test_a_grant_of_a_base_opens_its_documents_but_not_restricted_ones(world, colleague, colleague_asker):
    Grant.objects.create(knowledge_base=world["inside"].knowledge_base, user=colleague)
    assert _seen(colleague_asker) == {"open", "medical", "inside"}


def test_a_grant_of_a_document_opens_that_one_alone(world, colleague, colleague_asker):
    Grant.objects.create(document=world["deep"], user=colleague)
    assert _seen(colleague_asker) == {"open", "medical", "deep"}
    assert "Closed" not in {base.name for base in visible_knowledge_bases(colleague_asker)}


def test_a_grant_of_another_person_opens_nothing(world, owner, colleague_asker):
    Grant.objects.create(document=world["secret"], user=owner)
    Grant.objects.create(knowledge_base=world["inside"].knowledge_base, user=owner)
    assert _seen(colleague_asker) == {"open", "medical"}


def test_a_grant_does_not_reach_into_another_workspace(world, outsider, outsider_asker):
    Grant.objects.create(document=world["secret"], user=outsider)
    Grant.objects.create(knowledge_base=world["inside"].knowledge_base, user=outsider)
    assert _seen(outsider_asker) == {"foreign"}


def test_a_key_without_a_person_never_sees_what_is_restricted(world, workspace, key_make):
    assert _seen(asker_for_key(key_make(workspace))) == {"open", "medical"}


def test_a_key_of_a_person_sees_what_the_person_sees(world, workspace, editor, key_make):
    assert _seen(asker_for_key(key_make(workspace, user=editor))) == {
        "open",
        "secret",
        "inside",
        "deep",
        "medical",
    }


def test_a_key_for_one_vertical_sees_that_one_alone(world, workspace, key_make):
    assert _seen(asker_for_key(key_make(workspace, verticals=["medical"]))) == {"medical"}


def test_a_vertical_that_is_disabled_takes_its_documents_out_of_sight(world, workspace, owner_asker):
    vertical_enable(workspace=workspace, slug="medical", enabled=False)
    assert "medical" not in _seen(owner_asker)


def test_versions_that_are_not_read_are_not_searchable(world, colleague_asker):
    version = world["open"].current
    version.state = "failed"
    version.save()
    assert {one.document.title for one in visible_versions(colleague_asker)} == {"medical"}


@pytest.mark.parametrize("title", ["secret", "deep", "foreign"])
def test_what_is_out_of_sight_does_not_exist(world, colleague_asker, title):
    document = world[title]
    version = document.current
    for attempt in (
        lambda: document_get(colleague_asker, document.pk),
        lambda: version_get(colleague_asker, version.pk),
        lambda: version_file_open(colleague_asker, version.pk),
        lambda: version_blocks(colleague_asker, version.pk),
        lambda: chunk_get(colleague_asker, version.chunks.get().pk),
        lambda: page_image(colleague_asker, version.pk, 1),
    ):
        with pytest.raises(NotFound):
            attempt()


@pytest.mark.parametrize("wrong", ["6b0d9d3e-0d0c-4d43-9c39-0d41a4f1c5aa", "no-id", "", "1"])
def test_an_unknown_or_malformed_id_is_not_found(owner_asker, wrong):
    for getter in (document_get, knowledge_base_get, version_get):
        with pytest.raises(NotFound):
            getter(owner_asker, wrong)


def test_someone_who_left_the_workspace_cannot_ask_there(world, workspace, colleague):
    from collegium.accounts.models import Membership

    Membership.objects.filter(user=colleague, workspace=workspace).delete()
    with pytest.raises(NotFound):
        asker_for_user(colleague, workspace.pk)
