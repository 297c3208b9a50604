"""Tuned against base on held-out answers: small adapters trained as a job trains them, and an honest table.

    python tests/bench/tuned.py [--data DIR] [--generate N] [--scale X]

Note sections of MTS-Dialog (without privacy, and with it at epsilon 8 and 0.5 by patient), and worded answers of
TAT-QA. Compared is the loss in nats of an answer's token, over examples that no training saw, with the interval
that the choice of examples leaves (paired bootstrap); with --generate also what both write. Sizes are chosen for
about 25 minutes on two processors: far from what a real run spends, and under noise that shows.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

import numpy as np  # noqa: E402

from collegium.sdk.intervals import Interval, bootstrap_difference  # noqa: E402
from collegium.sdk.overlap import rouge_l  # noqa: E402
from collegium.sdk.tuning import Example  # noqa: E402
from engine.build.generation import SPLIT, generation_build  # noqa: E402
from tests.engine.servers import model_cache  # noqa: E402
from verticals.finance.tuning.wording_sets import tatqa_asked  # noqa: E402
from verticals.medical.deidentify.project import Project  # noqa: E402
from verticals.medical.tuning.note_examples import section_messages  # noqa: E402
from verticals.medical.tuning.note_files import notes_read  # noqa: E402
from verticals.medical.tuning.note_parts import Section  # noqa: E402
from verticals.medical.tuning.private_text import note_deidentify  # noqa: E402

CHARS_MOST = 900  # of an example: with the template under 256 tokens
MAX_TOKENS = 256
TRAINED, HELD_OUT = 600, 60
ROUNDS = 4000
LORA = {"kind": "lora", "r": 16, "alpha": 32, "dropout": 0.0, "targets": ["q_proj", "v_proj"]}
PLAIN = {"steps": 30, "batch": 8, "physical_batch": 8, "learning_rate": 5e-4, "max_tokens": MAX_TOKENS}
PRIVATE = {"steps": 6, "batch": 48, "physical_batch": 8, "learning_rate": 2e-3, "max_tokens": MAX_TOKENS}


@dataclass(frozen=True, slots=True)
class Training:
    """A row of the table. `epsilon`: of the privacy that it is trained with, or None."""

    name: str
    data_set: str
    epsilon: float | None = None

    def job(self, base: Path, folder: Path, scale: float) -> dict[str, Any]:
        """The job as `engine.train` reads it; `scale`: how many of the steps are taken."""
        descent = PLAIN if self.epsilon is None else PRIVATE
        steps = max(1, round(descent["steps"] * scale))
        privacy = {"target_epsilon": self.epsilon, "unit": "group", "max_grad_norm": 1.0}
        return {
            "base": str(base), "name": f"bench-{self.name}", "version": "1",
            "examples": str(folder / f"{self.data_set}-train.jsonl"),
            "held_out": str(folder / f"{self.data_set}-held-out.jsonl"),
            "out": str(folder / self.name), "method": LORA,
            "descent": {**descent, "steps": steps},
            "data": {"near_duplicates": 0.0}, "privacy": None if self.epsilon is None else privacy,
            "checkpoints": {"every_steps": 1000, "keep_last": 1},
            "trained_on": self.data_set, "licence": "CC-BY-4.0", "seed": 1, "threads": 2,
        }  # fmt: skip


TRAININGS = (
    Training("notes", "mts_dialog"),
    Training("notes-epsilon-8", "mts_dialog", 8.0),
    Training("notes-epsilon-0.5", "mts_dialog", 0.5),
    Training("wording", "tatqa"),
)


def notes_examples(path: Path, half: str) -> Iterator[Example]:
    """The sections of a table as the recipe makes examples of them."""
    project = Project("bench", b"a key for a benchmark, no secret")
    for note in notes_read(path):
        for section in note.sections:
            group = f"{half}-{note.key}"
            told, written = (
                note_deidentify(text, project=project, group=group) for text in (note.dialogue, section.text)
            )
            yield Example(
                section_messages(told, Section(section.key, written), "en"), source=group, group=group
            )


def examples_write(data: Path, folder: Path) -> None:
    """The examples to train on and those held out, of both sets."""
    mts, tatqa = data / "mts_dialog", list(tatqa_asked(data / "tatqa"))
    sides = {
        "mts_dialog-train": notes_examples(mts / "MTS-Dialog-TrainingSet.csv", "train"),
        "mts_dialog-held-out": notes_examples(mts / "MTS-Dialog-ValidationSet.csv", "held-out"),
        "tatqa-train": (Example(one.messages(), source=one.key) for one in tatqa if not one.held_out),
        "tatqa-held-out": (Example(one.messages(), source=one.key) for one in tatqa if one.held_out),
    }
    for name, examples in sides.items():
        most = HELD_OUT if name.endswith("held-out") else TRAINED
        lines = [json.dumps(one.as_json(), ensure_ascii=False) for one in _short(examples)]
        step = max(1, len(lines) // most)
        (folder / f"{name}.jsonl").write_text("\n".join(lines[::step][:most]) + "\n", encoding="utf-8")


def _short(examples: Iterable[Example]) -> Iterator[Example]:
    return (one for one in examples if sum(len(m.content) for m in one.messages) <= CHARS_MOST)


def trained(training: Training, base: Path, folder: Path, scale: float) -> tuple[Path, dict[str, Any], float]:
    """Train in a process of its own: the model's directory, the run's result, the seconds that it took."""
    job = folder / f"{training.name}.json"
    job.write_text(json.dumps(training.job(base, folder, scale)))
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "engine.train", str(job)],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"tuned: {training.name} failed:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    out = folder / training.name
    return out / "model", json.loads((out / "result.json").read_text()), time.monotonic() - began


def measured(model: Path, examples: Path, generate: int) -> dict[int, Mapping[str, Any]]:
    """What a model makes of examples, by their number, measured in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "engine.train.measure",
        str(model),
        str(examples),
        "--generate",
        str(generate),
    ]
    command += ["--max-tokens", str(MAX_TOKENS + 64)]
    said = subprocess.run(
        command, cwd=ROOT, env=_environment(), check=True, stdout=subprocess.PIPE, text=True
    )
    rows = [json.loads(line) for line in said.stdout.splitlines() if line.startswith("{")]
    return {row["example"]: row for row in rows}


