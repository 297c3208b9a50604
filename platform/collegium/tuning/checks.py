"""System checks of the settings of fine-tuning that only together can be wrong."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

DEVICES = ("cpu", "cuda")
DTYPES = ("float32", "bfloat16")


@register("tuning")
def tuning_check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Errors for a device or a number type that no training knows; a warning where there is no training."""
    messages: list[CheckMessage] = []
    if settings.TUNING_DEVICE not in DEVICES:
        messages.append(
            Error(
                f"COLLEGIUM_TUNING_DEVICE={settings.TUNING_DEVICE!r} cannot be used: write cpu or cuda.",
                id="collegium.E011",
            )
        )
    if settings.TUNING_DTYPE not in DTYPES:
        messages.append(
            Error(
                f"COLLEGIUM_TUNING_DTYPE={settings.TUNING_DTYPE!r} cannot be used: write one of "
                f"{', '.join(DTYPES)}.",
                id="collegium.E012",
            )
        )
    if find_spec("engine.train") is None:
        messages.append(Warning("engine.train is not installed: no model can be tuned.", id="collegium.W011"))
    return messages
