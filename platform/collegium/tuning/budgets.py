"""Privacy budgets of data sets: what each allows, what is used of it and what is left.

Composition is basic: over all trainings that touched a data set the epsilons add up and so do the deltas
(Dwork and Roth, The Algorithmic Foundations of Differential Privacy, theorem 3.16). That holds for trainings
that are chosen one after the other and seen in between, and never claims less than was spent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import vertical_slugs
from collegium.accounts.services import audit_record
from collegium.errors import Forbidden, Invalid, NotFound
from collegium.knowledge.models import KnowledgeBase
from collegium.knowledge.selectors import visible_knowledge_bases
from collegium.sdk.registry import loaded_verticals
from collegium.tuning.models import PrivacyBudget, PrivacySpending, SpendingState

EPSILON_DIGITS, DELTA_DIGITS = Decimal("1e-8"), Decimal("1e-18")
EPSILON_MOST, DELTA_MOST = Decimal(1000), Decimal("0.01")
COUNTED = (SpendingState.RESERVED, SpendingState.SPENT)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a budget is of: a knowledge base, or an import of a vertical, which has no `knowledge_base`."""

    key: str
    label: str
    vertical: str
    knowledge_base: UUID | None = None


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget's limits, and how much of them is reserved or spent."""

    data_set: DataSet
    epsilon_limit: Decimal
    delta_limit: Decimal
    epsilon_used: Decimal = ZERO
    delta_used: Decimal = ZERO
    is_default: bool = True

    @property
    def epsilon_left(self) -> Decimal:
        return max(ZERO, self.epsilon_limit - self.epsilon_used)

    @property
    def delta_left(self) -> Decimal:
        return max(ZERO, self.delta_limit - self.delta_used)

    def allows(self, epsilon: Decimal, delta: Decimal) -> bool:
        """Whether as much may still be spent."""
        return epsilon <= self.epsilon_left and delta <= self.delta_left


def epsilon_up(value: float | Decimal) -> Decimal:
    """An epsilon as it is charged: never less than it is."""
    return Decimal(str(value)).quantize(EPSILON_DIGITS, ROUND_CEILING)


def delta_up(value: float | Decimal) -> Decimal:
    """A delta as it is charged: never less than it is."""
    return Decimal(str(value)).quantize(DELTA_DIGITS, ROUND_CEILING)


def base_data_set(base: KnowledgeBase) -> DataSet:
    return DataSet(f"knowledge-base:{base.pk}", base.name, base.vertical, base.pk)


def import_data_set(vertical: str, name: str) -> DataSet:
    return DataSet(f"import:{vertical}.{name}", name, vertical)


def visible_budgets(asker: Asker) -> QuerySet[PrivacyBudget]:
    """The budgets of the asker's workspace, of knowledge bases only where the asker sees them."""
    rows = PrivacyBudget.objects.filter(workspace_id=asker.workspace_id)
    if not asker.may("manage"):
        return rows.none()
    whole = Q(knowledge_base__isnull=True, vertical__in=vertical_slugs(asker))
    return rows.filter(whole | Q(knowledge_base__in=visible_knowledge_bases(asker).values("pk")))


def data_sets(asker: Asker) -> dict[str, DataSet]:
    """Key -> data set, for all that private recipes may read as the asker, and all that have a budget."""
    private = {
        slug: [recipe for recipe in vertical.recipes if recipe.private]
        for slug, vertical in loaded_verticals().items()
    }
    slugs = [slug for slug in vertical_slugs(asker) if private.get(slug)]
    bases = visible_knowledge_bases(asker).filter(vertical__in=slugs)
    found = [base_data_set(base) for base in bases]
    found += [
        import_data_set(slug, name)
        for slug in slugs
        for name in sorted({name for recipe in private[slug] for name in recipe.imports})
    ]
    known = {one.key: one for one in found}
    for row in visible_budgets(asker):
        known.setdefault(row.data_set, DataSet(row.data_set, row.label, row.vertical, row.knowledge_base_id))
    return known


