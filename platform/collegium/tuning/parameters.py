"""What may be changed of a recipe, within which limits, and the job that comes of it."""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from collegium.errors import Invalid
from collegium.sdk.tuning import Recipe

EPSILON_DEFAULT = 0.5
DELTA_DEFAULT = 1e-5
DELTA_DIGITS = Decimal("1e-18")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that people may change. `place`: where it stands in the job, as a part and a key."""

    name: str
    label: Any
    place: tuple[str, str]
    low: float
    high: float
    whole: bool = True
    private_only: bool = False
    lora_only: bool = False

    def fits(self, recipe: Recipe) -> bool:
        """Whether the recipe knows of it."""
        if self.lora_only and recipe.method["kind"] != "lora":
            return False
        return recipe.private or not self.private_only

    def read(self, value: Any) -> float | int:
        """The number. Raises Invalid where it is none, or out of range."""
        whole = type(value) is int or (type(value) is float and value.is_integer())
        number = type(value) is int or (type(value) is float and math.isfinite(value))
        if not number or (self.whole and not whole) or not self.low <= value <= self.high:
            kind = _("a whole number") if self.whole else _("a number")
            message = _("Write %(kind)s from %(low)s to %(high)s.") % {
                "kind": kind,
                "low": f"{self.low:g}",
                "high": f"{self.high:g}",
            }
            error = {"field": f"parameters.{self.name}", "code": "out_of_range", "message": message}
            raise Invalid(f"{self.label}: {message}", code="parameter_out_of_range", errors=[error])
        return int(value) if self.whole else float(value)


PARAMETERS = (
    Parameter("epsilon", "ε", ("privacy", "target_epsilon"), 0.01, 100, whole=False, private_only=True),
    Parameter("delta", "δ", ("privacy", "delta"), 1e-12, 1e-3, whole=False, private_only=True),
    Parameter("steps", _lazy("Steps"), ("descent", "steps"), 1, 1_000_000),
    Parameter("epochs", _lazy("Passes over the data"), ("descent", "epochs"), 1, 1000),
    Parameter("batch", _lazy("Examples in a batch"), ("descent", "batch"), 1, 65_536),
    Parameter("physical_batch", _lazy("Examples at once in memory"), ("descent", "physical_batch"), 1, 4096),
    Parameter("learning_rate", _lazy("Learning rate"), ("descent", "learning_rate"), 1e-8, 10, whole=False),
    Parameter("max_tokens", _lazy("Tokens of an example at most"), ("descent", "max_tokens"), 16, 131_072),
    Parameter("r", _lazy("Rank of the adapter"), ("method", "r"), 1, 1024, lora_only=True),
    Parameter(
        "checkpoint_steps", _lazy("Steps between checkpoints"), ("checkpoints", "every_steps"), 1, 100_000
    ),
    Parameter("seed", _lazy("Seed"), ("", "seed"), 0, 2**31 - 1),
)
OTHER = {"steps": "epochs", "epochs": "steps"}  # a training is as long as one of the two says


def parameters_of(recipe: Recipe) -> list[Parameter]:
    """What may be changed of a recipe."""
    return [parameter for parameter in PARAMETERS if parameter.fits(recipe)]


def parameter_value(parameter: Parameter, job: Mapping[str, Any]) -> Any:
    """What a job says of a parameter, or None."""
    part, key = parameter.place
    return ((job.get(part) or {}) if part else job).get(key)


def job_of(recipe: Recipe, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe with its changes, in the form that `engine.train` reads, without paths and names.

    Raises Invalid for an unknown parameter and for one that is out of range.
    """
    job: dict[str, Any] = {
        "method": copy.deepcopy(dict(recipe.method)),
        "data": copy.deepcopy(dict(recipe.data)),
        "descent": dict(recipe.descent),
        "privacy": None,
        "checkpoints": {"every_steps": 10, "keep_last": 3},
        "seed": 1,
        "threads": settings.TUNING_THREADS,
        "device": settings.TUNING_DEVICE,
        "dtype": settings.TUNING_DTYPE,
    }
    if recipe.private:
        job["privacy"] = {"target_epsilon": EPSILON_DEFAULT, "delta": DELTA_DEFAULT, **(recipe.privacy or {})}
        job["privacy"]["delta"] = job["privacy"]["delta"] or DELTA_DEFAULT
    known = {parameter.name: parameter for parameter in parameters_of(recipe)}
    _unknown_refuse(recipe, changes, known)
    for name, value in changes.items():
        parameter = known[name]
        part, key = parameter.place
        (job[part] if part else job)[key] = parameter.read(value)
        if name in OTHER and OTHER[name] not in changes:
            job["descent"].pop(OTHER[name], None)
    return job


def _unknown_refuse(recipe: Recipe, changes: Mapping[str, Any], known: Mapping[str, Parameter]) -> None:
    unknown = sorted(set(map(str, changes)) - set(known))
    if unknown:
        message = _("The recipe has no parameter '%(name)s'; there are: %(known)s.") % {
            "name": unknown[0][:60],
            "known": ", ".join(known),
        }
        error = {"field": f"parameters.{unknown[0][:60]}", "code": "unknown", "message": message}
        raise Invalid(message, code="unknown_parameter", errors=[error])
    if {"steps", "epochs"} <= set(changes):
        raise Invalid(
            _("Say how long to train by steps or by passes over the data, not by both."),
            code="steps_and_epochs",
        )


def delta_used(reserved: Decimal, examples: int) -> Decimal:
    """The delta that a training is given: what was reserved, and never more than 1 / N^1.1 of its N
    examples.
    """
    most = Decimal(float(max(examples, 1)) ** -1.1)
    return min(reserved, most).quantize(DELTA_DIGITS, ROUND_FLOOR)
