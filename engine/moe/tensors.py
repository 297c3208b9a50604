"""The tensors of a model directory as raw bytes: read without loading, hashed, and written unchanged."""

import hashlib
import json
import mmap
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import ModelInvalid

ITEM_BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "BF16": 2, "F16": 2, "I8": 1, "U8": 1, "F8_E4M3": 1}


@dataclass(frozen=True, slots=True)
class RawTensor:
    """A tensor as a file holds it: `dtype` in safetensors' spelling (BF16, F32), little-endian bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: memoryview | bytes

    @property
    def sha256(self) -> str:
        """The hash of type, shape and bytes."""
        digest = hashlib.sha256(f"{self.dtype} {list(self.shape)} ".encode())
        digest.update(self.data)
        return digest.hexdigest()


def tensors_open(directory: Path) -> dict[str, RawTensor]:
    """Every tensor of a directory's safetensors files, mapped from disk.

    Raises ModelInvalid when there are none, a file is damaged, or two files hold the same name.
    """
    found: dict[str, RawTensor] = {}
    for path in sorted(directory.glob("*.safetensors")):
        tensors = _file_open(path)
        if twice := sorted(set(found) & set(tensors)):
            raise ModelInvalid(f"{path}: {twice[0]} is in another file, too")
        found |= tensors
    if not found:
        raise ModelInvalid(f"{directory}: has no weights (*.safetensors)")
    return found


def _file_open(path: Path) -> dict[str, RawTensor]:
    try:
        with path.open("rb") as stream:
            whole = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        (length,) = struct.unpack("<Q", whole[:8])
        header = json.loads(bytes(whole[8 : 8 + length]))
        header.pop("__metadata__", None)
        return {name: _tensor(entry, whole[8 + length :]) for name, entry in header.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelInvalid(f"{path}: is no whole safetensors file ({error})") from error


def _tensor(entry: Mapping[str, list[int]], body: memoryview) -> RawTensor:
    start, end = entry["data_offsets"]
    if not 0 <= start <= end <= len(body):
        raise ValueError("it is cut short")
    dtype = str(entry["dtype"])
    if dtype not in ITEM_BYTES:
        raise ValueError(f"it holds tensors of type {dtype}")
    return RawTensor(dtype, tuple(entry["shape"]), body[start:end])


def tensors_write(path: Path, tensors: Mapping[str, RawTensor]) -> None:
    """Writes tensors to one safetensors file, byte for byte; wide types first, so that all are aligned."""
    ordered = sorted(tensors.items(), key=lambda pair: (-ITEM_BYTES[pair[1].dtype], pair[0]))
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in ordered:
        start, end = end, end + len(tensor.data)
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text)
        for _, tensor in ordered:
            stream.write(tensor.data)


def tensor_hashes(directory: Path) -> dict[str, str]:
    """The sha256 of each tensor of a model directory, by its name."""
    return {name: tensor.sha256 for name, tensor in tensors_open(directory).items()}


def tensors_sha256(tensors: Iterable[tuple[str, RawTensor]]) -> str:
    """One hash over named tensors, whatever their order."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors, key=lambda pair: pair[0]):
        digest.update(f"{name} {tensor.sha256}\n".encode())
    return digest.hexdigest()
