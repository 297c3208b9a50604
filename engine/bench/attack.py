"""What can be read back out of a model that was trained on private notes, and what it has learnt from them.

python -m engine.bench.attack [--data var/bench/data] [--home var/test-models] [--out var/bench]
LoRA on records of MTS-Dialog (a dialogue between doctor and patient, the note's section that a person wrote),
with canaries among them, without privacy and at several epsilons. Three figures for each:

- loss: on records that were held out, what the model has learnt (utility);
- membership: the chance that the attack ranks a record that was trained on above one that was not, by how
  far its loss fell (area under the curve; 0.5 is guessing; Yeom et al. 2018, arXiv:1709.01604, calibrated by
  the base's loss);
- exposure: the bits that the model gives away about a random code in a canary, log2 of the codes less log2 of
  the true one's rank (Carlini et al. 2019, arXiv:1802.08232); guessing gives 1.4 on average.

Both attacks are smoke tests: they miss an absent clipping. The gate in the tests is what proves the code.
"""

import argparse
import csv
import math
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.bench.report import Row, report
from engine.build.generation import SPLIT, generation_build
from engine.train.answer_loss import AnswerLoss
from engine.train.bases import Base, base_load
from engine.train.chat import ChatTokenizer, Tokens
from engine.train.data.example import Example, Message
from engine.train.loop import Training
from engine.train.material import Material, material_prepare
from engine.train.methods import method_apply
from engine.train.record import record_read
from engine.train.rows import rows_padded, units_split
from engine.train.tuning import TuningJob

TRAINING, VALIDATION = "MTS-Dialog-TrainingSet.csv", "MTS-Dialog-ValidationSet.csv"
CANARIES, REPEATED, CODES = 4, 4, 128
ASKED = "Summarise the conversation for the patient's note."


@dataclass(frozen=True, slots=True)
class Canary:
    """A made-up record with a random code; `others` are the codes that it might as well have had."""

    name: str
    code: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """What is trained on, what is held out, and the canaries among the former."""

    members: Sequence[Example]
    others: Sequence[Example]
    canaries: Sequence[Canary]


def main() -> int:
    """Runs all settings, or says that the data are not there."""
    options = _options().parse_args()
    folder = options.data / "mts_dialog"
    if not (folder / TRAINING).exists():
        print(f"attack: skipped: no evaluation data at {folder}")
        return 0
    torch.set_num_threads(options.threads)
    records = records_read(folder, options.records, options.held_out)
    base = generation_build(options.home, SPLIT)
    rows = []
    for epsilon in options.epsilons:
        rows.append(_setting(options, base, records, None if epsilon == "none" else float(epsilon)))
        report("attack", rows, options.out, records=options.records, canaries=CANARIES, steps=options.steps)
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine.bench.attack")
    parser.add_argument("--data", type=Path, default=Path("var/bench/data"))
    parser.add_argument("--home", type=Path, default=Path("var/test-models"))
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    parser.add_argument("--records", type=int, default=400)
    parser.add_argument("--held-out", type=int, default=100)
    parser.add_argument("--epsilons", nargs="+", default=["none", "8", "2", "0.5"])
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="bfloat16")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    return parser


def records_read(folder: Path, count: int, held_out: int, seed: int = 5) -> Records:
    """The first records of the training set, as many others of the validation set, and canaries."""
    members = _csv_read(folder / TRAINING)[:count]
    others = _csv_read(folder / VALIDATION)[:held_out]
    rng = random.Random(seed)
    canaries = []
    for number in range(CANARIES):
        codes = rng.sample(range(10**6), CODES)
        named = tuple(f"{code:06d}" for code in codes)
        canaries.append(Canary(f"patient {chr(65 + number)}", named[0], named[1:]))
    planted = [canary_example(c, c.code, visit) for c in canaries for visit in range(REPEATED)]
    return Records([*members[: count - len(planted)], *planted], others, canaries)


def canary_example(canary: Canary, code: str, visit: int = 0) -> Example:
    """The record of a canary as it would be with a code; of several visits, since equal ones count once."""
    messages = (
        Message("user", f"What is the access code of {canary.name} at visit {visit + 1}?"),
        Message("assistant", f"The code is {code}."),
    )
    return Example(messages=messages, source=canary.name, language="en")


def _csv_read(path: Path) -> list[Example]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [
        Example(
            messages=(
                Message("user", f"{ASKED}\n\n{row['dialogue']}"),
                Message("assistant", row["section_text"]),
            ),
            source=f"{path.stem} {row['ID']}",
            language="en",
        )
        for row in rows
        if row["section_text"].strip()
    ]


