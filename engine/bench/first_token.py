"""First and last token of the default language model, for a prompt as long as a question with its evidence.

python -m engine.bench.first_token [--model DIR] [--url URL] [--out var/bench]
Without --url it starts the server itself, and measures the load too.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from engine.bench.report import Row, report
from engine.build.generation import generation_build
from engine.build.sample_texts import SENTENCES
from engine.client import ChatMessage, EngineClient
from engine.errors import EngineUnavailable
from engine.serve.lifetime import die_with_parent

NEW_TOKENS = 128
RUNS = 3
LOAD_LIMIT_S = 300.0
EVIDENCE = "\n".join(s for s in SENTENCES if s.isascii())


def prompt(mark: str) -> list[ChatMessage]:
    """About 600 tokens; `mark` comes first, so that another mark shares no prefix."""
    system = f"{mark} Rephrase the evidence in plain words. Keep every figure as it is.\n{EVIDENCE}"
    return [ChatMessage("system", system), ChatMessage("user", "Write a summary.\n" + EVIDENCE[:600])]


def timed(
    client: EngineClient, messages: list[ChatMessage], new_tokens: int = NEW_TOKENS
) -> tuple[float, float, int, int]:
    """Seconds to the first and to the last token, and the tokens of prompt and answer."""
    start = time.monotonic()
    first, prompt_tokens, written = 0.0, 0, 0
    for delta in client.stream_chat(messages, max_tokens=new_tokens):
        if delta.text and not first:
            first = time.monotonic() - start
        if delta.usage:
            prompt_tokens, written = delta.usage.prompt_tokens, delta.usage.completion_tokens
    return first, time.monotonic() - start, prompt_tokens, written


@contextmanager
def served(model: Path, *more: str) -> Iterator[tuple[str, float]]:
    """Starts the server with more options; gives its address and the seconds until it was ready."""
    with tempfile.TemporaryDirectory() as directory:
        socket, log = Path(directory) / "llm.sock", Path(directory) / "log"
        url, start = f"unix://{socket}", time.monotonic()
        command = [sys.executable, "-m", "engine.serve.llm", "--model", str(model), "--uds", str(socket)]
        command += more
        with log.open("wb") as stream:
            process = subprocess.Popen(command, stdout=stream, stderr=stream, preexec_fn=die_with_parent)
        try:
            while EngineClient(url).health().state != "ready":
                if process.poll() is not None or time.monotonic() - start > LOAD_LIMIT_S:
                    raise EngineUnavailable(f"the server did not start:\n{log.read_text()[-2000:]}")
                time.sleep(0.2)
            yield url, time.monotonic() - start
        finally:
            process.terminate()
            process.wait()


def measure(url: str) -> list[Row]:
    """Medians over fresh prompts (cold) and over one that was seen before (warm)."""
    client = EngineClient(url)
    timed(client, [ChatMessage("user", "Hello.")])
    cold = [timed(client, prompt(f"Run {i}.")) for i in range(RUNS)]
    warm = [timed(client, prompt(f"Run {i}.")) for i in range(RUNS)]
    rows: list[Row] = []
    for kind, runs in (("cold", cold), ("warm prefix", warm)):
        firsts, lasts, prompts, news = zip(*runs, strict=True)
        speed = median((n - 1) / (last - first) for first, last, _, n in runs if n > 1)
        rows.append(
            {
                "prefix": kind,
                "prompt tokens": int(median(prompts)),
                "new tokens": int(median(news)),
                "first token s": median(firsts),
                "last token s": median(lasts),
                "tokens/s": speed,
            }
        )
    return rows


def main() -> None:
    """Measures and reports."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.first_token")
    parser.add_argument("--model", type=Path, help="a model's directory; the default model otherwise")
    parser.add_argument("--url", help="an engine that runs already")
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    if options.url:
        report("first_token", measure(options.url), options.out, url=options.url)
        return
    model = options.model or generation_build(Path("var/test-models"))
    with served(model) as (url, load_s):
        print(f"ready after {load_s:.1f} s")
        report("first_token", measure(url), options.out, model=model.name, load_s=round(load_s, 1))


if __name__ == "__main__":
    main()
