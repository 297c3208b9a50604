"""The ledger of privacy: what a run reserves before it starts, spends by its first step, or gets back.

Every change of a line is conditional on its state, so that what was spent can never be returned.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collegium.errors import Conflict
from collegium.tuning.budgets import (
    BudgetState,
    DataSet,
    budget_ensure,
    budget_state,
    delta_up,
    epsilon_up,
)
from collegium.tuning.models import PrivacyBudget, PrivacySpending, SpendingState, TuningRun


def plain(value: Decimal) -> str:
    """A number without an exponent and without zeros at its end; what is very small, with an exponent."""
    if value and abs(value) < Decimal("0.0001"):
        return f"{float(value):.3g}"
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def spending_reserve(
    *, run: TuningRun, data_sets: Sequence[DataSet], epsilon: float, delta: float, unit: str
) -> None:
    """Take epsilon and delta of every data set's budget for one execution of a run, or of none.

    Whoever reserves at the same time waits for the surrounding transaction. Raises Conflict, which names
    what is
    left, where one of them does not allow it.
    """
    wanted = epsilon_up(epsilon), delta_up(delta)
    with transaction.atomic():
        ensured = [budget_ensure(run.workspace_id, one).pk for one in data_sets]
        rows = list(PrivacyBudget.objects.select_for_update().filter(pk__in=ensured).order_by("pk"))
        states = [budget_state(row) for row in rows]
        if lacking := [state for state in states if not state.allows(*wanted)]:
            raise _exceeded(lacking, *wanted)
        PrivacySpending.objects.bulk_create(
            PrivacySpending(
                budget=row,
                run=run,
                execution=run.execution,
                run_label=f"{run} ({run.vertical}.{run.recipe})",
                epsilon=wanted[0],
                delta=wanted[1],
                unit=unit,
            )
            for row in rows
        )


def _exceeded(lacking: Sequence[BudgetState], epsilon: Decimal, delta: Decimal) -> Conflict:
    left = "; ".join(
        _("%(name)s: ε %(epsilon)s of %(epsilon_limit)s, δ %(delta)s of %(delta_limit)s")
        % {
            "name": state.data_set.label,
            "epsilon": plain(state.epsilon_left),
            "epsilon_limit": plain(state.epsilon_limit),
            "delta": plain(state.delta_left),
            "delta_limit": plain(state.delta_limit),
        }
        for state in lacking
    )
    return Conflict(
        _(
            "The privacy budget does not allow ε %(epsilon)s with δ %(delta)s. Left are: %(left)s. Ask "
            "for less, "
            "or let whoever manages the workspace raise the limit."
        )
        % {"epsilon": plain(epsilon), "delta": plain(delta), "left": left},
        code="budget_exceeded",
        left=[
            {
                "data_set": state.data_set.key,
                "epsilon": plain(state.epsilon_left),
                "delta": plain(state.delta_left),
            }
            for state in lacking
        ],
    )


def spending_state(run: TuningRun) -> str:
    """What became of what the run's execution took: reserved, spent or returned; empty where it took
    nothing.
    """
    rows = PrivacySpending.objects.filter(run=run, execution=run.execution)
    return rows.values_list("state", flat=True).first() or ""


def spending_lower(*, run: TuningRun, delta: Decimal) -> None:
    """Reserve no more delta than the training was given; it has not started yet."""
    PrivacySpending.objects.filter(
        run=run, execution=run.execution, state=SpendingState.RESERVED, delta__gt=delta
    ).update(delta=delta)


def spending_spend(*, run: TuningRun, reason: str = "") -> int:
    """Spend for good what the run's execution reserved; returns of how many budgets it newly did."""
    return _decide(run, SpendingState.SPENT, reason)


def spending_return(*, run: TuningRun, reason: str = "") -> int:
    """Give back what the run's execution reserved; what it spent stays spent."""
    return _decide(run, SpendingState.RETURNED, reason)


def spending_raise(*, run: TuningRun, epsilon: float, delta: float) -> None:
    """Charge what a training says it has spent where that is more than what was reserved for it."""
    rows = PrivacySpending.objects.filter(run=run, execution=run.execution)
    rows.filter(epsilon__lt=epsilon_up(epsilon)).update(epsilon=epsilon_up(epsilon))
    rows.filter(delta__lt=delta_up(delta)).update(delta=delta_up(delta))


def _decide(run: TuningRun, state: SpendingState, reason: str) -> int:
    rows = PrivacySpending.objects.filter(run=run, execution=run.execution, state=SpendingState.RESERVED)
    return rows.update(state=state, reason=reason, decided_at=timezone.now())
