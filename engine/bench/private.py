"""What privacy costs a training: time and memory of LoRA by hooks and of experts by ghost clipping.

python -m engine.bench.private [--home var/test-models] [--out var/bench]
Each figure comes from a process of its own, with and without privacy in turn, on the default model; goals are
those that the engine promises. The steps are those of a training, on random tokens; times are of the
processor, since others may use the machine meanwhile.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

from engine.bench.report import Row, report
from engine.build.generation import SPLIT, generation_build
from engine.train.answer_loss import AnswerLoss
from engine.train.bases import base_load
from engine.train.chat import Tokens
from engine.train.memory import memory_bytes
from engine.train.methods import method_apply
from engine.train.plain import PlainStep
from engine.train.private import PrivateStep
from engine.train.randomness import generator_secret
from engine.train.rows import Rows, rows_padded
from engine.train.tuning import ExpertsMethod, LoraMethod, Method

METHODS: dict[str, Method] = {"lora": LoraMethod(), "experts": ExpertsMethod()}
LORA_THROUGHPUT, LORA_MEMORY, EXPERTS_TIME = 0.9, 1.2, 2.0


def main() -> int:
    """Measures everything; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.private")
    parser.add_argument("--home", type=Path, default=Path("var/test-models"))
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", type=int, default=8, help="examples that pass the model at once")
    parser.add_argument("--tokens", type=int, default=128, help="the length of each")
    parser.add_argument("--steps", type=int, default=3, help="how many steps are timed")
    parser.add_argument("--rounds", type=int, default=2, help="how often each is measured")
    parser.add_argument("--only", choices=sorted(METHODS), help="one method alone")
    parser.add_argument("--one", choices=[f"{m} {p}" for m in METHODS for p in ("plain", "private")])
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_measured(options)))
        return 0
    generation_build(options.home, SPLIT)
    methods = [options.only] if options.only else list(METHODS)
    rows = [_compared(method, options.rounds) for method in methods]
    report("private", rows, options.out, rows_at_once=options.rows, tokens=options.tokens)
    return 0 if all(_goals_met(row) for row in rows) else 1


def _compared(method: str, rounds: int) -> Row:
    """With and without privacy in turn, so that a slow minute does not hit one of them alone."""
    found: dict[str, list[dict[str, float]]] = {"plain": [], "private": []}
    for _ in range(rounds):
        for kind, figures in found.items():
            command = [
                sys.executable,
                "-m",
                "engine.bench.private",
                *sys.argv[1:],
                "--one",
                f"{method} {kind}",
            ]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            figures.append(json.loads(done.stdout.splitlines()[-1]))
    per_s = {k: statistics.median(f["examples_per_cpu_s"] for f in figures) for k, figures in found.items()}
    held = {k: max(f["memory_bytes"] for f in figures) / 1e6 for k, figures in found.items()}
    return {
        "method": method,
        "plain ex/CPU-s": round(per_s["plain"], 3),
        "private ex/CPU-s": round(per_s["private"], 3),
        "throughput": per_s["private"] / per_s["plain"],
        "time": per_s["plain"] / per_s["private"],
        "plain MB": round(held["plain"]),
        "private MB": round(held["private"]),
        "memory": held["private"] / held["plain"],
    }


def _goals_met(row: Row) -> bool:
    if row["method"] == "experts":
        return float(row["time"]) <= EXPERTS_TIME
    return float(row["throughput"]) >= LORA_THROUGHPUT and float(row["memory"]) <= LORA_MEMORY


def _measured(options: argparse.Namespace) -> dict[str, float]:
    """Examples per second of the processor after a first step, and the most memory that was held."""
    method, kind = options.one.split()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    tuned = method_apply(base_load(generation_directory(options.home), torch.float32), METHODS[method])
    loss = AnswerLoss(tuned.base.model).train(True)
    optimizer = torch.optim.AdamW(list(tuned.parameters.values()), lr=1e-4)
    step: PlainStep | PrivateStep = PlainStep(loss, optimizer, clip=1.0)
    if kind == "private":
        step = PrivateStep(
            loss,
            optimizer,
            ghost=method == "experts",
            noise_multiplier=1.0,
            max_grad_norm=1.0,
            batch=2 * options.rows,
            generator=generator_secret("cpu"),
        )
    rows = _rows(options.rows, options.tokens, tuned.base.model.config.vocab_size)
    _step_take(step, rows)
    began = time.process_time()
    for _ in range(options.steps):
        _step_take(step, rows)
    per_cpu_s = 2 * options.rows * options.steps / (time.process_time() - began)
    return {"examples_per_cpu_s": per_cpu_s, "memory_bytes": memory_bytes("cpu")}


def generation_directory(home: Path) -> Path:
    """Where the default model lies."""
    return home / "models" / SPLIT.name


def _rows(count: int, length: int, vocabulary: int) -> Rows:
    """Random examples whose second half is to be predicted."""
    wanted = torch.arange(length) >= length // 2
    return rows_padded([[Tokens(torch.randint(vocabulary, (length,)), wanted)] for _ in range(count)], 0)


def _step_take(step: PlainStep | PrivateStep, rows: Rows) -> None:
    for _ in range(2):  # a logical batch of two physical ones
        step.add(rows)
    step.finish()


if __name__ == "__main__":
    raise SystemExit(main())
