"""Servers behind OpenAI's completions, asked with token ids, so that every server reads the same prompt."""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, TypeVar

import httpx

from engine.bench.system import Choice, Prompt
from engine.client import EngineClient
from engine.errors import EngineBrokenStream, EngineRejected

TIMEOUT_S = 600.0
FIRST_ANSWER_TOKENS = 2


@dataclass(slots=True)
class CompletionsServer:
    """A vLLM server, with or without ours before it; `end_token` ends a text."""

    http: httpx.Client
    model: str
    end_token: int

    def first_token_s(self, prompt: Prompt) -> float:
        """Seconds until the first event that carries a token."""
        start, first_s = time.monotonic(), None
        for _ in self._streamed(self.body(prompt, FIRST_ANSWER_TOKENS)):
            first_s = first_s or time.monotonic() - start
        if first_s is None:
            raise EngineBrokenStream(f"{self.model}: the answer had no token")
        return first_s

    def batch_s(self, prompts: Sequence[Prompt], new_tokens: int) -> float:
        """One request with all the prompts; raises EngineBrokenStream when it gave fewer tokens."""
        start = time.monotonic()
        answer = self.ask("/v1/completions", self.body(list(prompts), new_tokens))
        took_s = time.monotonic() - start
        reasons = [choice["finish_reason"] for choice in answer["choices"]]
        if reasons != ["length"] * len(prompts):
            raise EngineBrokenStream(f"{self.model}: {len(prompts)} prompts ended as {reasons}")
        return took_s

    def clients_s(self, prompts: Sequence[Prompt], new_tokens: int, clients: int) -> float:
        """Each client streams on a connection of its own, and asks again when its answer is complete."""

        def one(prompt: Prompt) -> None:
            reasons = [r for r in self._streamed(self.body(prompt, new_tokens)) if r is not None]
            if reasons != ["length"]:
                raise EngineBrokenStream(f"{self.model}: an answer ended as {reasons}")

        with ThreadPoolExecutor(clients) as pool:
            start = time.monotonic()
            list(pool.map(one, prompts))
            return time.monotonic() - start

    def greedy(self, prompts: Sequence[Prompt], new_tokens: int) -> list[list[Choice]]:
        """The chosen tokens up to the end of each text, asked for at once."""
        with ThreadPoolExecutor(len(prompts)) as pool:
            return list(pool.map(lambda prompt: self.choices(prompt, new_tokens), prompts))

    def choices(self, prompt: Prompt, new_tokens: int) -> list[Choice]:
        """The chosen tokens up to the end of the text, with what vLLM knows of the second best."""
        body = self.body(prompt, new_tokens, ends=True)
        body |= {"logprobs": 2, "return_tokens_as_token_ids": True}
        found = self.ask("/v1/completions", body)["choices"][0]["logprobs"]
        made = (_choice(*one) for one in zip(found["tokens"], found["top_logprobs"], strict=True))
        return list(takewhile(lambda choice: choice.token != self.end_token, made))

    def body(self, prompt: Sequence[Any], new_tokens: int, *, ends: bool = False) -> dict[str, Any]:
        """A greedy request; unless it `ends` by itself, an end of text does not end it."""
        wanted = {"model": self.model, "prompt": prompt, "max_tokens": new_tokens, "temperature": 0}
        return wanted | {"ignore_eos": not ends}

    def ask(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON that the server answers with; raises EngineRejected."""
        answer = self.http.post(path, json=body)
        _accepted(answer)
        return answer.json()

    def _streamed(self, body: dict[str, Any]) -> Iterator[str | None]:
        """The finish reason of each event that carries a part of the answer, as it comes."""
        with self.http.stream("POST", "/v1/completions", json=body | {"stream": True}) as answer:
            if answer.status_code != 200:
                answer.read()
            _accepted(answer)
            for line in answer.iter_lines():
                if line.startswith("data: ") and line != "data: [DONE]":
                    event = json.loads(line.removeprefix("data: "))
                    if "error" in event:
                        raise EngineBrokenStream(f"{self.model}: {event['error']}")
                    for choice in event["choices"]:
                        yield choice["finish_reason"]


class LlamaServer(CompletionsServer):
    """llama.cpp's server, which tells the tokens of an answer at another path."""

    def choices(self, prompt: Prompt, new_tokens: int) -> list[Choice]:
        """The chosen tokens up to the end of the text."""
        body = {"prompt": prompt, "n_predict": new_tokens, "temperature": 0, "return_tokens": True}
        tokens = self.ask("/completion", body)["tokens"]
        return [Choice(token) for token in takewhile(lambda token: token != self.end_token, tokens)]


Kind = TypeVar("Kind", bound=CompletionsServer)


@contextmanager
def completions(kind: type[Kind], client: EngineClient, end_token: int) -> Iterator[Kind]:
    """The server that a client is connected to, over its Unix socket, by a new connection for each request.

    llama.cpp's server closes a connection that has waited for a while without saying so before.
    """
    each_new = httpx.Limits(max_keepalive_connections=0)
    transport = httpx.HTTPTransport(uds=client.url.removeprefix("unix://"), limits=each_new)
    with httpx.Client(transport=transport, base_url="http://engine", timeout=TIMEOUT_S) as http:
        yield kind(http, client.models()[0], end_token)


def _choice(token: str, best: dict[str, float]) -> Choice:
    values = sorted(best.values(), reverse=True)
    lead = values[0] - values[1] if len(values) > 1 else float("inf")
    return Choice(int(token.removeprefix("token_id:")), lead)


def _accepted(answer: httpx.Response) -> None:
    if answer.status_code != 200:
        raise EngineRejected(f"the server answered {answer.text[:300]}", status=answer.status_code)
