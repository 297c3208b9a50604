"""The mark of who may see what changes with each thing that decides it, and with nothing else."""

import pytest

from collegium.accounts.models import WorkspaceVertical
from collegium.knowledge.changes import visibility_mark, visibility_notes_sweep
from collegium.knowledge.models import Document, DocumentVersion, Grant, VersionState
from collegium.knowledge.tasks import visibility_sweep
from tests.collegium.knowledge.search_corpus import base_make, document_make

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(encoder, workspace) -> Document:
    return document_make(base_make(workspace, "Open"), ["open"], title="open")


def _saved(row, **values) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


CHANGES = {
    "a grant is given": lambda document, person: Grant.objects.create(document=document, user=person),
    "a document is closed": lambda document, person: _saved(document, access="restricted"),
    "a knowledge base is closed": lambda document, person: _saved(
        document.knowledge_base, access="restricted"
    ),
    "a knowledge base is another vertical's": lambda document, person: _saved(
        document.knowledge_base, vertical="medical"
    ),
    "another version is current": lambda document, person: _saved(document, current=None),
    "a version is no longer ready": lambda document, person: DocumentVersion.objects.update(
        state=VersionState.FAILED
    ),
    "what a version says of itself is corrected": lambda document, person: DocumentVersion.objects.update(
        metadata={"company": "Tarnbeck"}
    ),
    "a vertical is turned off": lambda document, person: WorkspaceVertical.objects.update(enabled=False),
    "a document is deleted": lambda document, person: document.delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_mark_is_another_after(change, document, colleague):
    before = visibility_mark()
    CHANGES[change](document, colleague)
    assert visibility_mark() != before


def test_the_mark_stays_while_nothing_is_changed_that_anybody_may_see(document, colleague_asker):
    before = visibility_mark()
    _saved(document, title="Renamed")
    DocumentVersion.objects.update(page_count=3)
    assert list(Document.objects.all()) == [document]
    assert visibility_mark() == before


def test_old_notes_are_removed_and_the_mark_is_another_one_then(document, colleague, monkeypatch):
    monkeypatch.setattr("collegium.knowledge.changes.NOTES_KEPT", 2)
    for access in ("restricted", "workspace", "restricted"):
        _saved(document, access=access)
    before = visibility_mark()
    visibility_sweep()
    after = visibility_mark()
    assert after[0] == 2 and after != before
    visibility_notes_sweep()
    assert visibility_mark() == after
