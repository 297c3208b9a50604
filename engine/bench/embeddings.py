"""Documents per CPU second of the embedding model, exact and quantised, against torch; in batches; queued.

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
from safetensors.numpy import load_file

from engine.bench.report import Row, report
from engine.build.bert_onnx import bert_graph
from engine.build.embeddings import MAX_TOKENS, NAME, source_directory
from engine.build.sample_texts import SENTENCES
from engine.manifest import manifest_read
from engine.serve.encoder import Encoder
from engine.serve.schedule import Priority, Schedule

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
    """The server's own way to a vector, text by text."""
    encoder = Encoder(graph, tokenizer, max_tokens=MAX_TOKENS)
    return lambda texts: np.concatenate([encoder.embed([encoder.tokenize(text)]) for text in texts])


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


def batches(encoder: Encoder) -> list[Row]:
    """What batches of texts of one length gain, and how far they move the vectors, against one by one.

    Length is in tokens; there is no padding, so this is the best case of a queue sorted by length.
    """
    words = encoder.tokenize(" ".join(SENTENCES))
    rows: list[Row] = []
    for length in BATCH_LENGTHS:
        texts = [
            [words[0], *np.roll(words[1:-1], -7 * i)[: length - 2].tolist(), words[-1]] for i in range(32)
        ]

        def run(size: int, texts: list[list[int]] = texts) -> tuple[Rows, float]:
            start = time.process_time()
            parts = [encoder.embed(texts[i : i + size]) for i in range(0, len(texts), size)]
            return np.concatenate(parts), time.process_time() - start

        for size in BATCH_SIZES:
            pairs = [(run(1), run(size)) for _ in range(BATCH_PAIRS)]
            gain = median(one[1] / batched[1] for one, batched in pairs)
            cosine = float((pairs[0][0][0] * pairs[0][1][0]).sum(axis=1).min())
            rows.append({"tokens": length, "batch": size, "gain": gain, "least cosine": round(cosine, 4)})
    return rows


def queued(encoder: Encoder, texts: list[str], batch_tokens: int) -> tuple[Rows, float, list[int]]:
    """The vectors of texts that wait all at once, the CPU seconds, and how many texts each run had."""
    runs: list[int] = []
    schedule = Schedule(
        encoder,
        threads=1,
        max_waiting=len(texts),
        batch_tokens=batch_tokens,
        observe=lambda lengths: runs.append(len(lengths)),
    )
    start = time.process_time()
    rows, _ = schedule.submit(texts, Priority.BULK).result()
    seconds = time.process_time() - start
    schedule.stop()
    return rows, seconds, runs


def queue(encoder: Encoder, batch_tokens: int) -> list[Row]:
    """What the server's queue makes of texts of each length, and of all lengths mixed, against one by one."""
    kinds = {kind: texts_of(sentences) for kind, sentences in LENGTHS_SENTENCES.items()}
    kinds["mixed"] = [text for texts in zip(*kinds.values(), strict=True) for text in texts]
    rows: list[Row] = []
    for kind, texts in kinds.items():
        pairs = [
            (queued(encoder, texts, 0), queued(encoder, texts, batch_tokens)) for _ in range(BATCH_PAIRS)
        ]
        alone, batched = pairs[-1]
        rows.append(
            {
                "texts": kind,
                "tokens": sum(len(encoder.tokenize(text)) for text in texts) / len(texts),
                "per run": len(texts) / len(batched[2]),
                "gain": median(one[1] / other[1] for one, other in pairs),
                "per CPU s": median(len(texts) / other[1] for _, other in pairs),
                "least cosine": round(float((alone[0] * batched[0]).sum(axis=1).min()), 4),
            }
        )
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
    encoder = Encoder(options.model / "model.onnx", tokenizer, max_tokens=MAX_TOKENS)
    report("embedding_batches", batches(encoder), options.out, model=options.model.name)
    limit = manifest_read(options.model).batch_tokens
    report("embedding_queue", queue(encoder, limit), options.out, model=options.model.name)


if __name__ == "__main__":
    main()
