"""Two processes that train one model do what one does."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.train.__main__ import main
from engine.train.checkpoints import CheckpointStore
from tests.engine.train.tuning import base_write, events, examples_write, job_values, job_write, losses

ROOT = Path(__file__).resolve().parents[3]


def run(path):
    command = [sys.executable, "-m", "engine.train", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_two_processes_have_the_losses_of_one(tmp_path, capsys):
    base, examples = base_write(tmp_path / "base"), examples_write(tmp_path / "e.jsonl", 40)
    held_out = str(examples_write(tmp_path / "h.jsonl", 7, seed=2))
    values = {"held_out": held_out, "method": {"kind": "experts"}}
    assert (
        main([str(job_write(tmp_path / "a.json", job_values(base, examples, tmp_path / "a", **values)))]) == 0
    )
    one = capsys.readouterr().out
    two = run(
        job_write(tmp_path / "b.json", job_values(base, examples, tmp_path / "b", processes=2, **values))
    )
    assert losses(two) == pytest.approx(losses(one), abs=1e-4)
    results = [events(out)[-1]["result"] for out in (one, two)]
    for name in ("held_out_loss", "base_held_out_loss"):
        assert results[0][name] == pytest.approx(results[1][name], abs=1e-4)
    whole, parts = (load_file(tmp_path / n / "model" / "model.safetensors") for n in ("a", "b"))
    assert all(torch.allclose(value, parts[name], atol=1e-4) for name, value in whole.items())


def test_two_processes_add_the_noise_once(tmp_path, capsys):
    """What two make of a checkpoint, with its samples and noise, is what one makes of it."""
    base, examples = base_write(tmp_path / "base"), examples_write(tmp_path / "e.jsonl", 40)
    values = {
        "held_out": str(examples), "privacy": {"target_epsilon": 9.0, "noise_multiplier": 1.5},
        "checkpoints": {"every_steps": 1, "keep_last": 9},
    }  # fmt: skip
    run(job_write(tmp_path / "b.json", job_values(base, examples, tmp_path / "b", processes=2, **values)))
    two = load_file(tmp_path / "b" / "adapter" / "adapter_model.safetensors")
    folder = tmp_path / "b" / "checkpoints"
    store = CheckpointStore(folder)
    for step in (1, 2, 3, 4):
        store._remove(folder / f"step-{step:08d}")
    values["resume_from"] = str(folder)
    assert (
        main([str(job_write(tmp_path / "a.json", job_values(base, examples, tmp_path / "a", **values)))]) == 0
    )
    assert losses(capsys.readouterr().out).keys() == {1, 2, 3, 4}
    one = load_file(tmp_path / "a" / "adapter" / "adapter_model.safetensors")
    assert all(torch.allclose(value, two[name], atol=1e-4) for name, value in one.items())
