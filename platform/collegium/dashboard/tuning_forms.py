"""What the page that starts a tuning shows and accepts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict

from collegium.accounts.asker import Asker
from collegium.dashboard.navigation import in_language
from collegium.errors import Problem
from collegium.knowledge.models import KnowledgeBase
from collegium.knowledge.selectors import visible_knowledge_bases
from collegium.tuning.bases import Base, base_get, bases_there
from collegium.tuning.budgets import BudgetState, budget_states
from collegium.tuning.parameters import job_of, parameter_value, parameters_of
from collegium.tuning.selectors import RecipeOf

PREFIX = "set-"


@dataclass(frozen=True, slots=True)
class Choice:
    """A recipe as the page names it."""

    key: str
    label: str
    description: str
    private: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class BaseRow:
    """A knowledge base that may be chosen; `budget` is None where the recipe spends nothing."""

    base: KnowledgeBase
    budget: BudgetState | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as an input, with the recipe's own value."""

    name: str
    label: Any
    value: str
    low: float
    high: float
    step: str
    private_only: bool


def choices_of(recipes: Sequence[RecipeOf], chosen: RecipeOf | None, language: str) -> list[Choice]:
    """The recipes in the page's language."""
    return [
        Choice(
            one.key,
            in_language(one.recipe.label, language),
            in_language(one.recipe.description, language),
            one.recipe.private,
            chosen is not None and one.key == chosen.key,
        )
        for one in recipes
    ]


def fields_of(chosen: RecipeOf, given: Mapping[str, str]) -> list[Field]:
    """The recipe's parameters, filled with what was typed or else with its own values."""
    job = job_of(chosen.recipe, {})
    fields = []
    for parameter in parameters_of(chosen.recipe):
        own = parameter_value(parameter, job)
        shown = "" if own is None else f"{own:g}"
        value = given.get(PREFIX + parameter.name, shown)
        step = "1" if parameter.whole else "any"
        fields.append(
            Field(
                PREFIX + parameter.name,
                parameter.label,
                value,
                parameter.low,
                parameter.high,
                step,
                parameter.private_only,
            )
        )
    return fields


def base_rows(asker: Asker, chosen: RecipeOf, ids: Sequence[str]) -> list[BaseRow]:
    """The knowledge bases of the recipe's vertical that the asker sees, and what is left of their budgets."""
    states = {state.data_set.knowledge_base: state for state in budget_states(asker)}
    bases = visible_knowledge_bases(asker).filter(vertical=chosen.vertical).order_by("name", "pk")
    private = chosen.recipe.private
    return [BaseRow(base, states.get(base.pk) if private else None, str(base.pk) in ids) for base in bases]


def models_of() -> tuple[list[Base], str]:
    """The models that can be tuned, and the label of the one that is meant where none is named."""
    try:
        return bases_there(), base_get().label
    except Problem:
        return bases_there(), ""


def changes_read(chosen: RecipeOf, data: QueryDict) -> dict[str, Any]:
    """The parameters that were set otherwise than the recipe has them."""
    own = {field.name: field.value for field in fields_of(chosen, {})}
    changes: dict[str, Any] = {}
    for parameter in parameters_of(chosen.recipe):
        text = data.get(PREFIX + parameter.name, "").strip()
        if text and text != own[PREFIX + parameter.name]:
            changes[parameter.name] = number_read(text)
    return changes


def number_read(text: str) -> float | int | str:
    """The number that was typed; what is none stays text, which the service refuses by name."""
    try:
        return int(text) if text.lstrip("-").isdigit() and len(text) < 20 else float(text)
    except ValueError:
        return text[:40]


def ids_read(values: Sequence[str]) -> list[UUID]:
    """The ids among them."""
    found = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found
