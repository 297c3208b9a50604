"""Experts of two verticals trained, grafted, mixed and balanced, measured on texts that were held out.

python -m engine.bench.experts [--data var/bench/data] [--work var/bench/experts] [--keep]
Trains from nothing in about a quarter of an hour on two cores; --keep goes on with the sets of experts that
are there. Without the evaluation data it says so and does nothing.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import torch

from engine.bench.balance import (
    CALIBRATION_TOKENS,
    GOAL,
    HELD_OUT_TOKENS,
    Balance,
    balance_measure,
    balance_rows,
    balanced,
    calibration_texts,
    held_out_texts,
    options_add,
    prepared,
    tokens_of,
)
from engine.bench.corpora import Corpus, corpora_missing, corpora_read
from engine.bench.report import Row, report
from engine.build.generation import OWNED, generation_build
from engine.manifest import MANIFEST_NAME, manifest_verify
from engine.moe.ownership import COMMON, Ownership
from engine.moe.records import ownership_of
from engine.moe.tensors import tensor_hashes
from engine.moe.trainable import trainable_load
from engine.train.balancing import balanced_write
from engine.train.perplexity import Losses, losses_measure, perplexity_interval, ratio_interval

OWNERS = {"medical": "medical", "finance": "finance", "general": COMMON}  # whose experts learn which texts
LICENCES = {"medical": "MIT, CC-BY-4.0", "finance": "CC-BY-4.0, public filings", "general": "of each package"}
TRAINED_ON = {
    "medical": "abstracts of PubMedQA, pages of MedQuAD",
    "finance": "TAT-QA, pages of FinanceBench",
    "general": "descriptions of Python packages",
}
TRAINING = {"epochs": 2, "max_tokens": 32768, "learning_rate": 1e-3}
ROUTER = {"epochs": 1, "max_tokens": 12288, "learning_rate": 1e-3}


def main() -> int:
    """Runs the whole recipe; 1 when a vertical does not beat the base, or what should be exact is not."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.experts")
    parser.add_argument("--work", type=Path, default=Path("var/bench/experts"))
    parser.add_argument("--home", type=Path, default=Path("var/test-models"))
    parser.add_argument("--keep", action="store_true", help="go on with the experts that are trained already")
    options_add(parser)
    options = parser.parse_args()
    if missing := corpora_missing(options.data):
        print(f"experts: skipped: no evaluation data at {options.data} ({missing[0]} is missing)")
        return 0
    torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    base = generation_build(options.home, OWNED)
    corpora = corpora_read(options.data)
    mixed = _mixed_make(base, corpora, options)
    print(f"tensors that were not trained are exact: {_exact(base, mixed)}")
    return _measured(base, mixed, corpora, options)


def _mixed_make(base: Path, corpora: Mapping[str, Corpus], options: argparse.Namespace) -> Path:
    """Trains the experts of each owner, grafts them and trains the router; each step is a process."""
    work: Path = options.work
    run = {"threads": options.threads, "compute": options.compute}
    for kind, owner in OWNERS.items():
        lines = (json.dumps({"text": text}, ensure_ascii=False) for text in corpora[kind].train)
        (work / f"{kind}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        if options.keep and (work / kind / "experts.json").exists():
            continue
        job = {
            "model": str(base),
            "owner": owner,
            "texts": str(work / f"{kind}.jsonl"),
            "out": str(work / kind),
        }
        about = {"trained_on": TRAINED_ON[kind], "licence": LICENCES[kind]}
        _process("engine.train.experts", _job(work / f"{kind}.json", job | about | TRAINING | run))
    mix = {owner: str(work / f"{kind}.jsonl") for kind, owner in OWNERS.items()}
    out = work / "smollm2-135m-mixed"
    if options.keep and (out / MANIFEST_NAME).exists():
        return out
    router = _job(work / "router.json", {"mix": mix} | ROUTER | run)
    sets = [str(work / kind) for kind in OWNERS]
    arguments = ["--model", str(base), "--out", str(out), "--experts", *sets, "--router", router]
    _process("engine.moe.graft", *arguments)
    return out


def _job(path: Path, values: Mapping[str, object]) -> str:
    path.write_text(json.dumps(values, indent=2), encoding="utf-8")
    return str(path)


def _process(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)


def _exact(base: Path, mixed: Path) -> bool:
    """Whether only routed experts and routers differ."""
    before, after = tensor_hashes(base), tensor_hashes(mixed)
    changed = {name for name in before if before[name] != after.get(name)}
    return before.keys() == after.keys() and all(
        ".mlp.experts." in name or name.endswith(".mlp.gate.weight") for name in changed
    )


def _measured(base: Path, mixed: Path, corpora: Mapping[str, Corpus], options: argparse.Namespace) -> int:
    ownership = ownership_of(manifest_verify(mixed))
    model = trainable_load(base)
    held_out = prepared(model, base, held_out_texts(corpora), HELD_OUT_TOKENS, options.compute)
    calibration = prepared(model, base, calibration_texts(corpora), CALIBRATION_TOKENS, options.compute)
    of_base = {
        kind: losses_measure(model, part.lower_BLD, part.blocks, compute=options.compute)
        for kind, part in held_out.items()
    }
    model = trainable_load(mixed)
    before = balance_measure(model, held_out, ownership.groups(), options.compute)
    balanced(model, calibration, ownership.groups(), options.compute)
    after = balance_measure(model, held_out, ownership.groups(), options.compute)
    balanced_write(model, mixed, options.work / "smollm2-135m-balanced", version="balanced")
    tokens = tokens_of(held_out)
    rows = _rows(of_base, before, after)
    report("experts", rows, options.out, held_out_tokens=tokens, owners=_owners(ownership))
    report("balance", balance_rows(before, after), options.out, held_out_tokens=tokens)
    better = all(
        ratio_interval(losses[kind], of_base[kind]).high < 1
        for losses in (before.losses, after.losses)
        for kind in ("medical", "finance")
    )
    return 0 if better and after.worst_layer < GOAL and _exact(base, mixed) else 1


def _rows(of_base: Mapping[str, Losses], before: Balance, after: Balance) -> list[Row]:
    return [
        {
            "texts": kind,
            "base": str(perplexity_interval(losses)),
            "grafted": str(perplexity_interval(before.losses[kind])),
            "times": str(ratio_interval(before.losses[kind], losses)),
            "balanced": str(perplexity_interval(after.losses[kind])),
            "times base": str(ratio_interval(after.losses[kind], losses)),
        }
        for kind, losses in of_base.items()
    ]


def _owners(ownership: Ownership) -> dict[str, list[int]]:
    return {owner: list(experts) for owner, experts in ownership.groups().items()}


if __name__ == "__main__":
    raise SystemExit(main())
