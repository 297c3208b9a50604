"""Starting, stopping and going on: who may, and what is refused before anything is kept."""

import uuid

import pytest

from collegium.accounts.asker import ROLE_SCOPES, Asker
from collegium.accounts.models import AuditEvent
from collegium.errors import Conflict, Forbidden, Invalid, NotFound
from collegium.jobs.models import Job, JobState
from collegium.jobs.selectors import visible_jobs
from collegium.jobs.services import job_cancel, job_retry
from collegium.tuning.models import PrivacySpending, SpendingState, TuningRun
from collegium.tuning.selectors import recipes_open, run_get, visible_runs
from collegium.tuning.services import job_start, run_cancel, run_resume

pytestmark = pytest.mark.django_db


def test_a_run_is_queued_with_its_job_and_on_record(start, sent, notes, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run = start(epsilon=0.5)
    assert sent == [("tuning", run.job_id)]
    assert (run.job.kind, run.job.subject, run.job.state) == ("tuning", run.pk, JobState.QUEUED)
    assert run.sources == [{"id": str(notes.pk), "name": "Ward notes"}]
    event = AuditEvent.objects.get(action="tuning.start")
    assert event.detail["epsilon"] == 0.5 and event.target == str(run.pk)


def test_runs_of_one_base_are_numbered_one_after_the_other(start):
    assert [str(start(epsilon=0.1)) for _ in range(2)] == ["tiny-moe-dummy@1", "tiny-moe-dummy@2"]


def test_only_who_manages_the_workspace_starts_and_sees_runs(
    start, outsider_asker, editor_asker, colleague_asker, notes
):
    run = start()
    for asker in (editor_asker, colleague_asker):
        with pytest.raises(Forbidden):
            start(asker=asker)
        assert not visible_runs(asker).exists()
        assert not visible_jobs(asker).filter(pk=run.job_id).exists()
    with pytest.raises(NotFound):
        start(asker=outsider_asker)
    for act in (run_cancel, run_resume):
        with pytest.raises(NotFound):
            act(asker=outsider_asker, run_id=run.pk)
        with pytest.raises(NotFound):
            act(asker=editor_asker, run_id=run.pk)
    assert not visible_runs(outsider_asker).exists() and TuningRun.objects.count() == 1


def test_an_editor_cannot_stop_or_repeat_a_training_by_its_job(start, editor_asker, owner_asker):
    run = start()
    for act in (job_cancel, job_retry):
        with pytest.raises(NotFound):
            act(asker=editor_asker, job_id=run.job_id)
    assert job_cancel(asker=owner_asker, job_id=run.job_id).state == JobState.CANCELLED


def test_a_key_without_a_person_sees_no_run_over_a_restricted_knowledge_base(start, notes, workspace):
    run = start()
    key = Asker(workspace_id=workspace.pk, role="editor", scopes=ROLE_SCOPES["admin"])
    assert run_get(key, run.pk).pk == run.pk
    notes.access = "restricted"
    notes.save()
    with pytest.raises(NotFound):
        run_get(key, run.pk)


def test_a_run_of_a_vertical_that_is_not_enabled_is_not_seen(start, owner_asker, workspace):
    from collegium.accounts.services import vertical_enable

    run = start()
    vertical_enable(workspace=workspace, slug="dummy", enabled=False)
    with pytest.raises(NotFound):
        run_get(owner_asker, run.pk)
    assert "dummy.open" not in [one.key for one in recipes_open(owner_asker)]
    with pytest.raises(NotFound, match="dummy.private"):
        start()


@pytest.mark.parametrize("name", ["dummy.nothing", "nothing.open", "private", "", "dummy." + "x" * 500])
def test_an_unknown_recipe_is_named_with_those_that_there_are(start, name):
    with pytest.raises(NotFound) as refused:
        start(name)
    assert refused.value.code == "unknown_recipe" and "dummy.open" in refused.value.detail
    assert len(refused.value.detail) < 400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"epsilon": 0}, "parameter_out_of_range"),
        ({"epsilon": 101}, "parameter_out_of_range"),
        ({"epsilon": "much"}, "parameter_out_of_range"),
        ({"epsilon": float("nan")}, "parameter_out_of_range"),
        ({"delta": 0.1}, "parameter_out_of_range"),
        ({"delta": 0}, "parameter_out_of_range"),
        ({"steps": 1.5}, "parameter_out_of_range"),
        ({"steps": True}, "parameter_out_of_range"),
        ({"steps": 3, "epochs": 3}, "steps_and_epochs"),
        ({"privacy": None}, "unknown_parameter"),
        ({"out": "/etc"}, "unknown_parameter"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(start, changes, code):
    with pytest.raises(Invalid) as refused:
        start(**changes)
    assert refused.value.code == code
    assert not TuningRun.objects.exists() and not PrivacySpending.objects.exists()


def test_an_open_recipe_knows_no_epsilon(start):
    with pytest.raises(Invalid, match="epsilon"):
        start("dummy.open", epsilon=1)
    assert start("dummy.open", epochs=3).parameters["descent"] == {
        "batch": 4,
        "learning_rate": 1e-3,
        "epochs": 3,
    }


def test_no_knowledge_base_an_unseen_one_and_one_of_another_field_are_refused(
    start, dummy, finance_base, owner_asker, notes
):
    with pytest.raises(Invalid) as refused:
        start(bases=[])
    assert refused.value.code == "no_knowledge_base"
    with pytest.raises(NotFound, match="no knowledge base"):
        job_start(asker=owner_asker, recipe="dummy.open", knowledge_bases=[uuid.uuid4()])
    with pytest.raises(Invalid) as refused:
        start(bases=[notes, finance_base])
    assert refused.value.code == "knowledge_base_of_another_vertical"


def test_a_knowledge_base_without_a_document_is_refused(start, dummy, owner_asker, notes):
    from collegium.knowledge.services import knowledge_base_create

    empty = knowledge_base_create(asker=owner_asker, name="Empty", vertical="dummy")
    with pytest.raises(Invalid) as refused:
        start(bases=[empty])
    assert refused.value.code == "no_documents"


def test_an_installation_without_a_model_says_so(start, settings):
    import shutil

    shutil.rmtree(settings.HOME.models)
    with pytest.raises(Invalid) as refused:
        start()
    assert refused.value.code == "no_base_model"


def test_an_unknown_base_model_is_named_with_those_that_there_are(owner_asker, notes, base_model):
    with pytest.raises(NotFound, match="tiny-moe@1"):
        job_start(asker=owner_asker, recipe="dummy.open", knowledge_bases=[notes.pk], base_model="gpt@9")


def test_a_waiting_run_is_cancelled_at_once_and_gets_everything_back(start, owner_asker):
    run = run_cancel(asker=owner_asker, run_id=start().pk)
    assert run.job.state == JobState.CANCELLED
    assert PrivacySpending.objects.get().state == SpendingState.RETURNED
    assert (
        run_cancel(asker=owner_asker, run_id=run.pk).job.state == JobState.CANCELLED
    )  # once more is harmless


def test_going_on_after_everything_came_back_reserves_anew(start, owner_asker):
    run = run_cancel(asker=owner_asker, run_id=start().pk)
    again = run_resume(asker=owner_asker, run_id=run.pk)
    assert (again.job.state, again.execution) == (JobState.QUEUED, 2)
    states = PrivacySpending.objects.order_by("execution").values_list("state", flat=True)
    assert list(states) == [SpendingState.RETURNED, SpendingState.RESERVED]
    with pytest.raises(Conflict) as refused:
        run_resume(asker=owner_asker, run_id=run.pk)
    assert refused.value.code in {"job_running", "job_not_ended"}


def test_going_on_is_refused_where_the_budget_has_gone_meanwhile(start, owner_asker):
    run = run_cancel(asker=owner_asker, run_id=start(epsilon=1.5).pk)
    start(epsilon=1.0)
    with pytest.raises(Conflict) as refused:
        job_retry(asker=owner_asker, job_id=run.job_id)
    assert refused.value.code == "budget_exceeded"
    assert Job.objects.get(pk=run.job_id).state == JobState.CANCELLED
    assert TuningRun.objects.get(pk=run.pk).execution == 1


def test_going_on_is_refused_where_a_knowledge_base_was_deleted(start, owner_asker, notes):
    run = run_cancel(asker=owner_asker, run_id=start().pk)
    notes.delete()
    with pytest.raises(Conflict) as refused:
        run_resume(asker=owner_asker, run_id=run.pk)
    assert refused.value.code == "knowledge_base_gone"
