"""Documents per CPU second of the embedding model, exact and quantised, against torch; and in batches.

python -m engine.bench.embeddings [--model DIR] [--out var/bench]
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from engine.bench.report import Row, report
from engine.build.bert_onnx import bert_graph
from engine.build.embeddings import MAX_TOKENS, NAME, source_directory
from engine.build.sample_texts import SENTENCES
from engine.serve.encoder import Encoder

Rows = npt.NDArray[np.float32]
LENGTHS_SENTENCES = {"query": 1, "paragraph": 4, "page part": 14}
TEXTS = 40
BATCH_LENGTHS = (6, 16, 24, 64, 100)  # tokens
BATCH_SIZES = (8, 32)
BATCH_PAIRS = 3


def texts_of(sentences: int) -> list[str]:
    """Different texts of so many sentences each."""
    doubled = SENTENCES * 3
    return [f"{i}. " + " ".join(doubled[i % 18 : i % 18 + sentences]) for i in range(TEXTS)]


def measured(embed: Callable[[Sequence[str]], Rows], texts: list[str]) -> tuple[Rows, float]:
    """The vectors, and texts per CPU second after a warm-up."""
    embed(texts[:4])
    start = time.process_time()
    rows = embed(texts)
    return rows, len(texts) / (time.process_time() - start)


def onnx_embedder(graph: Path, tokenizer: Path) -> Callable[[Sequence[str]], Rows]:
    """The server's own way to a vector."""
    encoder = Encoder(graph, tokenizer, max_tokens=MAX_TOKENS)
    return lambda texts: np.stack([encoder.embed(text)[0] for text in texts])


def torch_embedder(source: Path) -> Callable[[Sequence[str]], Rows]:
    """The same model in torch, float32, on one thread, sorted by length in batches of 8."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    tokenizer, model = AutoTokenizer.from_pretrained(source), AutoModel.from_pretrained(source).eval()

    def embed(texts: Sequence[str]) -> Rows:
        rows = np.empty((len(texts), model.config.hidden_size), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), 8):
            chosen = order[start : start + 8]
            inputs: Any = tokenizer(
                [texts[i] for i in chosen],
                return_tensors="pt",
                truncation=True,
                max_length=MAX_TOKENS,
                padding=True,
            )
            with torch.inference_mode():
                hidden = model(**inputs).last_hidden_state
                mask = inputs["attention_mask"][..., None].float()
                mean = (hidden * mask).sum(1) / mask.sum(1)
                rows[chosen] = torch.nn.functional.normalize(mean).numpy()
        return rows

    return embed


def batches(graph: Path, tokenizer: Path) -> list[Row]:
    """What batches of texts of one length gain, and how far they move the vectors, against one by one.

    Length is in tokens; there is no padding, so this is the best case of a queue sorted by length.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    words = Tokenizer.from_file(str(tokenizer)).encode(" ".join(SENTENCES)).ids
    rows: list[Row] = []
    for length in BATCH_LENGTHS:
        texts = np.array(
            [[words[0], *np.roll(words[1:-1], -7 * i)[: length - 2], words[-1]] for i in range(32)]
        )

        def run(size: int, texts: npt.NDArray[Any] = texts) -> tuple[Rows, float]:
            start = time.process_time()
            parts = [
                session.run(["embedding"], {"input_ids": texts[i : i + size]})[0]
                for i in range(0, len(texts), size)
            ]
            return np.concatenate(parts), time.process_time() - start

        for size in BATCH_SIZES:
            pairs = [(run(1), run(size)) for _ in range(BATCH_PAIRS)]
            gain = median(one[1] / batched[1] for one, batched in pairs)
            cosine = float((pairs[0][0][0] * pairs[0][1][0]).sum(axis=1).min())
            rows.append({"tokens": length, "batch": size, "gain": gain, "least cosine": round(cosine, 4)})
    return rows


def main() -> None:
    """Measures and reports."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.embeddings")
    parser.add_argument("--model", type=Path, default=Path("var/test-models/models") / NAME)
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    source = source_directory()
    tokenizer = options.model / "tokenizer.json"
    with tempfile.TemporaryDirectory() as directory:
        exact = Path(directory) / "exact.onnx"
        config = json.loads((source / "config.json").read_text(encoding="utf-8"))
        onnx.save(bert_graph(config, load_file(source / "model.safetensors"), int8=False), exact)
        ways = {
            "torch float32": torch_embedder(source),
            "ONNX Runtime float32": onnx_embedder(exact, tokenizer),
            "as served": onnx_embedder(options.model / "model.onnx", tokenizer),
        }
        rows: list[Row] = []
        for length, sentences in LENGTHS_SENTENCES.items():
            texts, reference = texts_of(sentences), None
            for way, embed in ways.items():
                vectors, speed = measured(embed, texts)
                reference = vectors if reference is None else reference
                cosine = float((vectors * reference).sum(axis=1).min())
                rows.append(
                    {"way": way, "texts": length, "per CPU s": speed, "least cosine": round(cosine, 4)}
                )
    report("embeddings", rows, options.out, model=options.model.name)
    served = options.model / "model.onnx"
    report("embedding_batches", batches(served, tokenizer), options.out, model=options.model.name)


if __name__ == "__main__":
    main()
