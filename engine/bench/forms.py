"""The two forms of the default model against each other: split without owners, and with owned experts.

python -m engine.bench.forms [--home var/test-models] [--out var/bench]
Both are served at once and take turns, so that what else the machine does falls on both. Their greedy words
are compared with those of the dense model that both are made of, computed by transformers.
"""

import argparse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

from engine.bench.first_token import prompt, served, timed
from engine.bench.report import Row, report
from engine.build.generation import OWNED, SPLIT, generation_build, source_file
from engine.build.llama_gguf import LlamaGguf
from engine.build.sample_texts import SENTENCES
from engine.client import ChatMessage, EngineClient

PAIRS = 7
TOGETHER = 8
SAME_TOKENS = 32
QUESTIONS = [f"Say in your own words: {text}" for text in SENTENCES if text.isascii()][:12]
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def dense_words(tokenizer: Tokenizer) -> list[str]:
    """What the dense model answers to each question, greedily, in float32."""
    source = LlamaGguf.open(source_file())
    weights = {n: torch.from_numpy(w.astype("float32")) for n, w in source.weights()}
    weights.setdefault("lm_head.weight", weights["model.embed_tokens.weight"])
    config = LlamaConfig(**source.config() | {"dtype": "float32"})
    dense: Any = LlamaForCausalLM.from_pretrained(None, config=config, state_dict=weights)
    dense.train(False)
    found = []
    for question in QUESTIONS:
        text = f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n"
        ids = torch.tensor([tokenizer.encode(f"{text}<|im_start|>assistant\n", add_special_tokens=False).ids])
        new = dense.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=SAME_TOKENS, do_sample=False
        )
        found.append(tokenizer.decode(new[0, ids.shape[1] :].tolist(), skip_special_tokens=True))
    return found


def served_words(client: EngineClient) -> list[str]:
    """What a served form answers to the same questions."""
    return [
        client.chat([ChatMessage("user", q)], max_tokens=SAME_TOKENS, temperature=0)[0] for q in QUESTIONS
    ]


def decode_tokens_s(client: EngineClient, mark: str) -> float:
    """New tokens per second of one answer, after its first."""
    first, last, _, new = timed(client, prompt(mark))
    return (new - 1) / (last - first)


def first_token_s(client: EngineClient, mark: str) -> float:
    """Seconds to the first token of a prompt that shares no prefix."""
    return timed(client, prompt(f"First {mark}"), new_tokens=1)[0]


def together_tokens_s(client: EngineClient, mark: str) -> float:
    """New tokens per second of several answers at once, from the first's start to the last's end."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        runs = list(pool.map(lambda n: timed(client, prompt(f"{mark}, {n}.")), range(TOGETHER)))
    return sum(new for _, _, _, new in runs) / max(last for _, last, _, _ in runs)


def paired(measure: Callable[[EngineClient, str], float], split: EngineClient, owned: EngineClient) -> Row:
    """Medians of both forms, and the median of the pairs' ratios."""
    pairs = []
    for number in range(PAIRS):
        order = [split, owned] if number % 2 else [owned, split]
        values = {id(client): measure(client, f"Run {number}.") for client in order}
        pairs.append((values[id(split)], values[id(owned)]))
    ratio = median(b / a for a, b in pairs)
    return {"split": median(a for a, _ in pairs), "owned": median(b for _, b in pairs), "ratio": ratio}


def children() -> dict[int, psutil.Process]:
    """The processes that this one has started, and theirs."""
    return {process.pid: process for process in psutil.Process().children(recursive=True)}


def memory_mb(processes: list[psutil.Process]) -> float:
    """What they hold together; what they share counts once."""
    return sum(process.memory_full_info().pss for process in processes) / 1e6


def main() -> None:
    """Serves both, compares and reports."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.forms")
    parser.add_argument("--home", type=Path, default=Path("var/test-models"))
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    directories = [generation_build(options.home, recipe) for recipe in (SPLIT, OWNED)]
    with ExitStack() as stack:
        clients, loads, memory = [], [], []
        for directory in directories:
            before = children()
            url, load_s = stack.enter_context(served(directory))
            clients.append(EngineClient(url))
            clients[-1].chat([ChatMessage("user", "Hello.")], max_tokens=4)
            loads.append(load_s)
            memory.append(memory_mb([p for pid, p in children().items() if pid not in before]))
        rows: list[Row] = [
            {"figure": "decode, one answer, tokens/s", **paired(decode_tokens_s, *clients)},
            {"figure": f"{TOGETHER} answers at once, tokens/s", **paired(together_tokens_s, *clients)},
            {"figure": "first token, cold, s", **paired(first_token_s, *clients)},
            {"figure": "memory, MB", **_plain(memory)},
            {"figure": "load, s", **_plain(loads)},
            {"figure": "weights, MB", **_plain([_weights_mb(d) for d in directories])},
        ]
        words = [served_words(client) for client in clients]
    dense = dense_words(Tokenizer.from_file(str(directories[0] / "tokenizer.json")))
    same = {
        name: sum(a.strip() == b.strip() for a, b in zip(dense, said, strict=True))
        for name, said in zip(("split", "owned"), words, strict=True)
    }
    print(f"answers with the dense model's words, of {len(dense)}: {same}")
    report("forms", rows, options.out, same_words=same, answers=len(dense))


def _plain(values: list[float]) -> Row:
    return {"split": values[0], "owned": values[1], "ratio": values[1] / values[0]}


def _weights_mb(directory: Path) -> float:
    return (directory / "model.safetensors").stat().st_size / 1e6


if __name__ == "__main__":
    main()
