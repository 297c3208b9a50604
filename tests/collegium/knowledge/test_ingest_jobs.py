"""Jobs that read documents: cancelled, interrupted, without what they need, at two workers at once."""

import errno

import pytest

from collegium.errors import Conflict
from collegium.jobs.models import Job, JobState
from collegium.jobs.services import job_cancel, job_claim, job_retry
from collegium.knowledge import ingest, ingest_embed, work
from collegium.knowledge.ingest_embed import vectors_make
from tests.collegium.knowledge.conftest import index_counts
from tests.documents import report_pdf

pytestmark = pytest.mark.django_db


def test_a_queued_job_is_cancelled_at_once_and_can_be_tried_again(add, run_job, editor_asker):
    version, job = add()
    assert job_cancel(asker=editor_asker, job_id=job.pk).state == JobState.CANCELLED
    version.refresh_from_db()
    assert version.state == "failed"
    assert run_job(job).state == JobState.CANCELLED
    assert job_retry(asker=editor_asker, job_id=job.pk).state == JobState.QUEUED
    assert run_job(job).state == JobState.SUCCEEDED
    with pytest.raises(Conflict):
        job_retry(asker=editor_asker, job_id=job.pk)


def test_a_running_job_stops_when_it_is_cancelled(add, run_job, editor_asker, monkeypatch, settings):
    version, job = add()

    def cancelled(**arguments):
        Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLING)
        return vectors_make(**arguments)

    monkeypatch.setattr(ingest, "REPORT_EVERY_S", 0)
    monkeypatch.setattr(ingest, "vectors_make", cancelled)
    ended = run_job(job)
    assert (ended.state, ended.stage) == (JobState.CANCELLED, "embed")
    assert set(index_counts().values()) == {0}
    assert not list(settings.HOME.work.glob("*"))


def test_an_engine_that_is_away_is_waited_for(add, run_job, encoder, monkeypatch):
    _, job = add()
    attempts = []
    real = ingest_embed.embed_passages

    def at_last(texts):
        attempts.append(1)
        encoder.away = len(attempts) < 2
        return real(texts)

    monkeypatch.setattr(ingest_embed, "embed_passages", at_last)
    assert run_job(job).state == JobState.SUCCEEDED
    assert len(attempts) >= 2


def test_an_engine_that_stays_away_fails_the_job_which_can_be_tried_again(
    add, run_job, encoder, editor_asker, monkeypatch
):
    monkeypatch.setattr(ingest_embed, "PATIENCE_S", 0.6)
    encoder.away = True
    _, job = add()
    ended = run_job(job)
    assert (ended.state, ended.problem["code"]) == (JobState.FAILED, "embeddings_unavailable")
    encoder.away = False
    job_retry(asker=editor_asker, job_id=job.pk)
    assert run_job(job).state == JobState.SUCCEEDED


def test_a_disk_that_fills_up_while_ingesting_fails_the_job_by_name(add, run_job, settings, monkeypatch):
    _, job = add()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(work.os, "fsync", full)
    ended = run_job(job)
    assert (ended.state, ended.problem["code"]) == (JobState.FAILED, "no_space")
    assert not list(settings.HOME.work.glob("*"))


def test_no_reserve_left_on_the_disk_fails_the_job_before_it_begins(add, run_job, settings):
    _, job = add()
    settings.DISK_RESERVE_MB = 10**9
    assert run_job(job).problem["code"] == "no_space"


def test_two_workers_that_get_the_same_job_do_it_once(add, run_job):
    version, job = add()
    assert job_claim(job_id=job.pk) is not None
    assert job_claim(job_id=job.pk) is None
    assert run_job(job).state == JobState.RUNNING  # ours did nothing: the other holds it


def test_a_worker_that_lost_its_lease_writes_nothing(add, run_job, monkeypatch, editor_asker):
    version, job = add()

    def stolen(**arguments):
        Job.objects.filter(pk=job.pk).update(lease_token=None, state=JobState.QUEUED)
        return vectors_make(**arguments)

    monkeypatch.setattr(ingest, "vectors_make", stolen)
    assert run_job(job).state == JobState.QUEUED
    assert set(index_counts().values()) == {0}
    monkeypatch.setattr(ingest, "vectors_make", vectors_make)
    assert run_job(job).state == JobState.SUCCEEDED


def test_batches_that_were_embedded_before_a_crash_are_not_embedded_again(add, run_job, monkeypatch, encoder):
    monkeypatch.setattr(ingest_embed, "BATCH", 2)
    _, job = add(content=report_pdf(pages=6))
    embedded: list[str] = []
    real = ingest_embed.embed_passages

    def dies_at_third(texts):
        if len(embedded) == 4:
            raise SystemExit
        embedded.extend(texts)
        return real(texts)

    monkeypatch.setattr(ingest_embed, "embed_passages", dies_at_third)
    with pytest.raises(SystemExit):
        run_job(job)
    Job.objects.filter(pk=job.pk).update(lease_token=None, state=JobState.QUEUED)
    again: list[str] = []
    monkeypatch.setattr(ingest_embed, "embed_passages", lambda texts: again.extend(texts) or real(texts))
    assert run_job(job).state == JobState.SUCCEEDED
    assert len(embedded) == 4
    assert again
    assert not set(embedded) & set(again)
