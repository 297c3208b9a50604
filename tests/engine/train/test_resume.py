"""Trainings that are stopped, killed or hurt go on as if nothing had been."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.train import loop
from engine.train.__main__ import main
from engine.train.checkpoints import CheckpointStore
from tests.engine.train.tuning import base_write, events, examples_write, job_values, job_write, losses

ROOT = Path(__file__).resolve().parents[3]
DROPOUT = {"kind": "lora", "r": 4, "dropout": 0.2}
STEPS = {"steps": 9, "learning_rate": 0.005}


@pytest.fixture
def place(tmp_path):
    base = base_write(tmp_path / "base")
    return base, examples_write(tmp_path / "e.jsonl", 40), examples_write(tmp_path / "h.jsonl", 8, seed=2)


def job(tmp_path, place, out, resume=None, **changes):
    base, examples, held_out = place
    values = {
        "method": DROPOUT,
        "checkpoints": {"every_steps": 2, "keep_last": 99},
        "held_out": str(held_out),
    }
    values |= changes | {"descent": STEPS | changes.get("descent", {})}
    if resume is not None:
        values["resume_from"] = str(resume)
    return job_write(tmp_path / f"{out}.json", job_values(base, examples, tmp_path / out, **values))


def weights(directory):
    return load_file(directory / "model" / "model.safetensors")


def same(one, other):
    return all(torch.equal(value, other[name]) for name, value in one.items())


@pytest.mark.parametrize("method", [DROPOUT, {"kind": "experts"}, {"kind": "full"}])
def test_a_resumed_training_has_the_same_losses_bit_for_bit(tmp_path, place, capsys, method):
    assert main([str(job(tmp_path, place, "whole", method=method))]) == 0
    whole = losses(capsys.readouterr().out)
    folder = tmp_path / "whole" / "checkpoints"
    for step in (5, 6, 7, 8, 9):
        loop.CheckpointStore(folder)._remove(folder / f"step-{step:08d}") if step in (6, 8, 9) else None
    assert CheckpointStore(folder).steps() == [2, 4]
    assert main([str(job(tmp_path, place, "rest", resume=folder, method=method))]) == 0
    rest = losses(capsys.readouterr().out)
    assert list(rest) == [5, 6, 7, 8, 9] and all(whole[step] == rest[step] for step in rest)
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "rest"))


def test_a_resumed_private_training_draws_the_same_samples_and_noise(tmp_path, place, capsys):
    private = {"privacy": {"target_epsilon": 9.0, "noise_multiplier": 1.5}}
    assert main([str(job(tmp_path, place, "whole", **private))]) == 0
    capsys.readouterr()
    folder = tmp_path / "whole" / "checkpoints"
    store = CheckpointStore(folder)
    assert store.steps() == [0, 2, 4, 6, 8, 9]
    for step in (6, 8, 9):
        store._remove(folder / f"step-{step:08d}")
    assert main([str(job(tmp_path, place, "rest", resume=folder, **private))]) == 0
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "rest"))
    certificates = [json.loads((tmp_path / n / "certificate.json").read_text()) for n in ("whole", "rest")]
    assert certificates[0] == certificates[1] and certificates[0]["steps"] == 9


def test_sigterm_leaves_a_checkpoint_and_the_rest_is_the_same(tmp_path, place, capsys, monkeypatch):
    assert main([str(job(tmp_path, place, "whole"))]) == 0
    whole = losses(capsys.readouterr().out)
    taken = loop.Training._step_tell

    def killed(self, loss):
        taken(self, loss)
        if self.progress.step == 5:
            import os
            import signal

            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(loop.Training, "_step_tell", killed)
    assert main([str(job(tmp_path, place, "part"))]) == 143
    said = events(capsys.readouterr().out)
    assert said[-1] == {"event": "stopped", "step": 5}
    monkeypatch.undo()
    assert main([str(job(tmp_path, place, "part", resume=tmp_path / "part"))]) == 0
    rest = losses(capsys.readouterr().out)
    assert list(rest) == [6, 7, 8, 9] and all(whole[step] == rest[step] for step in rest)


def test_killed_three_times_it_still_finishes_with_the_same_losses(tmp_path, place, capsys):
    assert main([str(job(tmp_path, place, "whole"))]) == 0
    whole = losses(capsys.readouterr().out)
    rng, seen = random.Random(), {}
    out = tmp_path / "hurt"
    for crash in range(3):
        resume = out if crash else None
        seen |= killed_after(job(tmp_path, place, "hurt", resume=resume), 3 * crash + rng.randint(1, 3))
    assert main([str(job(tmp_path, place, "hurt", resume=out))]) == 0
    seen |= losses(capsys.readouterr().out)
    assert seen == whole
    assert same(weights(tmp_path / "whole"), weights(out))


def killed_after(path, step):
    """Runs a job as a process, kills it with -9 once it tells of a step, returns the losses that it told."""
    command = [sys.executable, "-m", "engine.train", str(path)]
    told = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        for line in process.stdout:
            told.append(line)
            if (found := losses(line)) and step in found:
                process.kill()
    return losses("".join(told))


def test_a_flipped_byte_is_named_and_the_checkpoint_before_is_taken(tmp_path, place, capsys):
    assert main([str(job(tmp_path, place, "whole"))]) == 0
    whole = losses(capsys.readouterr().out)
    hurt = tmp_path / "whole" / "checkpoints" / "step-00000009" / "tensors.safetensors"
    content = bytearray(hurt.read_bytes())
    content[len(content) // 2] ^= 1
    hurt.write_bytes(content)
    assert main([str(job(tmp_path, place, "rest", resume=tmp_path / "whole"))]) == 0
    out = capsys.readouterr().out
    notes = [e["message"] for e in events(out) if e["event"] == "note"]
    assert any("step-00000009/tensors.safetensors: is not what was written" in note for note in notes)
    assert losses(out) == {9: whole[9]}


def test_a_checkpoint_of_another_training_is_refused(tmp_path, place, capsys):
    assert main([str(job(tmp_path, place, "whole", descent={"steps": 2}))]) == 0
    changed = job(tmp_path, place, "other", resume=tmp_path / "whole", descent={"steps": 2}, seed=5)
    assert main([str(changed)]) == 1
    assert "of a training with other seed" in capsys.readouterr().err
    another = base_write(tmp_path / "another", seed=8)
    path = job(tmp_path, (another, *place[1:]), "other", resume=tmp_path / "whole", descent={"steps": 2})
    assert main([str(path)]) == 1
    problem = events(capsys.readouterr().out)[-1]
    assert (problem["event"], problem["code"]) == ("problem", "adapter_of_another_base")


def test_a_full_disk_ends_a_training_with_its_name(tmp_path, place, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.train.checkpoints.save_file", full)
    assert main([str(job(tmp_path, place, "whole"))]) == 1
    assert events(capsys.readouterr().out)[-1]["code"] == "disk_full"
    assert not list((tmp_path / "whole" / "checkpoints").iterdir())


def test_out_of_memory_halves_the_physical_batch_once_and_changes_no_loss(
    tmp_path, place, capsys, monkeypatch
):
    plain = {"kind": "lora", "r": 4}
    assert main([str(job(tmp_path, place, "whole", method=plain))]) == 0
    whole = losses(capsys.readouterr().out)
    limit = {"rows": 2}
    forward = loop.AnswerLoss.forward

    def bounded(self, rows):
        if self.training and len(rows.ids) > limit["rows"]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(self, rows)

    monkeypatch.setattr(loop.AnswerLoss, "forward", bounded)
    assert main([str(job(tmp_path, place, "half", method=plain))]) == 0
    out = capsys.readouterr().out
    notes = [e["message"] for e in events(out) if e["event"] == "note"]
    assert len(notes) == 1 and notes[0].endswith("the physical batch is 2 from here on")
    assert losses(out) == pytest.approx(whole, rel=1e-4)
    limit["rows"] = 1
    assert main([str(job(tmp_path, place, "none", method=plain))]) == 1
    problem = events(capsys.readouterr().out)[-1]
    assert problem["code"] == "out_of_memory" and "2 examples of up to 64 tokens" in problem["message"]
