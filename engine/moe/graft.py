"""Puts the trained experts of verticals into the mixture, and trains its router on a mix of their texts.

Branch-train-mix (Sukhbaatar et al. 2024, arXiv:2403.07816): experts are trained apart, each on the texts of
its owner, then put side by side; the router learns from a mix which tokens need whose. The rest of the
model was frozen while they were trained, so nothing has to be averaged: it stays bit for bit what it was.

python -m engine.moe.graft --model DIR --out DIR --experts DIR [DIR ...] [--router JOB]
JOB is a job of engine.train.router without `model` and `out`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine.errors import EngineError, ExpertsInvalid
from engine.manifest import Manifest, manifest_verify
from engine.moe.expert_set import set_placed, set_read
from engine.moe.records import dense_sha256, ownership_of
from engine.moe.rewrite import model_rewrite
from engine.moe.tensors import RawTensor, tensors_open


def experts_graft(model: Path, sets: Sequence[Path], out: Path, *, version: str) -> Manifest:
    """Writes a model to `out` whose owners' experts are those of the sets; all other tensors are copied.

    Raises ExpertsInvalid when an owner has no share of this model, or one of another size, has two sets, or
    its experts were trained on another frozen part.
    """
    ownership = ownership_of(manifest_verify(model))
    frozen = dense_sha256(tensors_open(model))
    replaced: dict[str, RawTensor] = {}
    changes: dict[int, dict[str, str]] = {}
    for directory in sets:
        found, tensors = set_read(directory)
        experts = ownership.experts_of(found.owner)
        if found.experts != len(experts):
            raise ExpertsInvalid(
                f"{directory}: holds {found.experts} experts; {found.owner} owns {len(experts)} of {model}"
            )
        if found.dense_sha256 != frozen:
            raise ExpertsInvalid(f"{directory}: was trained on another model than {model}")
        if changes.keys() & set(experts):
            raise ExpertsInvalid(f"{directory}: is a second set of experts for {found.owner}")
        replaced |= dict(set_placed(tensors, experts))
        about = {"base": found.base, "licence": found.licence, "trained_on": found.trained_on}
        changes |= dict.fromkeys(experts, about)
    return model_rewrite(model, out, replaced, version=version, changes=changes)


def router_train(model: Path, out: Path, job: Path) -> None:
    """Trains the router of a grafted model in a process of its own; raises ExpertsInvalid when that fails."""
    values = json.loads(job.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise ExpertsInvalid(f"{job}: is not a JSON object")
    values |= {"model": str(model), "out": str(out)}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as stream:
        json.dump(values, stream)
        stream.flush()
        if subprocess.run([sys.executable, "-m", "engine.train.router", stream.name]).returncode != 0:
            raise ExpertsInvalid(f"the router of {model} was not trained: see above")


def main(arguments: list[str] | None = None) -> int:
    """Grafts what the command line names; 1 with a message when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m engine.moe.graft")
    parser.add_argument("--model", type=Path, required=True, help="the mixture that gets the experts")
    parser.add_argument("--out", type=Path, required=True, help="where the grafted model lands")
    parser.add_argument("--experts", type=Path, nargs="+", required=True, help="sets of trained experts")
    parser.add_argument("--router", type=Path, help="the job that trains the router afterwards")
    parser.add_argument("--version", default="grafted", help="the version in the manifest")
    options = parser.parse_args(arguments)
    try:
        if options.router is None:
            experts_graft(options.model, options.experts, options.out, version=options.version)
            return 0
        with tempfile.TemporaryDirectory(dir=options.out.parent) as directory:
            grafted = Path(directory) / options.out.name
            experts_graft(options.model, options.experts, grafted, version=options.version)
            router_train(grafted, options.out, options.router)
    except (EngineError, OSError, ValueError) as error:
        print(f"engine.moe.graft: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
