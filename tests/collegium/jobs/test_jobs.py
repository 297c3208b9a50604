"""Jobs: who may stop and repeat them, and that what a dead worker held is found again."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from celery import Celery
from django.db import connection, transaction
from django.utils import timezone

from collegium.celery import app
from collegium.errors import Conflict, Forbidden, NotFound
from collegium.jobs import services
from collegium.jobs.models import Job, JobState
from collegium.jobs.registry import task_send
from collegium.jobs.selectors import job_get, visible_jobs
from collegium.jobs.services import (
    MAX_LOST,
    JobCancelled,
    JobLost,
    job_cancel,
    job_claim,
    job_create,
    job_end,
    job_hold,
    job_progress,
    job_retry,
    lost_jobs_requeue,
)
from collegium.knowledge.services import document_reindex
from tests.collegium.knowledge.search_corpus import document_make, encoder_use

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """The ids that were put on a queue."""
    ids = []
    monkeypatch.setattr(services, "task_send", lambda kind, job_id: ids.append(job_id))
    return ids


@pytest.fixture
def document(finance_base, monkeypatch):
    encoder_use(monkeypatch)
    return document_make(finance_base, ["words"])


@pytest.fixture
def job(document, editor_asker, sent):
    return job_create(asker=editor_asker, kind="ingest", subject=document.current.pk, document=document.pk)


def _expire(job):
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_job_is_sent_when_the_transaction_commits(
    document, editor_asker, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = job_create(asker=editor_asker, kind="ingest", subject=document.current.pk)
        assert sent == []
    assert sent == [job.pk]


def test_a_broker_that_is_away_leaves_the_job_queued_to_be_sent_later(job, monkeypatch, sent):
    def away(kind, job_id):
        raise ConnectionError("no broker")

    Job.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(services, "task_send", away)
    lost_jobs_requeue()
    monkeypatch.setattr(services, "task_send", lambda kind, job_id: sent.append(job_id))
    lost_jobs_requeue()
    lost_jobs_requeue()
    assert sent == [job.pk]


def test_only_one_of_two_claims_succeeds(job):
    first = job_claim(job_id=job.pk)
    assert (first.state, first.attempt) == (JobState.RUNNING, 1)
    assert job_claim(job_id=job.pk) is None


def test_a_job_whose_lease_ran_out_is_queued_again_and_its_old_worker_is_refused(job, sent):
    held = job_claim(job_id=job.pk)
    assert lost_jobs_requeue() == 0
    _expire(job)
    assert lost_jobs_requeue() == 1
    with pytest.raises(JobLost):
        job_progress(job=held, stage="embed")
    with pytest.raises(JobLost):
        job_hold(job=held)
    assert not job_end(job=held, state=JobState.SUCCEEDED)
    assert job_claim(job_id=job.pk).attempt == 2


def test_progress_renews_the_lease(job):
    held = job_claim(job_id=job.pk)
    _expire(job)
    job_progress(job=held, stage="parse", done=3, total=9)
    assert lost_jobs_requeue() == 0
    held.refresh_from_db()
    assert (held.stage, held.done, held.total) == ("parse", 3, 9)


def test_a_job_that_kills_its_worker_again_and_again_fails_with_a_reason(job, document):
    version = document.current
    version.state = "pending"
    version.save()
    for _ in range(MAX_LOST):
        assert job_claim(job_id=job.pk) is not None
        _expire(job)
        lost_jobs_requeue()
    job.refresh_from_db()
    version.refresh_from_db()
    assert (job.state, job.problem["code"], version.state) == (JobState.FAILED, "worker_died", "failed")


def test_a_job_that_was_to_stop_when_its_worker_died_is_cancelled(job, editor_asker):
    held = job_claim(job_id=job.pk)
    assert job_cancel(asker=editor_asker, job_id=job.pk).state == JobState.CANCELLING
    with pytest.raises(JobCancelled):
        job_progress(job=held, stage="embed")
    _expire(job)
    assert lost_jobs_requeue() == 0
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_whoever_sees_the_document_sees_the_job_and_the_outsider_does_not(
    job, document, colleague_asker, outsider_asker, owner_asker
):
    assert job_get(colleague_asker, job.pk) == job
    assert not visible_jobs(outsider_asker).exists()
    for attempt in (job_get, lambda asker, pk: job_cancel(asker=asker, job_id=pk)):
        with pytest.raises(NotFound):
            attempt(outsider_asker, job.pk)
    with pytest.raises(NotFound):
        job_retry(asker=outsider_asker, job_id=job.pk)
    document.access = "restricted"
    document.save()
    with pytest.raises(NotFound):
        job_get(colleague_asker, job.pk)
    assert job_get(owner_asker, job.pk) == job


def test_an_analyst_sees_a_job_but_may_not_stop_or_repeat_it(job, colleague_asker):
    with pytest.raises(Forbidden):
        job_cancel(asker=colleague_asker, job_id=job.pk)
    with pytest.raises(Forbidden):
        job_retry(asker=colleague_asker, job_id=job.pk)


def test_a_malformed_id_is_not_found(editor_asker):
    with pytest.raises(NotFound):
        job_get(editor_asker, "no-id")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("repeat", ["retry", "reindex"])
def test_work_that_is_just_being_repeated_is_not_repeated_twice(document, job, editor_asker, sent, repeat):
    other = job_create(asker=editor_asker, kind="ingest", subject=document.current.pk, document=document.pk)
    Job.objects.update(state=JobState.FAILED)

    def again():
        try:
            if repeat == "retry":
                return job_retry(asker=editor_asker, job_id=other.pk).pk
            return document_reindex(asker=editor_asker, document_id=document.pk).pk
        except Conflict as conflict:
            return conflict.code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            job_retry(asker=editor_asker, job_id=job.pk)
            second = pool.submit(again)
            while not second.done() and not _somebody_waits():
                time.sleep(0.01)
        assert second.result(10) == "job_running"
    assert Job.objects.filter(state=JobState.QUEUED).count() == 1


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0] > 0


def test_jobs_go_to_the_platforms_queues_whatever_other_application_was_made(monkeypatch):
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, args: sent.append((name, args)))
    Celery("another", set_as_current=False).set_current()
    try:
        task_send("ingest", "7")
    finally:
        app.set_current()
    assert sent == [("collegium.knowledge.tasks.ingest", ["7"])]
