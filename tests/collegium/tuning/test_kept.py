"""What outlives a run: the ledger in a backup, and of its files only what somebody may still need."""

import subprocess
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from collegium.jobs.models import Job, JobState
from collegium.tuning.folder import run_folder
from collegium.tuning.sweep import folders_sweep


@pytest.mark.django_db(transaction=True)
def test_a_backup_holds_the_ledger_and_the_runs(start, settings, process_environment, tmp_path):
    from collegium.ops.backup import _snapshot
    from collegium.ops.embedded import postgres_binaries

    run = start(epsilon=0.375)
    settings.DATABASE_URL = process_environment["DATABASE_URL"]
    dump = tmp_path / "dump"
    _snapshot(dump)
    listed = {}
    for table in (
        "tuning_tuningrun",
        "tuning_privacybudget",
        "tuning_privacyspending",
        "tuning_tuningprogress",
    ):
        command = [postgres_binaries() / "pg_restore", "--data-only", f"--table={table}", "--file=-", dump]
        listed[table] = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert f"COPY public.{table}" in listed[table]
    assert str(run.pk) in listed["tuning_tuningrun"]
    assert "0.37500000" in listed["tuning_privacyspending"]


@pytest.mark.django_db
def test_what_a_restored_installation_cannot_see_counts_as_spent(start):
    """The run was under way when the backup was made, and its folder is not in the backup."""
    from collegium.tuning.judging import execution_judge

    run = start()
    run.boot = "of the machine before"
    run.save()
    assert execution_judge(run).started


@pytest.fixture
def ended(start, work, training):
    """A run that failed with a checkpoint, whose examples a crash has left."""
    training(problem_at=3, problem={"code": "disk_full", "message": ""})
    run = work(start(checkpoint_steps=2))
    folder = run_folder(run.pk)
    assert folder.has_checkpoint()
    folder.examples.write_text("private")
    return run


@pytest.mark.django_db
def test_examples_that_a_crash_left_are_swept_and_the_checkpoint_is_kept(ended):
    folders_sweep()
    assert not run_folder(ended.pk).examples.exists()
    assert run_folder(ended.pk).has_checkpoint()


@pytest.mark.django_db
def test_old_checkpoints_are_swept_and_the_output_is_kept(ended, settings):
    long_ago = timezone.now() - timedelta(days=settings.TUNING_KEEP_DAYS + 1)
    Job.objects.filter(pk=ended.job_id).update(finished_at=long_ago)
    folders_sweep()
    assert not run_folder(ended.pk).out.exists()
    assert run_folder(ended.pk).output(1).exists()


@pytest.mark.django_db
def test_what_a_running_job_needs_is_left_alone(ended):
    Job.objects.filter(pk=ended.job_id).update(state=JobState.RUNNING)
    folders_sweep()
    assert run_folder(ended.pk).examples.exists()


@pytest.mark.django_db
def test_a_folder_without_a_run_is_removed(training):
    folder = run_folder(uuid.uuid4())
    folder.make()
    folder.examples.write_text("private")
    folders_sweep()
    assert not folder.root.exists()
