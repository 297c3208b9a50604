"""A model served by vLLM as this project serves it, measured through its HTTP surface."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil

from engine.errors import EngineRejected, EngineUnavailable
from engine.serve.lifetime import die_with_parent

NAME = "measured"
CONTEXT_TOKENS = 1024
LOAD_LIMIT_S = 600.0
CALL_LIMIT_S = 600.0
PREFILL_TOKENS = 512
DECODE_TOKENS = 48
DECODE_PROMPT_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Scored:
    """Of each token but the first of a window: its negative log-likelihood, and the likeliest token there."""

    losses: tuple[float, ...]
    choices: tuple[int, ...]


@dataclass(slots=True)
class ServedForm:
    """A running server of one model in one number format."""

    client: httpx.Client
    process: subprocess.Popen[bytes]
    load_s: float

    def score(self, window: Sequence[int]) -> Scored:
        """What the served form thinks of each token, given those before it."""
        answer = self._complete(list(window), 1, prompt_logprobs=1)
        losses, choices = [], []
        for token, entries in zip(window[1:], answer["choices"][0]["prompt_logprobs"][1:], strict=True):
            losses.append(-float(entries[str(token)]["logprob"]))
            choices.append(min(entries, key=lambda key: int(entries[key]["rank"])))
        return Scored(tuple(losses), tuple(map(int, choices)))

    def prefill_tokens_s(self, prompt: Sequence[int]) -> float:
        """Prompt tokens read per second; the prompt must not begin as one that was seen before."""
        start = time.monotonic()
        self._complete(list(prompt), 1)
        return len(prompt) / (time.monotonic() - start)

    def decode_tokens_s(self, prompt: Sequence[int], sequences: int) -> float:
        """New tokens per second, of so many sequences at once."""
        prompts = [[first, *prompt] for first in range(100, 100 + sequences)]
        start = time.monotonic()
        self._complete(prompts, DECODE_TOKENS, ignore_eos=True)
        return sequences * DECODE_TOKENS / (time.monotonic() - start)

    def memory_bytes(self) -> int:
        """Memory of the server and all its processes; what they share counts once."""
        root = psutil.Process(self.process.pid)
        return sum(p.memory_full_info().pss for p in (root, *root.children(recursive=True)))

    def _complete(self, prompt: list[Any], max_tokens: int, **options: Any) -> dict[str, Any]:
        body = {"model": NAME, "prompt": prompt, "max_tokens": max_tokens, "temperature": 0, **options}
        answer = self.client.post("/v1/completions", json=body)
        if answer.status_code != 200:
            raise EngineRejected(f"the server answered {answer.text[:300]}", status=answer.status_code)
        return dict(answer.json())


@contextmanager
def served(model: Path, dtype: str) -> Iterator[ServedForm]:
    """Serves a model in a number format; raises EngineUnavailable with the log's end when it cannot."""
    with TemporaryDirectory() as directory:
        socket, log = Path(directory) / "vllm.sock", Path(directory) / "log"
        command = [sys.executable, "-m", "engine.serve.vllm_server", "--model", str(model), "--dtype", dtype]
        command += ["--uds", str(socket), "--served-name", NAME, "--max-model-len", str(CONTEXT_TOKENS)]
        with log.open("wb") as stream:
            start = time.monotonic()
            process = subprocess.Popen(command, stdout=stream, stderr=stream, preexec_fn=die_with_parent)
        transport = httpx.HTTPTransport(uds=str(socket))
        try:
            with httpx.Client(transport=transport, base_url="http://engine", timeout=CALL_LIMIT_S) as client:
                _ready_wait(client, process, start, log)
                yield ServedForm(client, process, time.monotonic() - start)
        finally:
            process.terminate()
            process.wait()


def _ready_wait(client: httpx.Client, process: subprocess.Popen[bytes], start: float, log: Path) -> None:
    while process.poll() is None and time.monotonic() - start < LOAD_LIMIT_S:
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            pass  # it does not listen yet
        time.sleep(0.2)
    raise EngineUnavailable(_reason(log.read_text(encoding="utf-8", errors="replace")))


def _reason(log: str) -> str:
    """The line of a log that says best why the server did not start."""
    lines = [line.strip() for line in log.splitlines() if "Error" in line and "Traceback" not in line]
    return (lines or ["it did not get ready in time"])[0][-300:]
