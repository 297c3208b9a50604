"""Losses by example agree with those that a training reports, before and after it."""

import json

import pytest

from engine.train.__main__ import main as train
from engine.train.measure import main as measure
from tests.engine.train.tuning import base_write, events, examples_write, job_values, job_write


def mean(text: str) -> float:
    rows = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return sum(row["nats"] for row in rows) / sum(row["tokens"] for row in rows)


@pytest.mark.parametrize("kind", ["mixtral", "glm"])
def test_the_loss_of_base_and_tuned_model_is_what_the_training_says(tmp_path, capsys, kind):
    base, held_out = base_write(tmp_path / "base", kind), examples_write(tmp_path / "held.jsonl", 6, seed=2)
    examples, out = examples_write(tmp_path / "train.jsonl"), tmp_path / "out"
    job = job_write(tmp_path / "job.json", job_values(base, examples, out, held_out=str(held_out)))
    assert train([str(job)]) == 0
    result = events(capsys.readouterr().out)[-1]["result"]
    for model, said in ((base, result["base_held_out_loss"]), (out / "model", result["held_out_loss"])):
        assert measure([str(model), str(held_out), "--threads", "1"]) == 0
        assert mean(capsys.readouterr().out) == pytest.approx(said, rel=1e-3)
    assert result["held_out_loss"] != pytest.approx(result["base_held_out_loss"], rel=1e-3)


def test_it_writes_on_as_many_examples_as_asked(tmp_path, capsys):
    base, examples = base_write(tmp_path / "base"), examples_write(tmp_path / "held.jsonl", 5)
    assert measure([str(base), str(examples), "--threads", "1", "--generate", "2"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["example"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["said"] is None for row in rows] == [False, False, True, True, True]


def test_what_is_no_model_or_no_example_is_named(tmp_path, capsys):
    examples = examples_write(tmp_path / "held.jsonl", 2)
    assert measure([str(tmp_path), str(examples)]) == 1
    assert "manifest.json" in capsys.readouterr().err
    examples.write_text("{}\n")
    assert measure([str(base_write(tmp_path / "base")), str(examples)]) == 1
    assert "missing keys" in capsys.readouterr().err
