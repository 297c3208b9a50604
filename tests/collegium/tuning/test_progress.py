"""A long training leaves few rows, and whatever it prints is either a figure or left out."""

import pytest

from collegium.tuning.progress import ROWS_MOST, ProgressKeeper

pytestmark = pytest.mark.django_db


def keep(run, events) -> list:
    keeper = ProgressKeeper(run)
    for event in events:
        keeper.take(event)
    keeper.write(now=True)
    return list(run.progress.order_by("step"))


def test_a_training_of_many_steps_leaves_at_most_about_a_thousand_rows(start):
    steps = 7000
    plan = [{"event": "plan", "steps": steps}]
    rows = keep(start(), plan + [{"event": "step", "step": n, "loss": 1.0} for n in range(1, steps + 1)])
    assert len(rows) <= ROWS_MOST + 2
    assert (rows[0].step, rows[-1].step) == (1, steps)


@pytest.mark.parametrize("odd", [None, "x", True, float("nan"), float("inf"), [1], 10**400])
def test_what_is_no_figure_is_left_out(start, odd):
    (row,) = keep(
        start(), [{"event": "step", "step": 1, "steps": 1, "loss": odd, "memory_bytes": odd, "epsilon": 0.5}]
    )
    assert (row.loss, row.memory_bytes, row.epsilon) == (None, None, 0.5)


def test_steps_that_are_taken_again_replace_what_was_measured_and_keep_the_held_out_loss(start):
    run = start()
    keep(
        run,
        [{"event": "step", "step": 1, "steps": 2, "loss": 2.0}, {"event": "held_out", "step": 1, "loss": 9}],
    )
    (row,) = keep(run, [{"event": "step", "step": 1, "steps": 2, "loss": 2.5}])
    assert (row.loss, row.held_out_loss) == (2.5, 9.0)
