"""What the table of tuned models says of intervals, and that its jobs are jobs."""

import json

import pytest

from collegium.sdk.intervals import Interval
from engine.train.tuning import tuning_read
from tests.bench.tuned import TRAININGS, loss_interval, verdict, written_gain


def row(nats: float, tokens: int = 10, said: str | None = None) -> dict:
    return {"nats": nats, "tokens": tokens, "said": said}


def test_a_gain_is_in_nats_a_token_over_all_tokens():
    base, tuned = [row(20.0), row(60.0, 30)], [row(10.0), row(30.0, 30)]
    assert loss_interval(base).mean == pytest.approx(2.0)
    gain = loss_interval(tuned, base)
    assert gain.mean == pytest.approx(1.0) and gain.low == pytest.approx(1.0)


def test_only_an_interval_above_zero_is_better():
    assert verdict(Interval(0.5, 0.1, 0.9)) == "better"
    assert verdict(Interval(0.5, -0.1, 0.9)).startswith("not better")
    assert verdict(Interval(-0.5, -0.9, -0.1)) == "worse"


def test_what_was_written_is_compared_where_both_wrote():
    base, tuned = [row(1, said="a b"), row(1)], [row(1, said="a c"), row(1, said="x")]
    gain = written_gain(base, tuned, ["a c", "x"])
    assert gain is not None and gain.mean == pytest.approx(0.5)
    assert written_gain([row(1)], [row(1)], ["a"]) is None


@pytest.mark.parametrize("training", TRAININGS, ids=lambda one: one.name)
def test_each_training_is_a_job(tmp_path, training):
    path = tmp_path / "job.json"
    path.write_text(json.dumps(training.job(tmp_path, tmp_path, 1.0)))
    job = tuning_read(path)
    assert (job.privacy is None) == (training.epsilon is None)
