"""Why a training failed, in words that can be told in any language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

SAID_CHARS = 2000
TITLE = gettext_noop("The training failed")
# What a training's `problem` line says by its code. `said`: its own message, with the numbers.
SENTENCES = {
    "no_examples": gettext_noop(
        "Nothing is left to train on: the documents give no examples, or the filters removed them all. "
        "%(said)s"
    ),
    "budget_too_small": gettext_noop(
        "The epsilon is too small for even one step. Ask for more, or for fewer steps. %(said)s"
    ),
    "no_noise_reaches": gettext_noop(
        "No noise reaches the epsilon that was asked for. Ask for more epsilon, fewer steps or a "
        "smaller batch. "
        "%(said)s"
    ),
    "not_finite": gettext_noop(
        "The loss is no number any more: choose a lower learning rate, and start again. %(said)s"
    ),
    "out_of_memory": gettext_noop(
        "The memory did not suffice, even with half as many examples at once. Choose fewer examples at "
        "once, or "
        "fewer tokens of an example. %(said)s"
    ),
    "disk_full": gettext_noop(
        "The installation's disk is full. Free some space on it, then resume the run. %(said)s"
    ),
    "checkpoint_corrupt": gettext_noop("No checkpoint of the run is sound any more. %(said)s"),
    "adapter_of_another_base": gettext_noop("The adapter belongs to another base model. %(said)s"),
    "config_invalid": gettext_noop("The training cannot be done with these parameters. %(said)s"),
    "not_private": gettext_noop("This method cannot be trained with differential privacy. %(said)s"),
    "engine_missing": gettext_noop(
        "The training program engine.train is not installed where the worker runs. Install the whole product "
        "there."
    ),
    "crashed": gettext_noop(
        "The training ended without a word %(times)s times (%(how)s). Its last lines are in the run's "
        "log; if "
        "memory ran out, choose fewer examples at once."
    ),
    "restart_refused": gettext_noop(
        "The training was lost before its first checkpoint, after steps had run on private texts. What "
        "it had "
        "reserved is spent. To begin anew, resume the run: that reserves the same once more."
    ),
    "data_changed": gettext_noop(
        "The documents have changed since the run began, so it cannot be gone on with. Start a new run."
    ),
    "base_gone": gettext_noop("The base model %(base)s is no longer on this installation's disk."),
    "recipe_gone": gettext_noop(
        "The recipe %(recipe)s is not there any more, or its field is not enabled in the workspace."
    ),
    "asker_gone": gettext_noop(
        "Whoever started the run may no longer manage the workspace. Start a new run."
    ),
    "recipe_failed": gettext_noop(
        "The recipe failed to make its examples (%(kind)s); the worker's log says why. Report it."
    ),
    "recipe_leaks": gettext_noop(
        "The recipe gave an example of a document that is not among those chosen, or that whoever "
        "started the run "
        "may not see. Nothing was trained. Report it to the recipe's author."
    ),
    "result_invalid": gettext_noop("What the training left cannot be used: %(said)s"),
    "no_certificate": gettext_noop(
        "The training was private and left no certificate, so its model is not taken."
    ),
    "over_reserved": gettext_noop(
        "The training spent ε %(epsilon)s, more than the %(reserved)s that were reserved. That is "
        "charged, and its "
        "model is not taken."
    ),
    "internal": gettext_noop("An unexpected %(kind)s; see the worker's log. Retry, or report it."),
}


class TrainingFailed(Exception):
    """A run cannot go on; `problem` is what its job keeps."""

    def __init__(self, code: str, **params: Any) -> None:
        self.problem = problem_stored(code, params)
        super().__init__(self.problem["detail"])


def problem_stored(code: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """A problem as a job keeps it: in English, with the sentence and what is filled in for other
    languages.
    """
    filled = {"said": "", **{name: str(value)[:SAID_CHARS] for name, value in params.items()}}
    message = SENTENCES.get(code) or "%(said)s"
    return {
        "code": code[:40],
        "title": TITLE,
        "detail": (message % filled).strip() or code[:40],
        "message": message,
        "params": filled,
    }
