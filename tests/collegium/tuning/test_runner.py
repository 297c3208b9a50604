"""A run from its queue to the registry, and every way that it can end before."""

import json

import pytest

from collegium.jobs.models import JobState
from collegium.tuning.folder import run_folder
from collegium.tuning.models import PrivacySpending, SpendingState
from collegium.tuning.services import run_resume

pytestmark = pytest.mark.django_db


def spent(run):
    return list(PrivacySpending.objects.filter(run=run).order_by("execution").values_list("state", "reason"))


def problem(run):
    return run.job.problem["code"]


def test_a_private_run_ends_as_a_registered_model_with_its_certificate(start, work, training, settings):
    run = work(start(epsilon=0.25, steps=6))
    assert run.job.state == JobState.SUCCEEDED, run.job.problem
    assert str(run.model_version) == "tiny-moe-dummy@1"
    assert run.certificate["epsilon"] == 0.25 and run.certificate["records"] == run.examples_count == 3
    assert run.certificate["data_sha256"] == run.examples_sha256
    assert run.result["held_out_loss"] == 1.5 and run.plan["steps"] == 6
    assert spent(run) == [(SpendingState.SPENT, "started")]
    assert list(settings.HOME.models.glob("versions/*/model/manifest.json"))
    assert (run.job.done, run.job.total) == (6, 6)


def test_progress_is_kept_and_a_private_run_shows_no_loss_of_its_texts(start, work, training):
    private, open_ = work(start(steps=6)), work(start("dummy.open", steps=6))
    assert [row.step for row in private.progress.order_by("step")] == [1, 2, 3, 4, 5, 6]
    assert {row.loss for row in private.progress.all()} == {None}
    assert private.progress.get(step=6).epsilon == 0.5
    assert open_.progress.get(step=6).loss == 0.5 and open_.progress.get(step=6).held_out_loss == 1.5
    assert open_.certificate is None and spent(open_) == []


def test_the_job_that_the_training_reads_is_the_recipe_with_what_was_changed(start, work, training):
    run = work(start(epsilon=0.25, batch=2, learning_rate=0.01))
    job = json.loads(run_folder(run.pk).job.read_text())
    assert job["descent"] == {"steps": 6, "batch": 2, "learning_rate": 0.01}
    assert job["privacy"]["target_epsilon"] == 0.25 and job["privacy"]["unit"] == "record"
    assert job["privacy"]["delta"] == 1e-5 and job["resume_from"] is None
    assert (job["name"], job["version"]) == ("tiny-moe-dummy", "1")


def test_no_text_of_anybody_is_left_when_a_run_has_ended(start, work, training):
    for wrong in (
        {},
        {"problem_before_start": {"code": "no_examples", "message": "0 left"}},
        {"no_certificate": True},
    ):
        training(**wrong)
        run = work(start(steps=4))
        left = [path for path in run_folder(run.pk).root.rglob("*") if path.is_file()]
        assert not [path for path in left if b"blankets" in path.read_bytes()], wrong
        assert not run_folder(run.pk).examples.exists()


def test_the_folder_of_a_run_is_closed_to_others(start, work, training):
    run = work(start())
    assert run_folder(run.pk).root.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "code",
    [
        "no_examples",
        "budget_too_small",
        "no_noise_reaches",
        "out_of_memory",
        "disk_full",
        "config_invalid",
        "strange",
    ],
)
def test_a_problem_before_the_first_step_returns_what_was_reserved(start, work, training, code):
    training(problem_before_start={"code": code, "message": "Of 3 examples 0 are left."})
    run = work(start())
    assert (run.job.state, problem(run)) == (JobState.FAILED, code)
    assert "Of 3 examples 0 are left." in run.job.problem["detail"]
    assert spent(run) == [(SpendingState.RETURNED, "not_started")]


def test_a_problem_is_told_in_the_readers_language(start, work, training):
    from django.utils import translation

    from collegium.errors import problem_told

    training(problem_before_start={"code": "out_of_memory", "message": "8 GB"})
    run = work(start())
    with translation.override("zh-hans"):
        told = problem_told(run.job.problem)["detail"]
    assert "内存" in told and "8 GB" in told


@pytest.mark.parametrize("code", ["not_finite", "out_of_memory", "disk_full"])
def test_a_problem_after_the_first_step_leaves_it_spent(start, work, training, code):
    training(problem_at=2, problem={"code": code, "message": "at step 2"})
    run = work(start())
    assert (run.job.state, problem(run)) == (JobState.FAILED, code)
    assert spent(run) == [(SpendingState.SPENT, "started")]


