"""Ranks that Celery workers run: do they say what one process says, and what do they cost against vLLM's own?

python -m engine.bench.ranks [--model DIR] [--ranks 2] [--prompts 200] [--rounds 3] [--out var/bench]
Greedy, float32: a first difference is allowed where the two best tokens are as good as equal. The executors
take turns, each round from its start; a figure is the median of the rounds' ratios.
"""

import argparse
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median

import httpx

from engine.bench.rank_cluster import rank_workers, server
from engine.bench.report import Row, report
from engine.build.generation import SPLIT, generation_build
from engine.client import ChatMessage, EngineClient
from engine.moe.heads import directory_pad

TOKENS = 64
TIE = 1e-4
CLIENTS = 8
DECODE_TOKENS = 96
DECODE_RUNS = 4
GOALS = {"decode": 1.1, "start": 1.3}
OURS: Sequence[str] = ("engine.serve.vllm_server",)
THEIRS = "engine.bench.multiprocess_server"
TASKS = (
    "Explain in plain words what {} is.",
    "Write three sentences about {}.",
    "Why does {} matter? Give two reasons.",
    "A short poem about {}:",
    "Question: What should a beginner know about {}? Answer:",
    "List five things that have to do with {}.",
    "Tell a child about {}.",
    "What is the opposite of {}, and why?",
    "{} costs 12.50 a day. What do seven days cost?",
    "Translate into formal language: we really like {}.",
)
SUBJECTS = (
    *("rain", "a bank", "a balance sheet", "bread", "the moon", "debt", "a river", "fever", "a contract"),
    *("chess", "rust", "a bicycle", "sleep", "glass", "inflation", "a cell", "iron", "trade", "the sea"),
    "winter",
)

Served = Callable[[], AbstractContextManager[tuple[EngineClient, float]]]


def prompts(count: int) -> list[str]:
    """So many different prompts, always the same."""
    pairs = [task.format(subject) for subject in SUBJECTS for task in TASKS]
    return [pairs[i % len(pairs)] + " Once more." * (i // len(pairs)) for i in range(count)]


def greedy(url: str, texts: list[str]) -> list[list[dict[str, float]]]:
    """For each prompt and new token the two best with their log-probabilities, the chosen one first."""
    transport = httpx.HTTPTransport(uds=url.removeprefix("unix://"))
    with httpx.Client(transport=transport, base_url="http://engine", timeout=600) as http:
        name = http.get("/v1/models").json()["data"][0]["id"]

        def one(text: str) -> list[dict[str, float]]:
            body = {"model": name, "prompt": text, "max_tokens": TOKENS, "temperature": 0, "logprobs": 2}
            body |= {"ignore_eos": True, "return_tokens_as_token_ids": True}
            answer = http.post("/v1/completions", json=body)
            found = answer.raise_for_status().json()["choices"][0]["logprobs"]
            return [_chosen_first(*x) for x in zip(found["tokens"], found["top_logprobs"], strict=True)]

        with ThreadPoolExecutor(CLIENTS) as pool:
            return list(pool.map(one, texts))


def _chosen_first(token: str, best: dict[str, float]) -> dict[str, float]:
    return {token: best[token]} | best


def compare(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> tuple[str, float]:
    """same, tie (they part where the two best are equal) or different; and the greatest error."""
    worst = 0.0
    for a, b in zip(ours, theirs, strict=False):
        first, other = next(iter(a)), next(iter(b))
        if first != other:
            gap = min(_gap(a), _gap(b))
            return ("tie" if gap < TIE else "different"), worst
        worst = max(worst, abs(a[first] - b[first]))
    return ("same" if len(ours) == len(theirs) else "different"), worst


def _gap(best: dict[str, float]) -> float:
    values = sorted(best.values(), reverse=True)
    return values[0] - values[1] if len(values) > 1 else float("inf")


def tokens_compare(one: Served, ranks: Served, count: int) -> Row:
    """How many prompts both continue in the same way."""
    texts, said = prompts(count), []
    for form in (one, ranks):
        with form() as (client, _):
            said.append(greedy(client.url, texts))
    found = [compare(a, b) for a, b in zip(*said, strict=True)]
    kinds = [kind for kind, _ in found]
    row = {kind: kinds.count(kind) for kind in ("same", "tie", "different")}
    tokens = sum(len(answer) for answer in said[0])
    return {"prompts": count, "tokens": tokens, **row, "greatest error": f"{max(e for _, e in found):.1e}"}


def decode_s(client: EngineClient) -> float:
    """Seconds for a token after the first, one request at a time: the median of some."""
    runs = []
    for run in range(DECODE_RUNS):
        times = []
        turns = [ChatMessage("user", f"Tale {run}: write a long story about a river.")]
        for delta in client.stream_chat(turns, max_tokens=DECODE_TOKENS):
            times += [time.monotonic()] if delta.text else []
        runs.append((times[-1] - times[0]) / (len(times) - 1))
    return median(runs)


def cost_compare(ours: Served, theirs: Served, rounds: int) -> list[Row]:
    """Start and decode of both executors, in turns."""
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
    for number in range(rounds):
        forms = [("ours", ours), ("theirs", theirs)]
        for name, form in forms if number % 2 == 0 else reversed(forms):
            with form() as (client, start_s):
                found[name].append((start_s, decode_s(client)))
    rows: list[Row] = []
    for index, name in enumerate(("start", "decode")):
        pairs = [(a[index], b[index]) for a, b in zip(found["ours"], found["theirs"], strict=True)]
        ratio = median(a / b for a, b in pairs)
        rows.append(
            {
                "what": name,
                "celery s": median(a for a, _ in pairs),
                "multiprocess s": median(b for _, b in pairs),
                "ratio": ratio,
                "goal": GOALS[name],
            }
        )
    return rows


def main() -> int:
    """Measures and reports; 1 when a text differs or a ratio misses its goal."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.ranks")
    parser.add_argument("--model", type=Path, help="a model's directory; the small split model otherwise")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--prompts", type=int, default=200, help="0 leaves the comparison of texts out")
    parser.add_argument("--rounds", type=int, default=3, help="0 leaves the comparison of costs out")
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    source = options.model or generation_build(Path("var/test-models"), SPLIT)
    model = directory_pad(source, source.with_name(f"{source.name}-{options.ranks}"), options.ranks)

    @contextmanager
    def ours() -> Iterator[tuple[EngineClient, float]]:
        with rank_workers(model, options.ranks) as found, server(OURS, model, found) as serving:
            yield serving

    missed = False
    facts = {"model": model.name, "ranks": options.ranks, "host": socket.gethostname()}
    if options.prompts:
        row = tokens_compare(lambda: server(OURS, model, []), ours, options.prompts)
        report("ranks_tokens", [row], options.out, **facts)
        missed |= bool(row["different"])
    if options.rounds:
        module = (THEIRS, str(options.ranks))
        rows = cost_compare(ours, lambda: server(module, model, []), options.rounds)
        report("ranks_cost", rows, options.out, rounds=options.rounds, **facts)
        missed |= any(float(row["ratio"]) > float(row["goal"]) for row in rows)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
