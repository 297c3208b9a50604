"""What can go wrong between a caller and the engine, as named errors."""


class EngineError(Exception):
    """The engine could not do what was asked; `retryable` says whether the same call may succeed later."""

    code: str = "engine_error"
    retryable: bool = False


class EngineUnavailable(EngineError):
    """Nothing answers at the engine's address, or it is still loading or overloaded."""

    code = "engine_unavailable"
    retryable = True


class EngineTimeout(EngineError):
    """The engine did not finish within the caller's time."""

    code = "engine_timeout"
    retryable = True


class EngineRejected(EngineError):
    """The engine understood the request and refused it; `status` is its HTTP status."""

    code = "engine_rejected"

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class EngineBrokenStream(EngineError):
    """The engine died in the middle of an answer, or sent what is not the protocol."""

    code = "engine_broken_stream"
    retryable = True


class ContextTooLong(EngineRejected):
    """The prompt and the tokens asked for do not fit into the model's context."""

    code = "context_too_long"

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        prompt_tokens: int | None = None,
        limit_tokens: int | None = None,
    ) -> None:
        super().__init__(message, status=status)
        self.prompt_tokens = prompt_tokens
        self.limit_tokens = limit_tokens


class ModelInvalid(EngineError):
    """A model directory cannot be used: a file is missing, altered, or of a refused kind."""

    code = "model_invalid"


class ModelTooLarge(EngineError):
    """The model needs more memory or disk than there is."""

    code = "model_too_large"


class ConfigInvalid(EngineError):
    """The engine's configuration has an unknown key or an unusable value."""

    code = "config_invalid"


class ExpertsInvalid(EngineError):
    """Experts cannot be shared out, trained or grafted as asked: an owner, a number or a base is wrong."""

    code = "experts_invalid"


class CompressionFailed(EngineError):
    """A model cannot be brought into a smaller form: its shapes do not fit, or the library failed."""

    code = "compression_failed"


class InstallFailed(EngineError):
    """What is installed when it is first wanted cannot be: no network, no compiler, or a version is gone."""

    code = "install_failed"


class CheckpointCorrupt(EngineError):
    """A checkpoint is not what was written, or cannot be used to go on."""

    code = "checkpoint_corrupt"


class DiskFull(EngineError):
    """There is no room left where something is to be written."""

    code = "disk_full"


class NoExamples(EngineError):
    """Nothing is left to train on."""

    code = "no_examples"
