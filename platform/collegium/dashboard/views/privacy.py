"""The privacy ledger: what trainings have spent of each data set, by which model, and what is left."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.dashboard.access import page
from collegium.errors import Invalid
from collegium.tuning.budgets import BudgetState, budget_set, budget_states, ledger
from collegium.tuning.models import PrivacySpending
from collegium.tuning.spending import plain

LINES_MOST = 200


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A budget with the newest lines of its ledger."""

    state: BudgetState
    lines: tuple[PrivacySpending, ...]

    @property
    def epsilon_percent(self) -> int:
        return _percent(self.state.epsilon_used, self.state.epsilon_limit)

    @property
    def delta_percent(self) -> int:
        return _percent(self.state.delta_used, self.state.delta_limit)

    @property
    def own_epsilon(self) -> str:
        return "" if self.state.is_default else plain(self.state.epsilon_limit)

    @property
    def own_delta(self) -> str:
        return "" if self.state.is_default else plain(self.state.delta_limit)


def _percent(used: Decimal, limit: Decimal) -> int:
    return min(100, round(100 * used / limit)) if limit else 100


@page("manage", methods=("GET", "POST"))
def privacy(request: HttpRequest, asker: Asker) -> HttpResponse:
    if request.method == "POST":
        return _limits_set(request, asker)
    lines: dict[str, list[PrivacySpending]] = {}
    for line in ledger(asker):
        lines.setdefault(line.budget.data_set, []).append(line)
    rows = [
        BudgetRow(state, tuple(lines.get(state.data_set.key, ())[:LINES_MOST]))
        for state in budget_states(asker)
    ]
    return render(request, "dashboard/privacy.html", {"rows": rows, "section": "privacy"})


def _limits_set(request: HttpRequest, asker: Asker) -> HttpResponse:
    state = budget_set(
        asker=asker,
        data_set=request.POST.get("data_set", ""),
        epsilon_limit=_limit_read("ε", request.POST.get("epsilon_limit", "")),
        delta_limit=_limit_read("δ", request.POST.get("delta_limit", "")),
    )
    messages.success(request, _("The limits of “%(name)s” are set.") % {"name": state.data_set.label})
    return redirect("privacy")


def _limit_read(name: str, text: str) -> Decimal | None:
    text = text.strip()
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise Invalid(
            _("%(name)s: write a number, such as 0.5 or 1e-5.") % {"name": name}, code="no_number"
        ) from error