def _environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "2", "PYTHONPATH": str(ROOT)}


def loss_interval(
    rows: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]] | None = None
) -> Interval:
    """Nats a token over all examples, or how many fewer than `other` over the same; examples drawn again."""
    nats = np.array([row["nats"] for row in rows])
    if other is not None:
        nats = np.array([row["nats"] for row in other]) - nats
    tokens = np.array([row["tokens"] for row in rows], dtype=float)
    draws = np.random.default_rng(1).multinomial(len(nats), np.full(len(nats), 1 / len(nats)), size=ROUNDS)
    low, high = np.percentile((draws @ nats) / (draws @ tokens), [2.5, 97.5])
    return Interval(float(nats.sum() / tokens.sum()), float(low), float(high))


def verdict(gain: Interval) -> str:
    """What the interval allows to say."""
    return "better" if gain.low > 0 else "worse" if gain.high < 0 else "not better: the interval holds zero"


def written_gain(
    base: Sequence[Mapping[str, Any]], tuned: Sequence[Mapping[str, Any]], references: Sequence[str]
) -> Interval | None:
    """By how much ROUGE-L of what was written rose, over the examples that both wrote on."""
    pairs = [
        (rouge_l(first["said"], reference), rouge_l(second["said"], reference))
        for first, second, reference in zip(base, tuned, references, strict=True)
        if first["said"] is not None and second["said"] is not None
    ]
    return bootstrap_difference(*map(list, zip(*pairs, strict=True))) if pairs else None


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "bench" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench")
    parser.add_argument("--generate", type=int, default=0, help="held-out examples that both models write on")
    parser.add_argument("--scale", type=float, default=1.0, help="times the steps of each training")
    options = parser.parse_args()
    missing = [name for name in ("mts_dialog", "tatqa") if not (options.data / name).is_dir()]
    if missing:
        print(f"tuned: no {' and no '.join(missing)} in {options.data}; left out")
        return 0
    folder = options.out / "tuned"
    folder.mkdir(parents=True, exist_ok=True)
    examples_write(options.data, folder)
    base = generation_build(model_cache(), SPLIT)
    rows = list(_rows(base, folder, options.generate, options.scale))
    (options.out / "tuned.json").write_text(json.dumps(rows, indent=1) + "\n")
    return 0


def _rows(base: Path, folder: Path, generate: int, scale: float) -> Iterator[dict[str, Any]]:
    """Train, measure and print, a row for each training."""
    held_out = {one.data_set: folder / f"{one.data_set}-held-out.jsonl" for one in TRAININGS}
    before = {name: measured(base, path, generate) for name, path in held_out.items()}
    print(f"{'training':<20}{'epsilon':>8}{'examples':>9}  {'base':>22}  {'tuned':>22}  gain in nats a token")
    for training in TRAININGS:
        model, result, seconds = trained(training, base, folder, scale)
        first, second = before[training.data_set], measured(model, held_out[training.data_set], generate)
        both = sorted(first.keys() & second.keys())
        pair = [first[n] for n in both], [second[n] for n in both]
        gain = loss_interval(pair[1], pair[0])
        lines = held_out[training.data_set].read_text(encoding="utf-8").splitlines()
        wrote = written_gain(*pair, [json.loads(lines[n])["messages"][-1]["content"] for n in both])
        losses = [loss_interval(side) for side in pair]
        spent = result.get("epsilon")
        print(
            f"{training.name:<20}{'none' if spent is None else f'{spent:.3g}':>8}{len(both):>9}  "
            f"{_shown(losses[0]):>22}  {_shown(losses[1]):>22}  {_shown(gain)} {verdict(gain)}  {seconds:.0f} s"
            + (f"  ROUGE-L {_shown(wrote)} {verdict(wrote)}" if wrote else ""),
            flush=True,
        )
        yield {
            "training": training.name, "epsilon": spent, "examples": len(both), "seconds": round(seconds, 1),
            "base": losses[0].mean, "tuned": losses[1].mean, "gain": [gain.mean, gain.low, gain.high],
            "verdict": verdict(gain), "rouge_l_gain": [wrote.mean, wrote.low, wrote.high] if wrote else None,
        }  # fmt: skip


def _shown(one: Interval) -> str:
    return f"{one.mean:.3f} [{one.low:.3f}, {one.high:.3f}]"


if __name__ == "__main__":
    sys.exit(main())
