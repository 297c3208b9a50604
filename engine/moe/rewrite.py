"""A served model written anew with some of its tensors replaced: all others are copied byte for byte."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from engine.build.staging import manifest_add, staged
from engine.errors import ExpertsInvalid
from engine.manifest import MANIFEST_NAME, Manifest, created_now, files_hash, manifest_read
from engine.moe.records import records_refreshed
from engine.moe.tensors import RawTensor, tensors_open, tensors_write


def model_rewrite(
    source: Path,
    out: Path,
    replaced: Mapping[str, RawTensor],
    *,
    version: str,
    name: str = "",
    changes: Mapping[int, Mapping[str, str]] | None = None,
) -> Manifest:
    """Writes the model of `source` to `out` with some tensors replaced, and a manifest that says so.

    `changes` holds, for each expert whose tensors are replaced, what its record says now (base, licence,
    trained_on). The directory `out` appears whole or not at all; its name becomes the model's
    unless `name` gives another.

    Raises ExpertsInvalid when a tensor is not in the model, has another type or shape there, or belongs to
    an expert that is not among the changes.
    """
    tensors = tensors_open(source)
    for tensor_name, tensor in replaced.items():
        if tensor_name not in tensors:
            raise ExpertsInvalid(f"{source} has no tensor {tensor_name}")
        there = tensors[tensor_name]
        if (tensor.dtype, tensor.shape) != (there.dtype, there.shape):
            raise ExpertsInvalid(
                f"{tensor_name} is {tensor.dtype} {list(tensor.shape)}; "
                f"in {source} it is {there.dtype} {list(there.shape)}"
            )
    tensors |= replaced
    manifest = manifest_read(source)
    records = records_refreshed(manifest.experts, tensors, changes or {})
    with staged(out, sum(len(t.data) for t in tensors.values())) as draft:
        tensors_write(draft / "model.safetensors", tensors)
        for path in source.iterdir():
            if path.is_file() and path.suffix != ".safetensors" and path.name != MANIFEST_NAME:
                shutil.copyfile(path, draft / path.name)
        manifest = replace(
            manifest,
            name=name or out.name,
            version=version,
            files=files_hash(draft),
            created=created_now(),
            experts=records,
        )
        manifest_add(draft, manifest)
    return manifest
