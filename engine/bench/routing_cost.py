"""What counting the routing costs while serving: the same requests with and without it, turn by turn.

python -m engine.bench.routing_cost [--model DIR] [--out var/bench]
One engine in this process; its router's hook and the counting after each step are taken off and put on again.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from engine.bench.report import Row, report
from engine.build.generation import OWNED, generation_build
from engine.config import ServeConfig
from engine.moe.routing import routing_arguments, routing_prepare
from engine.serve.vllm_server import engine_arguments, vllm_environment

PAIRS = 15
CASES = {"read 512 tokens": (1, 512, 1), "write 24, alone": (1, 8, 24), "write 24, 16 at once": (16, 8, 24)}


class Switch:
    """Takes the counting off a worker and puts it on again."""

    def __init__(self, wrapper: Any) -> None:
        from vllm.model_executor.layers.fused_moe.runner.moe_runner import MoERunner

        self._worker, self._counting = wrapper.worker, wrapper.worker.execute_model
        modules = self._worker.model_runner.get_model().modules()
        self._routers: list[Any] = [m.router for m in modules if isinstance(m, MoERunner)]
        self._hooks = [router.capture_fn for router in self._routers]
        if not self._hooks or None in self._hooks:
            raise SystemExit("nothing is counted: has the model experts, and is the plugin installed?")

    def set(self, on: bool) -> None:
        """Counts from now on, or not."""
        self._worker.execute_model = (
            self._counting if on else type(self._worker).execute_model.__get__(self._worker)
        )
        for router, hook in zip(self._routers, self._hooks, strict=True):
            router.set_capture_fn(hook if on else None)


def measure(llm: Any) -> list[Row]:
    """The median of the ratios of pairs whose order alternates."""
    from vllm import SamplingParams

    switch = llm.collective_rpc(Switch)[0]
    seed = 0

    def seconds(requests: int, tokens: int, new: int) -> float:
        nonlocal seed
        prompts = []
        for _ in range(requests):
            seed += 1  # no prefix is shared
            prompts.append({"prompt_token_ids": [(seed * 7919 + i * 31) % 40000 + 10 for i in range(tokens)]})
        sampling = SamplingParams(max_tokens=new, temperature=0.0, ignore_eos=True, detokenize=False)
        start = time.monotonic()
        llm.generate(prompts, sampling, use_tqdm=False)
        return time.monotonic() - start

    return [_row(name, switch, partial(seconds, *case)) for name, case in CASES.items()]


def _row(name: str, switch: Switch, once: Callable[[], float]) -> Row:
    once()
    ratios, plain = [], []
    for pair in range(PAIRS):
        times = {}
        for on in (True, False) if pair % 2 else (False, True):
            switch.set(on)
            times[on] = once()
        ratios.append(times[True] / times[False])
        plain.append(times[False])
    ratios.sort()
    spread = f"{ratios[PAIRS // 4]:.4f} to {ratios[-1 - PAIRS // 4]:.4f}"
    return {"case": name, "without s": median(plain), "ratio": f"{median(ratios):.4f}", "middle half": spread}


def main() -> None:
    """Measures and reports."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.routing_cost")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    model = options.model or generation_build(Path("var/test-models"), OWNED)
    config = ServeConfig(model=str(model), max_model_len=1024)
    os.environ.update(vllm_environment(config, cuda=False) | {"VLLM_ENABLE_V1_MULTIPROCESSING": "0"})
    from vllm import LLM

    with tempfile.TemporaryDirectory() as directory:
        routing_prepare(Path(directory))
        arguments = engine_arguments(config, cuda=False, context_tokens=config.max_model_len)
        llm = LLM(**arguments, additional_config=routing_arguments(Path(directory)))
        report("routing_cost", measure(llm), options.out, model=model.name, pairs=PAIRS)


if __name__ == "__main__":
    main()
