"""What ends a training, as named errors; `code` is what the `problem` line says."""

from engine.errors import EngineError


class TrainingFailed(EngineError):
    """A training cannot go on, or cannot begin."""

    code = "training_failed"


class BudgetTooSmall(TrainingFailed):
    """The epsilon that may be spent does not pay for the steps at this noise."""

    code = "budget_too_small"


class NoNoiseReaches(TrainingFailed):
    """No amount of noise brings the steps under the epsilon that was asked for."""

    code = "no_noise_reaches"


class NotPrivate(TrainingFailed):
    """What was asked for has no sound form under differential privacy."""

    code = "not_private"


class NotFinite(TrainingFailed):
    """A loss or a weight became infinite or no number."""

    code = "not_finite"


class NothingLearnt(TrainingFailed):
    """The first step left all weights as they were."""

    code = "nothing_learnt"


class OutOfMemory(TrainingFailed):
    """The physical batch does not fit, nor does half of it."""

    code = "out_of_memory"


class AdapterOfAnotherBase(TrainingFailed):
    """A checkpoint belongs to another base model."""

    code = "adapter_of_another_base"
