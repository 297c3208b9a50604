"""A workspace with the dummy vertical, private notes in it, a base model, and a training that takes seconds."""

import json
import shutil

import pytest

from tests.collegium.knowledge.search_corpus import document_make, encoder_use
from tests.collegium.tuning.training_child import model_write

NOTES = ["Ward A was calm at night.", "Ward B asked for more blankets.", "Ward C has a new lamp."]


@pytest.fixture
def dummy(workspace, monkeypatch):
    from collegium.accounts.services import vertical_enable
    from tests.verticals.loading import dummy_load

    vertical = dummy_load(monkeypatch)
    vertical_enable(workspace=workspace, slug="dummy")
    return vertical


@pytest.fixture
def notes(dummy, owner_asker, monkeypatch):
    """A knowledge base of three notes."""
    from collegium.knowledge.services import knowledge_base_create

    encoder_use(monkeypatch)
    base = knowledge_base_create(asker=owner_asker, name="Ward notes", vertical="dummy")
    document_make(base, NOTES, title="Night")
    return base


@pytest.fixture
def base_model(settings):
    """The only model of the home."""
    folder = settings.HOME.models / "tiny-moe"
    model_write(folder, "tiny-moe", "1")
    yield "tiny-moe@1"
    shutil.rmtree(settings.HOME.models, ignore_errors=True)
    shutil.rmtree(settings.HOME.tuning, ignore_errors=True)


@pytest.fixture
def training(monkeypatch, settings, base_model):
    """training(die_at=[3]) -> the training does that from now on; without words it does what it should."""
    monkeypatch.setattr("collegium.tuning.process.MODULE", "tests.collegium.tuning.training_child")

    def behave(**wrong) -> None:
        settings.HOME.tuning.mkdir(parents=True, exist_ok=True)
        (settings.HOME.tuning / "behaviour.json").write_text(json.dumps(wrong))

    behave()
    return behave


@pytest.fixture
def sent(monkeypatch):
    """The ids that were put on a queue."""
    ids = []
    monkeypatch.setattr("collegium.jobs.services.task_send", lambda kind, job_id: ids.append((kind, job_id)))
    return ids


@pytest.fixture
def start(notes, owner_asker, base_model, sent):
    """start("dummy.private", epsilon=0.5) -> a queued run over the notes."""
    from collegium.tuning.services import job_start

    def make(recipe: str = "dummy.private", *, asker=None, bases=None, **changes):
        wanted = [notes.pk] if bases is None else [base.pk for base in bases]
        return job_start(asker=asker or owner_asker, recipe=recipe, knowledge_bases=wanted, changes=changes)

    return make


@pytest.fixture
def work():
    """work(run) -> does the run's job here, as a worker would, and returns the fresh run."""
    from collegium.jobs.services import job_claim
    from collegium.tuning.models import TuningRun
    from collegium.tuning.runner import run_train

    def do(run):
        run_train(job_claim(job_id=run.job_id))
        return TuningRun.objects.select_related("job", "model_version").get(pk=run.pk)

    return do