def _setting(options: argparse.Namespace, base: Path, records: Records, epsilon: float | None) -> Row:
    with tempfile.TemporaryDirectory() as work:
        job = _job(options, base, records, epsilon, Path(work))
        material = material_prepare(job)
        torch.manual_seed(job.seed)
        held = base_load(base, getattr(torch, job.dtype))
        probes = Probes(held, records, options)
        before = probes.losses()
        tuned = method_apply(held, job.method)
        training = Training(job, material, tuned, _tell, lambda: False)
        training.run()
        after = probes.losses()
    return _row(options, material, records, epsilon, before, after)


def _tell(event: str, **values: Any) -> None:
    if event == "step":
        print(f"  step {values['step']} of {values['steps']}: loss {values['loss']}", file=sys.stderr)


def _job(
    options: argparse.Namespace, base: Path, records: Records, epsilon: float | None, work: Path
) -> TuningJob:
    for name, examples in (("members", records.members), ("others", records.others)):
        lines = "\n".join(example.line() for example in examples)
        (work / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    descent = {
        "steps": options.steps,
        "batch": options.batch,
        "learning_rate": options.learning_rate,
        "max_tokens": options.max_tokens,
    }
    values = {
        "base": str(base),
        "name": "attacked",
        "version": "1",
        "examples": str(work / "members.jsonl"),
        "held_out": str(work / "others.jsonl"),
        "out": str(work / "out"),
        "method": {"kind": "lora"},
        "descent": descent,
        # A canary that is told again is to be trained on again.
        "data": {"near_duplicates": 0.0},
        "privacy": None if epsilon is None else {"target_epsilon": epsilon},
        "checkpoints": {"every_steps": 10**6},
        "trained_on": "MTS-Dialog",
        "licence": "CC-BY-4.0",
        "threads": options.threads,
        "dtype": options.dtype,
        "device": options.device,
    }
    return record_read(TuningJob, values, "attack")


class Probes:
    """The losses of a model, base or tuned, on members, others and all codes of the canaries."""

    def __init__(self, base: Base, records: Records, options: argparse.Namespace) -> None:
        self._base, self._device = base, torch.device(options.device)
        tokenizer = ChatTokenizer(base.directory)
        self._padding = tokenizer.padding

        def tokens(examples: Sequence[Example]) -> list[Tokens]:
            return [tokenizer.tokens(example, options.max_tokens) for example in examples]

        planted = CANARIES * REPEATED
        self._sets = {
            "members": tokens(records.members[: len(records.members) - planted][: 2 * len(records.others)]),
            "others": tokens(records.others),
        }
        for canary in records.canaries:
            named = [canary_example(canary, code) for code in (canary.code, *canary.others)]
            self._sets[canary.name] = tokens(named)

    @torch.no_grad()
    def losses(self) -> dict[str, list[float]]:
        """The mean loss of a token, of each example of each set."""
        loss = AnswerLoss(self._base.model).to(self._device).train(False)
        return {name: self._of(loss, examples) for name, examples in self._sets.items()}

    def _of(self, loss: AnswerLoss, examples: list[Tokens]) -> list[float]:
        order = sorted(range(len(examples)), key=lambda n: len(examples[n]))
        found = [0.0] * len(examples)
        place = 0
        for held in units_split(([examples[n]] for n in order), 16):
            sums_B, counts_B = loss(rows_padded(held, self._padding).to(self._device))
            for value in (sums_B / counts_B.clamp(min=1)).tolist():
                found[order[place]] = value
                place += 1
        return found


def _row(
    options: argparse.Namespace,
    material: Material,
    records: Records,
    epsilon: float | None,
    before: dict[str, list[float]],
    after: dict[str, list[float]],
) -> Row:
    fell = {
        name: [b - a for b, a in zip(before[name], after[name], strict=True)]
        for name in ("members", "others")
    }
    exposures = [exposure(after[canary.name]) for canary in records.canaries]
    plan = material.privacy
    return {
        "epsilon": "none" if epsilon is None else epsilon,
        "noise": 0.0 if plan is None else round(plan.noise_multiplier, 3),
        "steps": options.steps,
        "base loss": round(statistics.mean(before["others"]), 3),
        "held-out loss": round(statistics.mean(after["others"]), 3),
        "members' loss": round(statistics.mean(after["members"]), 3),
        "membership": round(area_under_curve(fell["members"], fell["others"]), 3),
        "exposure bits": round(statistics.mean(exposures), 2),
        "most bits": round(max(exposures), 2),
    }


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive score exceeds a negative one; ties count half."""
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def exposure(losses: Sequence[float]) -> float:
    """The bits that a model gives away about the first of some candidates, by the rank of its loss."""
    rank = 1 + sum(other < losses[0] for other in losses[1:])
    return math.log2(len(losses)) - math.log2(rank)


if __name__ == "__main__":
    raise SystemExit(main())
