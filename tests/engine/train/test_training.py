"""A job as the command line takes it: plans, measurements, early stops, and what is wrong with it."""

import json

import pytest

from engine.train.__main__ import main
from tests.engine.train.tuning import base_write, events, examples_write, job_values, job_write, losses


@pytest.fixture
def place(tmp_path):
    return base_write(tmp_path / "base"), examples_write(tmp_path / "e.jsonl", 40)


def started(tmp_path, place, capsys, *arguments, **changes):
    descent = {"descent": changes.pop("descent", {})}
    values = job_values(*place, tmp_path / "out", **descent) | changes
    values = {key: value for key, value in values.items() if value != "left out"}
    status = main([*arguments, str(job_write(tmp_path / "job.json", values))])
    return status, capsys.readouterr().out


def test_a_plan_tells_the_noise_and_trains_nothing(tmp_path, place, capsys):
    privacy = {"target_epsilon": 0.5}
    held_out = str(examples_write(tmp_path / "h.jsonl", 4, seed=2))
    status, out = started(tmp_path, place, capsys, "plan", privacy=privacy, held_out=held_out)
    plan = events(out)[-1]
    assert status == 0 and plan["event"] == "plan" and not (tmp_path / "out").exists()
    assert (plan["examples"], plan["steps"], plan["sample_rate"]) == (40, 4, 0.2)
    assert 0.49 < plan["epsilon"] <= 0.5 and plan["noise_multiplier"] > 1


def test_events_come_in_order_and_the_result_is_written(tmp_path, place, capsys):
    held_out = str(examples_write(tmp_path / "h.jsonl", 8, seed=2))
    status, out = started(tmp_path, place, capsys, held_out=held_out, descent={"steps": None, "epochs": 2})
    assert status == 0
    told = events(out)
    assert [e["stage"] for e in told if e["event"] == "stage"] == ["data", "model", "train", "write"]
    steps = [e for e in told if e["event"] == "step"]
    assert [e["step"] for e in steps] == list(range(1, 11)) and steps[-1]["loss"] < steps[0]["loss"]
    assert set(steps[0]) == {
        "event", "step", "steps", "loss", "tokens_per_s", "memory_bytes", "epsilon", "learning_rate"
    }  # fmt: skip
    rates = [e["learning_rate"] for e in steps]
    assert rates[0] == 0.01 and rates == sorted(rates, reverse=True) and rates[-1] < 0.002
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result == told[-1]["result"] and result["held_out_loss"] < result["base_held_out_loss"]
    assert not (tmp_path / "out" / "certificate.json").exists()
    assert json.loads((tmp_path / "out" / "card.json").read_text())


def test_a_training_stops_early_and_takes_what_was_best(tmp_path, place, capsys):
    held_out = str(examples_write(tmp_path / "h.jsonl", 8, seed=2))
    descent = {"steps": 40, "learning_rate": 0.3, "patience": 2, "evaluate_every": 1, "clip": 100.0}
    status, out = started(
        tmp_path, place, capsys, held_out=held_out, descent=descent, method={"kind": "full"}
    )
    assert status == 0
    told = events(out)
    measured = {e["step"]: e["loss"] for e in told if e["event"] == "held_out" and e["step"]}
    best = min(measured, key=lambda step: measured[step])
    assert max(losses(out)) == best + 2 < 40
    assert any(e["event"] == "note" and f"step {best} had the best" in e["message"] for e in told)
    assert told[-1]["result"]["held_out_loss"] == pytest.approx(measured[best], rel=1e-5)


@pytest.mark.parametrize("descent", [{"packing": True}, {"curriculum": True}, {"recompute": True}])
def test_packing_curriculum_and_recomputing_train_as_well(tmp_path, place, capsys, descent):
    plain = losses(started(tmp_path, place, capsys)[1])
    status, out = started(tmp_path, place, capsys, descent=descent)
    assert status == 0
    found = losses(out)
    if descent != {"curriculum": True}:  # the same examples, told to the model in another way
        assert found == pytest.approx(plain, rel=1e-3)
    assert found[4] < found[1]


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"surprise": 1}, "config_invalid", "unknown keys: surprise"),
        ({"method": {"kind": "lora", "rank": 4}}, "config_invalid", "job.json.method: unknown keys: rank"),
        ({"method": {"kind": "magic"}}, "config_invalid", "must be one of lora, experts, full"),
        ({"method": {"kind": "lora", "targets": ["nothing"]}}, "config_invalid", "nothing is not in the model"),
        ({"method": {"kind": "experts", "owner": "law"}}, "experts_invalid", "experts without owners"),
        ({"base": "/nowhere"}, "config_invalid", "tokenizer.json: is missing"),
        ({"descent": {"epochs": 1}}, "config_invalid", "either steps or epochs"),
        ({"descent": {"batch": 1.5}}, "config_invalid", "job.json.descent.batch: must be a whole number"),
        ({"descent": {"learning_rate": 0}}, "config_invalid", "learning_rate must be positive"),
        ({"descent": {"learning_rate": 1e30}, "method": {"kind": "full"}}, "not_finite", "the loss is nan at step"),
        ({"name": "left out"}, "config_invalid", "missing keys: name"),
        ({"device": "tpu"}, "config_invalid", "must be one of cpu, cuda"),
        ({"examples": "/nowhere.jsonl"}, "config_invalid", "/nowhere.jsonl"),
        ({"descent": {"patience": 2}, "held_out": "EMPTY"}, "config_invalid", "patience needs held-out examples"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_job_is_told_with_a_code(tmp_path, place, capsys, changes, code, said):
    if changes.get("held_out") == "EMPTY":
        (tmp_path / "empty.jsonl").write_text("")
        changes = changes | {"held_out": str(tmp_path / "empty.jsonl")}
    status, out = started(tmp_path, place, capsys, **changes)
    problem = events(out)[-1]
    assert status == 1 and problem["event"] == "problem"
    assert problem["code"] == code and said in problem["message"]
    assert not (tmp_path / "out" / "model").exists()


def test_no_examples_are_a_named_problem(tmp_path, place, capsys):
    (tmp_path / "none.jsonl").write_text("")
    status, out = started(tmp_path, (place[0], tmp_path / "none.jsonl"), capsys)
    assert status == 1 and events(out)[-1]["code"] == "no_examples"


def test_wrong_arguments_end_with_the_usage(capsys):
    assert main([]) == main(["plan"]) == main(["a", "b"]) == main(["--help"]) == 2
    assert "usage: python -m engine.train [plan] JOB.json" in capsys.readouterr().err
