"""Measuring while the machine's host keeps the processors to itself."""

import os

import pytest

from engine.bench import stolen


@pytest.fixture
def host(monkeypatch, tmp_path):
    """A host that steals as many ticks in each measurement, of ten seconds, as the next number says."""
    stat = tmp_path / "stat"
    now, taken = [0.0], [0]
    ticks_a_percent = os.sysconf("SC_CLK_TCK") * os.cpu_count() // 10

    def steals(*percents: int):
        left = iter(percents)

        def measure() -> int:
            percent = next(left)
            now[0] += 10.0
            taken[0] += percent * ticks_a_percent
            stat.write_text(f"cpu  1 2 3 4 5 6 7 {taken[0]} 0 0\ncpu0 0 0 0 0 0 0 0 9 0 0\n")
            return percent

        return measure

    stat.write_text("cpu  1 2 3 4 5 6 7 0 0 0\n")
    monkeypatch.setattr(stolen, "STAT", stat)
    monkeypatch.setattr(stolen.time, "monotonic", lambda: now[0])
    return steals


def test_a_measurement_is_taken_again_until_the_machine_was_ours(host):
    assert stolen.undisturbed(host(20, 3, 0, 5)) == (0, 0.0)


def test_of_disturbed_measurements_the_least_disturbed_one_counts(host):
    assert stolen.undisturbed(host(20, 3, 7, 0), tries=3) == (3, pytest.approx(0.03))


def test_a_machine_that_does_not_tell_is_taken_to_be_ours(monkeypatch, tmp_path):
    monkeypatch.setattr(stolen, "STAT", tmp_path / "none")
    assert stolen.undisturbed(lambda: "figures") == ("figures", 0.0)
