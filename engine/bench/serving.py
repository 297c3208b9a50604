"""Our OpenAI surface against bare vLLM, warm prefixes against cold, one workspace's load on another's wait.

python -m engine.bench.serving [--model DIR] [--out var/bench] [--only PART] [--pairs 15]
Both surfaces stand before the same vLLM: bare vLLM is its own socket behind ours. Runs are paired and take
turns, so that what else the machine does falls on both; a figure is the median of the pairs' ratios.
"""

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from statistics import median

import httpx

from engine.bench.first_token import served
from engine.bench.report import Row, report
from engine.build.generation import generation_build
from engine.build.sample_texts import SENTENCES
from engine.client import ChatMessage, EngineClient, Scheduling
from engine.serve.llm import ENGINE_SUFFIX

PATIENCE_S = 900.0
ROUNDS = 3
CLIENTS = 16
CROWD = 64
NEW_TOKENS = 48
LONG = 60  # sentences of evidence: about 1,000 tokens
GOALS = {"surface": 1.1, "warm prefix": 0.35, "fair share": 2.0}
EVIDENCE = " ".join(s for s in SENTENCES if s.isascii())
_marks = count()


def prompt(sentences: int, *, mark: str | None = None, question: str = "Sum it up.") -> list[ChatMessage]:
    """Evidence and a question. A mark of its own stands first, so that the prompt shares no prefix."""
    mark = mark if mark is not None else f"Case {next(_marks)} of {time.time_ns()}."
    words = (EVIDENCE + " ").split(". ") * 8
    return [ChatMessage("system", f"{mark} " + ". ".join(words[:sentences])), ChatMessage("user", question)]


def first_token_s(client: EngineClient, messages: list[ChatMessage], new_tokens: int = 4) -> float:
    """Seconds until the first text of an answer."""
    start = time.monotonic()
    first = 0.0
    for delta in client.stream_chat(messages, max_tokens=new_tokens):
        first = first or (time.monotonic() - start if delta.text else 0.0)
    return first


def together_s(client: EngineClient, requests: int) -> float:
    """Seconds until so many simultaneous answers are complete."""
    with ThreadPoolExecutor(requests) as pool:
        start = time.monotonic()
        list(pool.map(lambda _: client.chat(prompt(4), max_tokens=NEW_TOKENS), range(requests)))
        return time.monotonic() - start


def paired(ours: Callable[[], float], bare: Callable[[], float], pairs: int) -> tuple[float, float, float]:
    """The median ratio of ours to bare, and both medians; who goes first alternates."""
    ratios, of_ours, of_bare = [], [], []
    for number in range(pairs):
        if number % 2:
            one, other = ours(), bare()
        else:
            other = bare()
            one = ours()
        ratios.append(one / other)
        of_ours.append(one)
        of_bare.append(other)
    return median(ratios), median(of_ours), median(of_bare)


