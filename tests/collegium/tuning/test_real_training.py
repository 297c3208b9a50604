"""Runs with the training engine itself, on a mixture of random weights."""

import random
import shutil
import threading
import time
from decimal import Decimal
from importlib.util import find_spec

import pytest
from django.db import connections

from collegium.jobs.models import JobState
from collegium.tuning.folder import output_tail, run_folder
from collegium.tuning.models import PrivacySpending, SpendingState, TuningRun
from collegium.tuning.services import run_cancel, run_resume
from engine.manifest import manifest_verify
from tests.collegium.knowledge.search_corpus import document_make, encoder_use

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(find_spec("engine.train.__main__") is None, reason="needs the program engine.train"),
]
SHAPE = {"batch": 8, "physical_batch": 4, "max_tokens": 64, "checkpoint_steps": 2}


@pytest.fixture
def base_model(settings):
    from tests.engine.train.tuning import base_write

    base_write(settings.HOME.models / "tiny-mixtral")
    yield "tiny-mixtral@1"
    shutil.rmtree(settings.HOME.models, ignore_errors=True)
    shutil.rmtree(settings.HOME.tuning, ignore_errors=True)


@pytest.fixture
def notes(dummy, owner_asker, monkeypatch):
    """Sixty documents of letters: there is something to learn, and none is like another."""
    from collegium.knowledge.services import knowledge_base_create

    encoder_use(monkeypatch)
    base = knowledge_base_create(asker=owner_asker, name="Letters", vertical="dummy")
    rng = random.Random(1)
    for number in range(20):
        texts = ["".join(rng.choices("abcdefghij", k=24)) for _ in range(3)]
        document_make(base, texts, title=f"n{number}")
    return base


def test_a_private_run_spends_no_more_than_it_reserved_and_its_model_is_whole(start, work, settings):
    settings.PRIVACY_EPSILON = Decimal(10)
    run = work(start("dummy.private", epsilon=8, steps=4, **SHAPE))
    assert run.job.state == JobState.SUCCEEDED, run.job.problem
    spending = PrivacySpending.objects.get(run=run)
    assert spending.state == SpendingState.SPENT
    assert 0 < run.certificate["epsilon"] <= float(spending.epsilon)
    assert run.certificate["delta"] <= float(spending.delta) * (1 + 1e-9)
    assert run.certificate["base_digest"] == run.base_digest
    assert {row.loss for row in run.progress.all()} == {None}
    assert run.progress.filter(step__gt=0).count() == 4 and run.result["steps"] == 4
    (manifest,) = settings.HOME.models.glob("versions/*/model/manifest.json")
    assert manifest_verify(manifest.parent).name == "tiny-mixtral-dummy"


def test_a_batch_of_more_than_all_records_costs_nothing(start, work):
    run = work(start("dummy.private", epsilon=0.5, steps=4, **SHAPE | {"batch": 200}))
    assert run.job.state == JobState.FAILED
    assert "batch" in str(run.job.problem) and run.job.problem["code"] != "training_failed"
    assert PrivacySpending.objects.get(run=run).state == SpendingState.RETURNED


def test_a_cancelled_run_goes_on_from_its_checkpoint_to_the_end(start, work, owner_asker):
    run = start("dummy.open", steps=40, **SHAPE)

    def first() -> None:
        try:
            work(run)
        finally:
            connections.close_all()

    worker = threading.Thread(target=first)
    worker.start()
    folder, end = run_folder(run.pk), time.monotonic() + 120
    while not any(event["event"] == "step" for event in output_tail(folder.output(1), 20)):
        assert time.monotonic() < end and worker.is_alive()
        time.sleep(0.05)
    run_cancel(asker=owner_asker, run_id=run.pk)
    worker.join(120)
    stopped = TuningRun.objects.get(pk=run.pk)
    assert stopped.job.state == JobState.CANCELLED and folder.has_checkpoint()
    run_resume(asker=owner_asker, run_id=run.pk)
    done = work(stopped)
    assert done.job.state == JobState.SUCCEEDED, done.job.problem
    steps = [event["step"] for event in output_tail(folder.output(1), 500) if event["event"] == "step"]
    assert steps == list(range(1, 41))
    assert done.result["train_loss"] is not None and done.certificate is None
