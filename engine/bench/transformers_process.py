"""transformers' generate in a process of its own, asked over its standard input: one JSON object a line.

python -m engine.bench.transformers_process MODEL, as `transformers_started` runs it
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import IO, Any

from engine.bench.rank_cluster import process_stop
from engine.bench.system import Choice, Prompt
from engine.errors import EngineUnavailable
from engine.serve.lifetime import die_with_parent


@dataclass(slots=True)
class TransformersProcess:
    """The running process; `end_token` ends a text. It has no queue: what comes together is one batch."""

    process: "subprocess.Popen[str]"
    end_token: int

    def first_token_s(self, prompt: Prompt) -> float:
        """Seconds until generate has its first token."""
        start = time.monotonic()
        self._ask([prompt], 2)
        first_s = time.monotonic() - start
        self.answer()
        return first_s

    def batch_s(self, prompts: Sequence[Prompt], new_tokens: int) -> float:
        """One call of generate with all the prompts, which must be of equal length."""
        start = time.monotonic()
        self._tokens(prompts, new_tokens)
        return time.monotonic() - start

    def clients_s(self, prompts: Sequence[Prompt], new_tokens: int, clients: int) -> float:
        """Batches of as many prompts as there are clients, one after another."""
        starts = range(0, len(prompts), clients)
        return sum(self.batch_s(prompts[start : start + clients], new_tokens) for start in starts)

    def greedy(self, prompts: Sequence[Prompt], new_tokens: int) -> list[list[Choice]]:
        """The chosen tokens up to the end of each text, as one batch."""
        answers = self._tokens(prompts, new_tokens)
        return [[Choice(t) for t in takewhile(lambda t: t != self.end_token, answer)] for answer in answers]

    def _tokens(self, prompts: Sequence[Prompt], new_tokens: int) -> list[list[int]]:
        self._ask(prompts, new_tokens)
        return [list(map(int, tokens)) for tokens in self.answer()["tokens"]]

    def _ask(self, prompts: Sequence[Prompt], new_tokens: int) -> None:
        """Sends what is to be continued, and waits until the first token is there."""
        stream = self.process.stdin
        assert stream is not None
        stream.write(json.dumps({"prompts": list(map(list, prompts)), "new_tokens": new_tokens}) + "\n")
        stream.flush()
        self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line that the process says; raises EngineUnavailable when it ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise EngineUnavailable(f"transformers' process ended with {self.process.wait()}; see above")
        return dict(json.loads(line))


@contextmanager
def transformers_started(model: Path, end_token: int) -> Iterator[tuple[TransformersProcess, float]]:
    """Starts the process; gives it, and the seconds until the model was loaded."""
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.bench.transformers_process", str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )
    try:
        found = TransformersProcess(process, end_token)
        found.answer()
        yield found, time.monotonic() - start
    finally:
        process_stop(process)


def main(model: str) -> None:
    """Loads a model in float32 and continues what comes on standard input, on all cores."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    os.environ |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    import torch
    from transformers import AutoModelForCausalLM, StoppingCriteria

    class FirstToken(StoppingCriteria):  # asked after each token, and never stops
        said = False

        def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
            if not self.said:
                _say(answers, {"first": True})
                self.said = True
            return torch.zeros(input_ids.shape[0], dtype=torch.bool)

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    loaded: Any = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    loaded.train(False)
    loaded.generation_config.eos_token_id = None
    _say(answers, {"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        ids = torch.tensor(asked["prompts"])
        new = loaded.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=asked["new_tokens"],
            do_sample=False,
            stopping_criteria=[FirstToken()],
        )
        _say(answers, {"tokens": new[:, ids.shape[1] :].tolist()})


def _say(stream: IO[str], value: dict[str, Any]) -> None:
    stream.write(json.dumps(value) + "\n")
    stream.flush()


if __name__ == "__main__":
    main(sys.argv[1])
