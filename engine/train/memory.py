"""How much memory a training holds, and whether an error says that there is no more."""

import resource

import torch

_SAID = ("out of memory", "can't allocate memory", "cannot allocate memory")


def memory_bytes(device: str) -> int:
    """The most that this process has held so far: of a GPU's memory, or of the machine's."""
    if device == "cuda":
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def out_of_memory(error: BaseException) -> bool:
    """Whether an error is that of an allocation."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return any(said in str(error).lower() for said in _SAID)
