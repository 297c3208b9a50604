"""Whether a model can be served here: its files, and the memory it needs, before anything is loaded."""

import json
import math
import struct
from pathlib import Path
from typing import Any

from engine.config import ServeConfig
from engine.errors import ConfigInvalid, ModelInvalid, ModelTooLarge
from engine.manifest import MANIFEST_NAME, manifest_verify, pickles_refuse

GIB = 1024**3
PROCESSES_BYTES = 2 * GIB  # measured: server 0.7, core 0.6, worker without weights and cache 0.6 GiB
BYTES_OF_DTYPE = {"float32": 4, "bfloat16": 2, "float16": 2}
FLOATS = frozenset({"F64", "F32", "F16", "BF16"})  # safetensors' names
DEVICE_PART = 0.9  # vLLM's gpu_memory_utilization
INDEX_NAME = "model.safetensors.index.json"
PACKING_METHODS = frozenset({"awq", "gptq"})  # beside compressed-tensors, which names a format
MAX_HEADER_BYTES = 100 * 1024**2


def directory_check(directory: Path) -> dict[str, Any]:
    """Checks a local model's files and returns its config.json; raises ModelInvalid naming the culprit."""
    pickles_refuse(directory)
    if (directory / MANIFEST_NAME).exists():
        manifest = manifest_verify(directory)
        if manifest.kind != "generation":
            raise ModelInvalid(f"{directory}: is an {manifest.kind} model; a chat engine cannot serve it")
    config_path = directory / "config.json"
    if not config_path.is_file():
        raise ModelInvalid(f"{config_path}: is missing; a model directory in Hugging Face's form has one")
    try:
        config = json.loads(config_path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelInvalid(f"{config_path}: is not JSON ({error})") from error
    if not isinstance(config, dict) or not config.get("architectures"):
        raise ModelInvalid(f"{config_path}: names no architectures")
    _weights_check(directory)
    return config


def _weights_check(directory: Path) -> None:
    """Raises ModelInvalid unless there are weights, and all that the index of many files names."""
    index = directory / INDEX_NAME
    if index.exists():
        try:
            named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelInvalid(f"{index}: is no index of weights ({error})") from error
        if missing := sorted(name for name in named if not (directory / str(name)).is_file()):
            raise ModelInvalid(
                f"{directory}: lacks {len(missing)} of {len(named)} files of weights, as {missing[0]}: "
                "copy the whole directory"
            )
    if not any(directory.glob("*.safetensors")):
        raise ModelInvalid(f"{directory}: has no weights (*.safetensors)")


def dtype_check(directory: Path, model_config: dict[str, Any], dtype: str) -> None:
    """Raises ConfigInvalid where no kernel reads the model's packed weights beside numbers of this format.

    Packed weights (int4) are unpacked while they are multiplied, and vLLM's kernels for that know activations
    of 16 bits only: with float32 the engine would load them, and then crash.
    """
    compression = model_config.get("quantization_config")
    if dtype == "float32" and isinstance(compression, dict) and _is_packed(compression):
        raise ConfigInvalid(
            f"{directory}: its packed weights ({compression.get('quant_method')}) cannot be computed with in "
            "float32, which auto means on a CPU: serve it with --dtype bfloat16"
        )


def _is_packed(compression: dict[str, Any]) -> bool:
    """Whether a config.json's quantization_config says weights are packed and activations are not reduced."""
    groups = compression.get("config_groups")
    groups = list(groups.values()) if isinstance(groups, dict) else []
    formats = [part.get("format") for part in (compression, *groups) if isinstance(part, dict)]
    return compression.get("quant_method") in PACKING_METHODS or "pack-quantized" in formats


def weights_bytes(directory: Path, dtype: str) -> int:
    """The memory that the weights take as they are served, from the headers of their files.

    Tensors of floats become `dtype`, of two bytes each where it is "auto"; quantised ones stay packed.
    Raises ModelInvalid where a file is no whole safetensors file.
    """
    float_bytes = BYTES_OF_DTYPE.get(dtype, 2)
    return sum(_weights_in(path, float_bytes) for path in sorted(directory.glob("*.safetensors")))


def _weights_in(path: Path, float_bytes: int) -> int:
    with path.open("rb") as stream:
        try:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > MAX_HEADER_BYTES:
                raise ValueError("its header is too long")
            header = json.loads(stream.read(length))
            tensors = [entry for name, entry in header.items() if name != "__metadata__"]
            spans = [tuple(map(int, entry["data_offsets"])) for entry in tensors]
            if path.stat().st_size != 8 + length + max((end for _, end in spans), default=0):
                raise ValueError("it is cut short")
            return sum(
                math.prod(entry["shape"]) * float_bytes if entry["dtype"] in FLOATS else end - start
                for entry, (start, end) in zip(tensors, spans, strict=True)
            )
        except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelInvalid(f"{path}: is no whole safetensors file ({error})") from error


def memory_check(directory: Path, config: ServeConfig, dtype: str, available_bytes: int) -> None:
    """Raises ModelTooLarge, with the figures, when the model would not fit into memory."""
    weights = weights_bytes(directory, dtype)
    needed = weights + config.kv_cache_gb * GIB + PROCESSES_BYTES
    if needed > available_bytes:
        raise ModelTooLarge(
            f"{directory} needs about {needed / GIB:.1f} GiB of memory (weights as {dtype} "
            f"{weights / GIB:.1f}, cache {config.kv_cache_gb}, processes {PROCESSES_BYTES / GIB:.0f}), "
            f"and {available_bytes / GIB:.1f} GiB are available: choose a smaller model, or free memory"
        )


def device_memory_check(directory: Path, dtype: str, device_bytes: int) -> None:
    """Raises ModelTooLarge, with the figures, when a GPU of that memory cannot hold the weights."""
    weights = weights_bytes(directory, dtype)
    if weights > device_bytes * DEVICE_PART:
        raise ModelTooLarge(
            f"{directory} needs about {weights / GIB:.1f} GiB of a GPU's memory for its weights as {dtype}, "
            f"and the largest here has {device_bytes / GIB:.1f} GiB, of which vLLM uses {DEVICE_PART:.0%}: "
            "choose a smaller model, or spread it over several GPUs (--ranks)"
        )


def memory_available_bytes() -> int:
    """Memory that can be used now: the machine's, or the container's limit where that is lower."""
    available = next(
        int(line.split()[1]) * 1024
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        if line.startswith("MemAvailable")
    )
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.exists() and used.exists() and (text := limit.read_text(encoding="ascii").strip()) != "max":
        available = min(available, int(text) - int(used.read_text(encoding="ascii")))
    return available


def context_limit(model_config: dict[str, Any], wanted: int) -> int:
    """The context to serve: what is wanted, or the model's own where that is shorter."""
    own = model_config.get("max_position_embeddings")
    if own is not None and (type(own) is not int or own < 1):
        raise ConfigInvalid(f"config.json: max_position_embeddings is {own!r}")
    return min(wanted, own) if own else wanted
