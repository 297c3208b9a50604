"""The gate, promotion, rollback, and who is answered by which version meanwhile."""

import uuid
from contextlib import ExitStack

import pytest
from django.utils import timezone

from collegium.accounts.models import AuditEvent
from collegium.errors import Conflict, Forbidden, Invalid, Unavailable
from collegium.evaluation.models import SuiteRun
from collegium.serving.gate import gate_judge
from collegium.serving.models import EvaluationGate, ModelAlias, ModelEvaluation, ModelMove, ModelVersion
from collegium.serving.resolution import workspace_bucket
from collegium.serving.services import (
    alias_move,
    answered_by,
    candidate_set,
    engine_for,
    model_register,
    share_set,
    version_evaluate,
    version_promote,
    version_rollback,
)
from tests.scripted_engine import Script, engine_running

pytestmark = pytest.mark.django_db
GATE = {"suite": "dummy.suite", "metric": "recall@5"}


@pytest.fixture
def served():
    """Two versions with engines that answer; the first is production."""
    with ExitStack() as stack:
        scripts = [stack.enter_context(engine_running(Script())) for _ in range(2)]
        rows = [
            model_register(url=script.url, name=name, version="1", digest=f"{number}" * 64)
            for number, (name, script) in enumerate(zip(("old", "new"), scripts, strict=True))
        ]
        alias_move(name="production", model_version=rows[0])
        yield *rows, *scripts


def measured(version: ModelVersion, fingerprint: str = "f", **metrics: float) -> None:
    run = SuiteRun.objects.create(suite=GATE["suite"], metrics=metrics, data_fingerprint=fingerprint)
    ModelEvaluation.objects.create(model_version=version, suite_run=run)


@pytest.mark.parametrize(
    ("mine", "theirs", "gate", "problem"),
    [
        (0.9, 0.5, {"minimum": 0.8}, ""),
        (0.7, 0.5, {"minimum": 0.8}, "below"),
        (None, 0.5, {"minimum": 0.8}, "not_measured"),
        (0.49, 0.5, {"worse_by": 0.02}, ""),
        (0.48, 0.5, {"worse_by": 0.02}, ""),
        (0.47, 0.5, {"worse_by": 0.02}, "worse"),
        (0.47, None, {"worse_by": 0.02}, "not_compared"),
        (0.2, 0.1, {"worse_by": 0.05, "higher_is_better": False}, "worse"),
        (0.2, 0.1, {"minimum": 0.3, "higher_is_better": False}, ""),
        (0.4, 0.1, {"minimum": 0.3, "higher_is_better": False}, "below"),
    ],
)
def test_a_version_passes_where_its_figure_is_high_enough_and_not_worse_than_productions(
    served, mine, theirs, gate, problem
):
    old, new, *_ = served
    EvaluationGate.objects.create(**GATE, **gate)
    for version, value in ((old, theirs), (new, mine)):
        if value is not None:
            measured(version, **{"recall@5": value})
    verdict = gate_judge(new, old)
    assert [figure.problem for figure in verdict.figures] == [problem]
    assert verdict.passed is not bool(problem)


def test_figures_over_other_data_are_not_compared(served):
    old, new, *_ = served
    EvaluationGate.objects.create(**GATE, worse_by=0.0)
    measured(old, "other data", **{"recall@5": 0.1})
    measured(new, **{"recall@5": 0.9})
    assert gate_judge(new, old).figures[0].problem == "not_compared"


def test_promotion_is_refused_with_the_figures_and_nothing_moves(served, admin_asker):
    old, new, *_ = served
    EvaluationGate.objects.create(**GATE, minimum=0.8)
    measured(new, **{"recall@5": 0.25})
    with pytest.raises(Conflict) as refused:
        version_promote(asker=admin_asker, version_id=new.uid, reason="  ")
    assert refused.value.code == "gate_failed"
    assert (
        refused.value.extra["figures"][0] | {"value": 0.25, "minimum": 0.8}
        == refused.value.extra["figures"][0]
    )
    assert ModelAlias.objects.get(name="production").model_version == old
    assert not ModelMove.objects.exists() and not AuditEvent.objects.exists()


def test_without_a_gate_nothing_passes(served, admin_asker):
    with pytest.raises(Conflict) as refused:
        version_promote(asker=admin_asker, version_id=served[1].uid)
    assert refused.value.code == "gate_failed"


def test_past_a_failed_gate_only_with_a_reason_which_is_kept(served, admin_asker):
    old, new, *_ = served
    EvaluationGate.objects.create(**GATE, minimum=0.8)
    move = version_promote(asker=admin_asker, version_id=new.uid, reason="The suite is known to be wrong.")
    assert move.reason.startswith("The suite") and move.figures[0]["problem"] == "not_measured"
    event = AuditEvent.objects.get(action="model.promote")
    assert event.detail["reason"].startswith("The suite") and event.detail["replaced"] == "old@1"