def budget_states(asker: Asker) -> list[BudgetState]:
    """The state of every data set's budget that the asker may manage, in the order of their names."""
    known = data_sets(asker)
    rows = {row.data_set: row for row in visible_budgets(asker)}
    used = _used(rows.values())
    states = [_state(one, rows.get(key), used) for key, one in known.items()]
    return sorted(states, key=lambda state: (state.data_set.label.lower(), state.data_set.key))


def budget_state(row: PrivacyBudget) -> BudgetState:
    """The state of one budget, as the transaction sees it."""
    data_set = DataSet(row.data_set, row.label, row.vertical, row.knowledge_base_id)
    return _state(data_set, row, _used([row]))


def _used(rows: Iterable[PrivacyBudget]) -> Mapping[UUID, tuple[Decimal, Decimal]]:
    counted = PrivacySpending.objects.filter(budget__in=[row.pk for row in rows], state__in=COUNTED)
    sums = counted.values("budget").order_by().annotate(epsilon_sum=Sum("epsilon"), delta_sum=Sum("delta"))
    return {row["budget"]: (row["epsilon_sum"], row["delta_sum"]) for row in sums}


def _state(
    data_set: DataSet, row: PrivacyBudget | None, used: Mapping[UUID, tuple[Decimal, Decimal]]
) -> BudgetState:
    epsilon, delta = used.get(row.pk, (ZERO, ZERO)) if row else (ZERO, ZERO)
    own_epsilon, own_delta = (row.epsilon_limit, row.delta_limit) if row else (None, None)
    return BudgetState(
        data_set=data_set,
        epsilon_limit=settings.PRIVACY_EPSILON if own_epsilon is None else own_epsilon,
        delta_limit=settings.PRIVACY_DELTA if own_delta is None else own_delta,
        epsilon_used=epsilon,
        delta_used=delta,
        is_default=own_epsilon is None and own_delta is None,
    )


def ledger(asker: Asker) -> QuerySet[PrivacySpending]:
    """What was taken of the budgets that the asker may manage, newest first."""
    rows = PrivacySpending.objects.filter(budget__in=visible_budgets(asker).values("pk"))
    return rows.select_related("budget", "run").order_by("-created_at", "-pk")


def budget_ensure(workspace_id: UUID, data_set: DataSet) -> PrivacyBudget:
    """The data set's row, made where there is none."""
    row, _made = PrivacyBudget.objects.get_or_create(
        workspace_id=workspace_id,
        data_set=data_set.key,
        defaults={
            "label": data_set.label,
            "vertical": data_set.vertical,
            "knowledge_base_id": data_set.knowledge_base,
        },
    )
    return row


def budget_set(
    *, asker: Asker, data_set: str, epsilon_limit: Decimal | None, delta_limit: Decimal | None
) -> BudgetState:
    """Set what trainings may spend of a data set in all; None means the installation's limit.

    What was spent stays spent. Raises Forbidden, NotFound, Invalid.
    """
    if not asker.may("manage"):
        raise Forbidden(
            _("This needs the permission '%(scope)s'; ask an administrator for it.") % {"scope": "manage"}
        )
    found = data_sets(asker).get(data_set)
    if found is None:
        raise NotFound(_("There is no such data set."), code="unknown_data_set")
    for name, value, most in (
        ("epsilon_limit", epsilon_limit, EPSILON_MOST),
        ("delta_limit", delta_limit, DELTA_MOST),
    ):
        if value is not None and not (value.is_finite() and 0 <= value <= most):
            message = _("Write a number from 0 to %(most)s.") % {"most": f"{most:f}"}
            error = {"field": name, "code": "out_of_range", "message": message}
            raise Invalid(f"{name}: {message}", code="limit_out_of_range", errors=[error])
    row = budget_ensure(asker.workspace_id, found)
    row.epsilon_limit = None if epsilon_limit is None else epsilon_limit.quantize(EPSILON_DIGITS, ROUND_FLOOR)
    row.delta_limit = None if delta_limit is None else delta_limit.quantize(DELTA_DIGITS, ROUND_FLOOR)
    row.save(update_fields=["epsilon_limit", "delta_limit"])
    audit_record(
        asker=asker,
        action="privacy_budget.set",
        target=row.data_set,
        epsilon=None if epsilon_limit is None else str(row.epsilon_limit),
        delta=None if delta_limit is None else str(row.delta_limit),
    )
    return budget_state(row)
