"""Attention heads filled up with zeros, so that several ranks can share them: the model computes the same.

python -m engine.moe.heads SOURCE TARGET --ranks N

Key/value heads are filled up to a multiple of the ranks, and the query heads that belong to each with them. A
head of zeros gives the output zero, whatever it attends to, and meets zero columns in the output projection.
The architecture must read `head_dim` from its configuration, as Llama, Mixtral and Glm4Moe do.

Shapes: D hidden width, H query heads, K key/value heads, d width of a head.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401  (gives numpy the type bfloat16)
import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

from engine.build.staging import builder_lock, manifest_add, staged
from engine.errors import EngineError, ModelInvalid
from engine.manifest import MANIFEST_NAME, files_hash, manifest_verify

Array = npt.NDArray[Any]
ARCHITECTURES = frozenset({"LlamaForCausalLM", "MixtralForCausalLM", "Glm4MoeForCausalLM"})
WEIGHTS_NAME = "model.safetensors"


def heads_fit(heads: int, kv_heads: int, ranks: int) -> bool:
    """Whether so many ranks can share the heads; vLLM repeats key/value heads that are fewer than ranks."""
    return heads % ranks == 0 and (kv_heads % ranks == 0 or ranks % kv_heads == 0)


def heads_padded(heads: int, kv_heads: int, ranks: int) -> tuple[int, int]:
    """The numbers of query and key/value heads that so many ranks can share, at least those given."""
    if heads % kv_heads:
        raise ModelInvalid(f"{heads} query heads do not divide among {kv_heads} key/value heads")
    if heads_fit(heads, kv_heads, ranks):
        return heads, kv_heads
    padded = -(-kv_heads // ranks) * ranks
    return heads // kv_heads * padded, padded


def config_padded(config: Mapping[str, Any], ranks: int) -> dict[str, Any]:
    """The config.json of the model that `weights_padded` makes. Raises ModelInvalid where it is not exact."""
    names = set(config.get("architectures", ()))
    if not names or not names <= ARCHITECTURES:
        raise ModelInvalid(
            f"heads are padded exactly in {', '.join(sorted(ARCHITECTURES))}; "
            f"nothing is known of {', '.join(names) or 'an unnamed architecture'}"
        )
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    new_heads, new_kv_heads = heads_padded(heads, kv_heads, ranks)
    return dict(config) | {
        "num_attention_heads": new_heads,
        "num_key_value_heads": new_kv_heads,
        "head_dim": head_dim,
    }


def weights_padded(
    weights: Iterable[tuple[str, Array]], config: Mapping[str, Any], ranks: int
) -> Iterator[tuple[str, Array]]:
    """The named weights with zero heads added; `config` is the one that they came with.

    q_proj [H d, D], k_proj and v_proj [K d, D] grow by rows, and their biases with them; o_proj [D, H d] by
    columns. Query heads stand in the order of their key/value heads, so that the new ones come last.
    """
    new = config_padded(config, ranks)
    query, key = (new[f"num_{kind}_heads"] * new["head_dim"] for kind in ("attention", "key_value"))
    rows = {"q_proj": query, "k_proj": key, "v_proj": key}
    for name, value in weights:
        projection = name.split(".")[-2] if "self_attn" in name else ""
        if projection in rows:
            yield name, zeros_filled(value, 0, rows[projection])
        elif projection == "o_proj" and name.endswith(".weight"):
            yield name, zeros_filled(value, 1, query)
        else:
            yield name, value


def zeros_filled(value: Array, axis: int, length: int) -> Array:
    """The array filled up with zeros to this length along an axis."""
    shape = list(value.shape)
    shape[axis] = length - shape[axis]
    return np.concatenate([value, np.zeros(shape, value.dtype)], axis=axis)


def directory_pad(source: Path, target: Path, ranks: int) -> Path:
    """Writes the padded form of a model directory once, with a manifest of its own, and returns its path.

    Where the ranks can share the heads already, that is the source itself.
    Raises ModelInvalid when the source is not whole, or its architecture cannot be padded exactly.
    """
    try:
        config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelInvalid(f"{source / 'config.json'}: cannot be read ({error})") from error
    heads = config.get("num_attention_heads")
    if not heads or heads_fit(heads, config.get("num_key_value_heads") or heads, ranks):
        return source
    manifest = manifest_verify(source)
    version = f"{manifest.version}-heads{ranks}"
    with builder_lock(target):
        if target.exists() and manifest_verify(target).version == version:
            return target
        new = config_padded(config, ranks)
        size = sum(file.stat().st_size for file in source.iterdir())
        with staged(target, 2 * size) as draft:
            for file in source.iterdir():
                if file.suffix != ".safetensors" and file.name not in (MANIFEST_NAME, "config.json"):
                    shutil.copy(file, draft / file.name)
            weights = dict(weights_padded(_weights(source), config, ranks))
            save_file(weights, draft / WEIGHTS_NAME, metadata={"format": "pt"})
            (draft / WEIGHTS_NAME).chmod(0o644)
            text = json.dumps(new, indent=2, ensure_ascii=False) + "\n"
            (draft / "config.json").write_text(text, encoding="utf-8")
            files = files_hash(draft)
            manifest_add(draft, replace(manifest, name=target.name, version=version, files=files))
    return target


def _weights(directory: Path) -> Iterator[tuple[str, Array]]:
    for path in sorted(directory.glob("*.safetensors")):
        with safe_open(path, framework="numpy") as tensors:
            for name in tensors.keys():  # noqa: SIM118
                yield name, tensors.get_tensor(name)


def main(arguments: list[str] | None = None) -> int:
    """Converts a directory and prints which one to serve; 1 with a message when it cannot be exact."""
    parser = argparse.ArgumentParser(prog="python -m engine.moe.heads", description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--ranks", type=int, required=True)
    options = parser.parse_args(arguments)
    try:
        print(directory_pad(options.source, options.target, options.ranks))
    except (EngineError, OSError) as error:
        print(f"engine.moe.heads: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