def test_promotion_and_rollback_move_the_aliases_and_are_recorded(served, admin_asker):
    old, new, *_ = served
    EvaluationGate.objects.create(**GATE, minimum=0.8)
    measured(new, **{"recall@5": 0.9})
    candidate_set(asker=admin_asker, version_id=new.uid)
    move = version_promote(asker=admin_asker, version_id=new.uid, reason="not needed")
    aliases = dict(ModelAlias.objects.values_list("name", "model_version__name"))
    assert aliases == {"production": "new", "previous": "old"}
    assert (move.model_version, move.replaced, move.by_id, move.reason) == (new, old, admin_asker.user_id, "")
    assert engine_for(admin_asker).label == "new@1"
    new.certificate = {"epsilon": 0.5}
    new.save()
    back = version_rollback(asker=admin_asker)
    assert back.kind == "rolled_back" and engine_for(admin_asker).label == "old@1"
    assert list(ModelAlias.objects.values_list("name", flat=True)) == ["production"]
    assert [one.action for one in AuditEvent.objects.order_by("pk")] == [
        "model.candidate", "model.promote", "model.rollback",
    ]  # fmt: skip
    new.refresh_from_db()
    assert new.certificate == {"epsilon": 0.5}  # spent stays spent
    with pytest.raises(Conflict) as refused:
        version_rollback(asker=admin_asker)
    assert refused.value.code == "no_previous"


def test_nothing_moves_before_the_new_engine_is_ready(served, admin_asker):
    old, new, _, script = served
    script.models_status = 503
    with pytest.raises(Unavailable) as refused:
        version_promote(asker=admin_asker, version_id=new.uid, reason="r", wait_s=0.1)
    assert refused.value.code == "engine_not_ready" and engine_for(admin_asker).label == "old@1"
    new.refresh_from_db()
    assert new.wanted_until > timezone.now()  # it goes on loading


def test_nobody_but_administrators_of_the_installation_moves_anything(
    served, owner_asker, outsider_asker, colleague_asker
):
    for asker in (owner_asker, outsider_asker, colleague_asker):
        for act in (
            lambda who: version_promote(asker=who, version_id=served[1].uid, reason="mine"),
            lambda who: version_rollback(asker=who),
            lambda who: candidate_set(asker=who, version_id=served[1].uid),
            lambda who: share_set(asker=who, workspace=None, percent=100),
        ):
            with pytest.raises(Forbidden):
                act(asker)
    assert engine_for(outsider_asker).label == "old@1" and not ModelMove.objects.exists()


def test_a_share_of_workspaces_is_answered_by_the_candidate_always_the_same(served, admin_asker):
    from collegium.accounts.asker import Asker

    _, new, _, script = served
    askers = [Asker(workspace_id=uuid.uuid5(uuid.NAMESPACE_DNS, str(n))) for n in range(300)]
    share_set(asker=admin_asker, workspace=None, percent=30)
    assert {engine_for(asker).label for asker in askers[:5]} == {"old@1"}  # there is no candidate
    candidate_set(asker=admin_asker, version_id=new.uid)
    labels = [engine_for(asker).label for asker in askers]
    assert labels == [engine_for(asker).label for asker in askers]
    assert 60 < labels.count("new@1") < 120
    share_set(asker=admin_asker, workspace=None, percent=60)
    wider = [engine_for(asker).label for asker in askers]
    assert all(b == "new@1" for a, b in zip(labels, wider, strict=True) if a == "new@1")
    assert {workspace_bucket(asker.workspace_id) < 60 for asker in askers} == {True, False}


def test_a_named_workspace_asks_the_candidate_and_nobody_else(
    served, admin_asker, outsider_asker, workspace, settings
):
    _, new, _, script = served
    candidate_set(asker=admin_asker, version_id=new.uid)
    share_set(asker=admin_asker, workspace=workspace.pk, percent=100)
    assert engine_for(admin_asker).label == "new@1" and engine_for(outsider_asker).label == "old@1"
    script.models_status = 503
    from django.core.cache import cache

    cache.clear()
    assert engine_for(admin_asker).label == "old@1"  # a candidate that is away costs nobody an answer
    for percent in (50, 101):
        with pytest.raises(Invalid):
            share_set(asker=admin_asker, workspace=workspace.pk, percent=percent)
    share_set(asker=admin_asker, workspace=workspace.pk, percent=None)
    script.models_status = 200
    cache.clear()
    assert engine_for(admin_asker).label == "old@1"


def test_an_evaluation_asks_the_versions_own_engine_and_production_where_they_are_compared(
    served, admin_asker, monkeypatch
):
    from collegium.sdk.vertical import Suite, SuiteResult

    old, new, *_ = served
    asked = []

    def run(data):
        label = engine_for(admin_asker).label
        asked.append(label)
        return SuiteResult({"recall@5": 0.9 if label == "new@1" else 0.8})

    monkeypatch.setattr(
        "collegium.evaluation.services.suites", lambda: {GATE["suite"]: Suite("suite", "d", run)}
    )
    EvaluationGate.objects.create(**GATE, minimum=0.85, worse_by=0.0)
    verdict = version_evaluate(version=new)
    assert asked == ["new@1", "old@1"] and verdict.passed
    assert (verdict.figures[0].value, verdict.figures[0].production) == (0.9, 0.8)
    new.refresh_from_db()
    assert new.state == "evaluated" and engine_for(admin_asker).label == "old@1"
    assert SuiteRun.objects.order_by("pk").first().served["model"] == "new@1"
    version_evaluate(version=new)
    assert asked == ["new@1", "old@1", "new@1"]  # production's figures are known
    EvaluationGate.objects.update(minimum=0.95)
    assert not version_evaluate(version=new).passed
    new.refresh_from_db()
    assert new.state == "refused"


def test_what_answers_can_be_pinned_for_a_block(served, admin_asker):
    with answered_by(served[1]):
        assert engine_for(admin_asker).label == "new@1"
    assert engine_for(admin_asker).label == "old@1"
