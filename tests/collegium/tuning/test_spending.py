"""Privacy budgets: what may be spent of a data set in all, whoever asks for it at once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from collegium.errors import Conflict, Forbidden, Invalid, NotFound
from collegium.tuning.budgets import budget_set, budget_states, ledger, visible_budgets
from collegium.tuning.models import PrivacyBudget, PrivacySpending, SpendingState, TuningRun
from collegium.tuning.services import job_start
from collegium.tuning.spending import plain, spending_return, spending_spend

pytestmark = pytest.mark.django_db


def limit(asker, base, epsilon, delta="0.0001"):
    return budget_set(
        asker=asker,
        data_set=f"knowledge-base:{base.pk}",
        epsilon_limit=Decimal(epsilon),
        delta_limit=Decimal(delta),
    )


def state_of(asker, base):
    return next(one for one in budget_states(asker) if one.data_set.knowledge_base == base.pk)


def test_epsilon_and_delta_of_all_runs_over_a_data_set_add_up(start, owner_asker, notes):
    limit(owner_asker, notes, "1")
    start(epsilon=0.5, delta=1e-5)
    start(epsilon=0.3, delta=2e-5)
    state = state_of(owner_asker, notes)
    assert (state.epsilon_used, state.delta_used) == (Decimal("0.8"), Decimal("0.00003"))
    assert (state.epsilon_left, state.delta_left) == (Decimal("0.2"), Decimal("0.00007"))


def test_a_run_that_would_exceed_a_budget_is_refused_and_told_what_is_left(start, owner_asker, notes):
    limit(owner_asker, notes, "1")
    start(epsilon=0.8)
    with pytest.raises(Conflict) as refused:
        start(epsilon=0.5)
    assert refused.value.code == "budget_exceeded"
    assert "Ward notes: ε 0.2 of 1" in refused.value.detail
    assert refused.value.extra["left"] == [
        {"data_set": f"knowledge-base:{notes.pk}", "epsilon": "0.2", "delta": "9e-05"}
    ]
    assert TuningRun.objects.count() == PrivacySpending.objects.count() == 1


def test_delta_alone_may_exceed_a_budget(start, owner_asker, notes):
    limit(owner_asker, notes, "100", "0.00001")
    start(epsilon=0.5, delta=1e-5)
    with pytest.raises(Conflict, match="δ 0 of"):
        start(epsilon=0.5, delta=1e-12)


def test_the_installations_limit_holds_where_nobody_has_set_one(start, owner_asker, notes, settings):
    settings.PRIVACY_EPSILON = Decimal("0.6")
    start(epsilon=0.5)
    with pytest.raises(Conflict):
        start(epsilon=0.2)
    assert state_of(owner_asker, notes).is_default


def test_a_run_over_two_data_sets_is_charged_to_both_or_to_neither(start, owner_asker, notes, dummy):
    from collegium.knowledge.services import knowledge_base_create

    other = knowledge_base_create(asker=owner_asker, name="Day notes", vertical="dummy")
    limit(owner_asker, other, "0.4")
    with pytest.raises(Conflict, match="Day notes"):
        start(bases=[notes, other], epsilon=0.5)
    assert not PrivacySpending.objects.exists()
    start(bases=[notes, other], epsilon=0.4)
    assert PrivacySpending.objects.count() == 2


def test_an_import_that_a_recipe_reads_has_a_budget_of_its_own(start, owner_asker, notes, dummy, monkeypatch):
    import dataclasses

    from tests.verticals.dummy import tuning

    recipe = dataclasses.replace(tuning.PRIVATE, imports=("registry-2024",))
    monkeypatch.setattr(type(dummy), "recipes", (recipe,))
    start(epsilon=0.5)
    assert set(PrivacyBudget.objects.values_list("data_set", flat=True)) == {
        f"knowledge-base:{notes.pk}",
        "import:dummy.registry-2024",
    }
    budget_set(
        asker=owner_asker, data_set="import:dummy.registry-2024", epsilon_limit=Decimal(1), delta_limit=None
    )
    with pytest.raises(Conflict, match="registry-2024"):
        start(epsilon=0.6)


def test_what_was_spent_can_never_be_returned_nor_what_was_returned_be_spent(start):
    run = start()
    assert spending_spend(run=run) == 1
    assert spending_return(run=run) == 0
    assert PrivacySpending.objects.get().state == SpendingState.SPENT
    other = start(epsilon=0.1)
    assert spending_return(run=other) == 1
    assert spending_spend(run=other) == 0


def test_what_is_charged_is_never_less_than_what_was_asked_for(start):
    start(epsilon=0.1 + 0.2, delta=1e-12)
    spending = PrivacySpending.objects.get()
    assert spending.epsilon >= Decimal(0.1 + 0.2) and spending.delta >= Decimal("1e-12")
    with pytest.raises(IntegrityError), transaction.atomic():
        PrivacySpending.objects.update(epsilon=0)


def test_a_ledger_outlives_the_knowledge_base_and_the_run(start, notes, owner_asker):
    start(epsilon=0.5)
    name = notes.name
    notes.delete()
    assert [line.budget.label for line in ledger(owner_asker)] == [name]
    assert state_gone(owner_asker).epsilon_used == Decimal("0.5")


def state_gone(asker):
    (state,) = budget_states(asker)
    return state


def test_an_outsider_and_an_analyst_see_nothing_of_budgets(
    start, notes, outsider_asker, colleague_asker, dummy
):
    start(epsilon=0.5)
    for asker in (outsider_asker, colleague_asker):
        assert not visible_budgets(asker).exists() and not ledger(asker).exists()
    assert budget_states(outsider_asker) == []
    with pytest.raises(NotFound):
        limit(outsider_asker, notes, "100")
    with pytest.raises(Forbidden):
        limit(colleague_asker, notes, "100")


def test_a_key_without_a_person_sees_no_budget_of_a_restricted_knowledge_base(start, notes, workspace):
    from collegium.accounts.asker import ROLE_SCOPES, Asker

    start(epsilon=0.5)
    key = Asker(workspace_id=workspace.pk, role="editor", scopes=ROLE_SCOPES["admin"])
    assert ledger(key).count() == 1
    notes.access = "restricted"
    notes.save()
    assert not ledger(key).exists() and not visible_budgets(key).exists()


@pytest.mark.parametrize(("epsilon", "delta"), [("-1", "0.1"), ("1001", "0"), ("1", "0.02"), ("NaN", "0")])
def test_a_limit_out_of_range_is_refused(owner_asker, notes, epsilon, delta):
    with pytest.raises(Invalid) as refused:
        limit(owner_asker, notes, epsilon, delta)
    assert refused.value.code == "limit_out_of_range"


def test_setting_a_limit_is_on_record_and_may_lie_below_what_is_spent(start, owner_asker, notes):
    from collegium.accounts.models import AuditEvent

    start(epsilon=0.5)
    state = limit(owner_asker, notes, "0.1")
    assert state.epsilon_left == 0 and state.epsilon_used == Decimal("0.5")
    event = AuditEvent.objects.get(action="privacy_budget.set")
    assert event.detail["epsilon"] == "0.10000000" and event.user_id == owner_asker.user_id


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0.50000000", "0.5"), ("2", "2"), ("100", "100"), ("0.000010000", "1e-05"), ("0", "0")],
)
def test_numbers_are_shown_without_zeros_at_their_end(value, shown):
    assert plain(Decimal(value)) == shown


@pytest.mark.django_db(transaction=True)
def test_of_two_jobs_on_one_budget_at_once_one_is_refused(notes, owner_asker, base_model, sent):
    """Two connections, both past their checks: the row lock lets the second count what the first reserved."""
    limit(owner_asker, notes, "0.8")
    at_once = Barrier(2)

    def one(_):
        try:
            at_once.wait(20)
            run = job_start(asker=owner_asker, recipe="dummy.private", knowledge_bases=[notes.pk], changes={})
            return run.pk and "started"
        except Conflict as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(one, range(2)))
    assert outcomes == ["budget_exceeded", "started"]
    assert PrivacySpending.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_waits_for_another_that_is_just_reserving_and_sees_what_it_took(
    notes, owner_asker, base_model, sent
):
    limit(owner_asker, notes, "0.8")

    def second():
        try:
            job_start(asker=owner_asker, recipe="dummy.private", knowledge_bases=[notes.pk], changes={})
        except Conflict as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            job_start(asker=owner_asker, recipe="dummy.private", knowledge_bases=[notes.pk], changes={})
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(1)
        assert waiting.result(20) == "budget_exceeded"