def surface(ours: EngineClient, bare: EngineClient, pairs: int) -> Iterator[Row]:
    """First token alone, and the time of sixteen answers at once."""
    ratio, a, b = paired(
        lambda: first_token_s(ours, prompt(8)), lambda: first_token_s(bare, prompt(8)), pairs
    )
    yield row("first token, one client", "surface", ratio, a, b)
    ratio, a, b = paired(
        lambda: together_s(ours, CLIENTS), lambda: together_s(bare, CLIENTS), max(pairs // 3, 1)
    )
    yield row(f"{CLIENTS} answers of {NEW_TOKENS} tokens", "surface", ratio, a, b)


def prefixes(ours: EngineClient, url: str, pairs: int) -> Iterator[Row]:
    """A follow-up question over the same evidence against the same question over evidence not seen before."""
    mark = f"Base {time.time_ns()}."
    first_token_s(ours, prompt(LONG, mark=mark))
    numbers = count()
    ratio, a, b = paired(
        lambda: first_token_s(ours, prompt(LONG, mark=mark, question=f"Question {next(numbers)}?")),
        lambda: first_token_s(ours, prompt(LONG, question=f"Question {next(numbers)}?")),
        pairs,
    )
    yield row("first token, warm against cold prefix", "warm prefix", ratio, a, b)
    start = prefix_counts(url)
    for _ in range(5):
        first_token_s(ours, prompt(LONG, mark=mark, question=f"Question {next(numbers)}?"))
    shared = hit_rate(start, prefix_counts(url))
    print(f"found in the prefix cache for users of one knowledge base: {shared:.0%}")
    talk, hits = list(prompt(LONG)), []
    for turn in range(5):
        start = prefix_counts(url)
        text, _ = ours.chat(talk, max_tokens=24)
        talk += [ChatMessage("assistant", text), ChatMessage("user", f"And what of point {turn}?")]
        hits.append(hit_rate(start, prefix_counts(url)))
    print(
        f"found in the prefix cache over a conversation, turn by turn: {', '.join(f'{h:.0%}' for h in hits)}"
    )


def prefix_counts(url: str) -> tuple[float, float]:
    """Tokens looked for in the prefix cache so far, and tokens found."""
    path = url.removeprefix("unix://")
    with httpx.Client(transport=httpx.HTTPTransport(uds=path), base_url="http://engine") as http:
        lines = http.get("/metrics").text.splitlines()

    def total(name: str) -> float:
        return sum(float(x.rsplit(" ", 1)[1]) for x in lines if x.startswith(f"vllm:{name}_total"))

    return total("prefix_cache_queries"), total("prefix_cache_hits")


def hit_rate(start: tuple[float, float], end: tuple[float, float]) -> float:
    """The part of the tokens looked for that was found."""
    return (end[1] - start[1]) / max(end[0] - start[0], 1.0)


@contextmanager
def crowd(url: str) -> Iterator[None]:
    """One workspace with 64 requests at all times, of which most wait."""
    over = threading.Event()
    client = EngineClient(url, timeout_s=PATIENCE_S)

    def ask() -> None:
        while not over.is_set():
            client.chat(prompt(4), max_tokens=NEW_TOKENS, scheduling=Scheduling(workspace="crowd"))

    with ThreadPoolExecutor(CROWD) as pool:
        asking = [pool.submit(ask) for _ in range(CROWD)]
        try:
            while client.state()["in_flight"]["requests"] < CROWD // 4:  # the first have been read
                time.sleep(0.2)
            yield
        finally:
            over.set()
    for one in asking:
        one.result()


def fair_share(url: str, pairs: int) -> Iterator[Row]:
    """First tokens of a workspace by itself, and beside one with 64 requests; three rounds of both."""
    client = EngineClient(url, timeout_s=PATIENCE_S)

    def once() -> float:
        messages = prompt(8)
        start = time.monotonic()
        stream = client.stream_chat(messages, max_tokens=4, scheduling=Scheduling(workspace="other"))
        first = next(time.monotonic() - start for delta in stream if delta.text)
        stream.close()
        return first

    alone, beside = [], []
    for _ in range(ROUNDS):
        alone += [once() for _ in range(pairs // ROUNDS)]
        with crowd(url):
            beside += [once() for _ in range(pairs // ROUNDS)]
    ratio = median(beside) / median(alone)
    what = f"first token beside {CROWD} requests of another workspace"
    yield row(what, "fair share", ratio, median(beside), median(alone))


def row(what: str, goal: str, ratio: float, a: float, b: float) -> Row:
    """A line of the table."""
    return {"measured": what, "s": round(a, 3), "against s": round(b, 3), "ratio": ratio, "goal": GOALS[goal]}


def main() -> int:
    """Measures and reports; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.serving")
    parser.add_argument("--model", type=Path, help="the default model, built where it is not there")
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    parser.add_argument("--only", choices=("surface", "prefixes", "fair_share"), help="one part of it")
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    model = options.model or generation_build(Path("var/test-models"))
    rows: list[Row] = []
    with served(model) as (url, load_s):
        ours = EngineClient(url, timeout_s=PATIENCE_S)
        bare = EngineClient(url + ENGINE_SUFFIX, timeout_s=PATIENCE_S)
        first_token_s(ours, prompt(2))
        parts = {
            "surface": surface(ours, bare, options.pairs),
            "prefixes": prefixes(ours, url, options.pairs),
            "fair_share": fair_share(url, options.pairs),
        }
        for measured in chain.from_iterable(
            part for name, part in parts.items() if options.only in (None, name)
        ):
            print(measured, flush=True)
            rows.append(measured)
    report("serving", rows, options.out, model=model.name, load_s=round(load_s, 1), only=options.only)
    missed = [r["measured"] for r in rows if float(r["ratio"]) > float(r["goal"])]
    for what in missed:
        print(f"missed its goal: {what}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