def test_three_crashes_in_a_row_still_finish_from_the_checkpoints(start, work, training):
    training(die_at=[3, 5, 6], deaths=3)
    run = work(start(steps=7, checkpoint_steps=2))
    assert run.job.state == JobState.SUCCEEDED, run.job.problem
    assert run.starts == 4 and run.execution == 1
    assert spent(run) == [(SpendingState.SPENT, "started")]
    assert [row.step for row in run.progress.order_by("step")] == list(range(1, 8))


def test_a_training_that_crashes_again_and_again_fails_and_says_how(start, work, training):
    training(die_at=[3])
    run = work(start(steps=7, checkpoint_steps=2))
    assert problem(run) == "crashed" and "SIGKILL" in run.job.problem["detail"]
    assert run.starts == 4


def test_a_private_training_lost_before_its_first_checkpoint_is_not_repeated_at_the_same_price(
    start, work, training, owner_asker, sent
):
    training(die_at=[2], deaths=1)
    run = work(start(steps=4))
    assert problem(run) == "restart_refused" and run.starts == 1
    again = work(run_resume(asker=owner_asker, run_id=run.pk))
    assert again.job.state == JobState.SUCCEEDED, again.job.problem
    assert again.execution == 2
    assert [state for state, _ in spent(again)] == [SpendingState.SPENT, SpendingState.SPENT]


def test_an_open_training_lost_before_its_first_checkpoint_begins_anew(start, work, training):
    training(die_at=[2], deaths=1)
    run = work(start("dummy.open", steps=4))
    assert run.job.state == JobState.SUCCEEDED and run.starts == 2


def test_a_crash_before_the_first_step_returns_what_was_reserved(start, work, training):
    training(die_before_start=True)
    run = work(start())
    assert problem(run) == "crashed"
    assert spent(run) == [(SpendingState.RETURNED, "not_started")]


def test_a_private_model_without_a_certificate_is_not_taken(start, work, training):
    training(no_certificate=True)
    run = work(start())
    assert problem(run) == "no_certificate" and run.model_version is None


def test_a_training_that_spent_more_than_was_reserved_is_charged_and_its_model_refused(start, work, training):
    training(epsilon=0.9)
    run = work(start(epsilon=0.5))
    assert problem(run) == "over_reserved" and run.model_version is None
    assert float(PrivacySpending.objects.get(run=run).epsilon) == 0.9


def test_documents_that_changed_end_a_run_that_was_to_go_on(start, work, training, notes, owner_asker):
    from tests.collegium.knowledge.search_corpus import document_make

    training(problem_at=3, problem={"code": "disk_full", "message": ""})
    run = work(start(checkpoint_steps=2))
    document_make(notes, ["Ward D is closed."], title="Day")
    training()
    run = work(run_resume(asker=owner_asker, run_id=run.pk))
    assert problem(run) == "data_changed"
    assert run.execution == 1


def test_a_missing_training_program_is_named(start, work, training, monkeypatch):
    monkeypatch.setattr("collegium.tuning.process.MODULE", "collegium.nothing_here")
    run = work(start())
    assert problem(run) == "engine_missing"
    assert spent(run) == [(SpendingState.RETURNED, "no_process")]


def test_a_base_that_is_gone_is_named(start, work, training, settings):
    import shutil

    run = start()
    shutil.rmtree(settings.HOME.models)
    run = work(run)
    assert problem(run) == "base_gone" and "tiny-moe@1" in run.job.problem["detail"]


def test_whoever_started_a_run_and_left_trains_nothing(start, work, training, owner):
    run = start()
    owner.memberships.all().delete()
    run = work(run)
    assert problem(run) == "asker_gone"
    assert spent(run) == [(SpendingState.RETURNED, "no_process")]


def test_a_field_that_was_disabled_meanwhile_trains_nothing(start, work, training, workspace):
    from collegium.accounts.services import vertical_enable

    run = start()
    vertical_enable(workspace=workspace, slug="dummy", enabled=False)
    assert problem(work(run)) == "recipe_gone"


def test_a_full_disk_is_told_and_what_was_reserved_comes_back(start, work, training, settings):
    run = start()
    settings.DISK_RESERVE_MB = 10**9
    run = work(run)
    assert problem(run) == "no_space"
    assert spent(run) == [(SpendingState.RETURNED, "no_process")]
