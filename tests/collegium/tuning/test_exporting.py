"""Examples are made of what whoever started the run may see, and of nothing else."""

import dataclasses
import json

import pytest

from collegium.sdk.tuning import Example, Message
from collegium.tuning.exporting import examples_write
from collegium.tuning.folder import run_folder
from collegium.tuning.problems import TrainingFailed
from tests.collegium.knowledge.search_corpus import document_make
from tests.verticals.dummy import tuning

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(base_model):
    """export(run) -> the lines that were written."""

    def write(run):
        folder = run_folder(run.pk)
        folder.make()
        examples_write(run, folder, lambda count: None)
        assert folder.examples.stat().st_mode & 0o077 == 0
        return [json.loads(line) for line in folder.examples.read_text().splitlines()]

    return write


def test_a_document_that_is_closed_to_whoever_started_the_run_is_not_exported(
    start, export, notes, workspace, key_make
):
    from collegium.accounts.selectors import asker_for_key

    document_make(notes, ["Only for some."], title="Closed", access="restricted")
    key = asker_for_key(key_make(workspace))
    texts = [line["messages"][-1]["content"] for line in export(start(asker=key))]
    assert len(texts) == 3 and "Only for some." not in texts
    seen_by_owner = [line["messages"][-1]["content"] for line in export(start())]
    assert "Only for some." in seen_by_owner


def test_what_is_closed_after_the_run_was_queued_is_not_exported(start, export, notes, workspace, key_make):
    from collegium.accounts.selectors import asker_for_key
    from collegium.knowledge.models import Document

    later = document_make(notes, ["Closed in between."], title="Later")
    run = start(asker=asker_for_key(key_make(workspace)))
    Document.objects.filter(pk=later.pk).update(access="restricted")
    assert len(export(run)) == 3


def test_a_key_that_was_revoked_meanwhile_exports_nothing(start, export, workspace, key_make):
    from collegium.accounts.models import ApiKey
    from collegium.accounts.selectors import asker_for_key
    from collegium.accounts.services import api_key_revoke

    run = start(asker=asker_for_key(key_make(workspace)))
    api_key_revoke(key=ApiKey.objects.get())
    run.refresh_from_db()
    with pytest.raises(TrainingFailed) as failed:
        export(run)
    assert failed.value.problem["code"] == "asker_gone"


def test_a_document_of_another_knowledge_base_or_workspace_never_gets_in(
    start, export, notes, foreign, dummy
):
    from collegium.accounts.services import vertical_enable
    from tests.collegium.knowledge.search_corpus import base_make

    vertical_enable(workspace=foreign, slug="dummy")
    other = base_make(foreign, "Elsewhere")
    other.vertical = "dummy"
    other.save()
    document_make(other, ["Of a stranger."], title="Strange")
    assert {line["source"] for line in export(start())} == {str(notes.documents.get().pk)}


@pytest.mark.parametrize("source", ["00000000-0000-4000-8000-000000000000", "some import"])
def test_a_recipe_that_gives_an_example_of_anything_else_is_stopped(
    start, export, dummy, monkeypatch, source
):
    def leaking(export):
        yield Example((Message("user", "?"), Message("assistant", "!")), source=source)

    recipe = dataclasses.replace(tuning.PRIVATE, export=leaking)
    monkeypatch.setattr(type(dummy), "recipes", (recipe,))
    run = start()
    with pytest.raises(TrainingFailed) as failed:
        export(run)
    assert failed.value.problem["code"] == "recipe_leaks"
    assert not run_folder(run.pk).examples.exists()


def test_an_import_that_the_recipe_names_may_be_a_source(start, export, dummy, monkeypatch):
    def reading(export):
        yield Example((Message("user", "?"), Message("assistant", "!")), source="registry-2024")

    recipe = dataclasses.replace(tuning.PRIVATE, export=reading, imports=("registry-2024",))
    monkeypatch.setattr(type(dummy), "recipes", (recipe,))
    assert len(export(start())) == 1


def test_a_recipe_that_fails_is_named_by_its_error(start, export, dummy, monkeypatch):
    def broken(export):
        yield from ()
        raise KeyError("gender")

    recipe = dataclasses.replace(tuning.PRIVATE, export=broken)
    monkeypatch.setattr(type(dummy), "recipes", (recipe,))
    with pytest.raises(TrainingFailed, match="KeyError"):
        export(start())


def test_a_recipe_that_gives_nothing_trains_nothing(start, export, dummy, monkeypatch):
    recipe = dataclasses.replace(tuning.PRIVATE, export=lambda export: iter(()))
    monkeypatch.setattr(type(dummy), "recipes", (recipe,))
    with pytest.raises(TrainingFailed) as failed:
        export(start())
    assert failed.value.problem["code"] == "no_examples"
