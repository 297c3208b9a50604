"""The threads that embed, and what they do when others fail, leave or are too many."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, wait

import numpy as np
import pytest

from engine.errors import EngineUnavailable
from engine.serve import schedule as module
from engine.serve.schedule import Priority, Schedule


class Numbers:
    """Its vector of a text is the number that the text is; a text has as many tokens as its number says."""

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.before = before
        self.runs: list[list[int]] = []

    def tokenize(self, text: str) -> list[int]:
        return [int(text)] * min(int(text), 50)

    def embed(self, texts: Sequence[list[int]]) -> np.ndarray:
        self.before()
        numbers = [ids[0] for ids in texts]
        if 13 in numbers:
            raise ValueError("13 cannot be embedded")
        self.runs.append(numbers)
        return np.array([[number] for number in numbers], dtype=np.float32)


@pytest.fixture
def started():
    running: list[Schedule] = []

    def start(encoder: Numbers, **options: int) -> Schedule:
        running.append(Schedule(encoder, **{"threads": 1, "max_waiting": 999, "batch_tokens": 64} | options))
        return running[-1]

    yield start
    for schedule in running:
        schedule.stop()


def slowly() -> None:
    time.sleep(0.05)


def test_rows_come_back_in_the_order_of_the_texts(started):
    numbers = [*range(14, 60), *range(1, 13)] * 3
    encoder = Numbers()
    schedule = started(encoder, threads=3)
    rows, tokens = schedule.submit([str(n) for n in numbers], Priority.BULK).result(5)
    assert rows[:, 0].tolist() == numbers and tokens == sum(min(n, 50) for n in numbers)
    assert len(encoder.runs) < len(numbers), "nothing was embedded together"


def test_requests_of_several_callers_share_a_batch(started):
    gate = threading.Event()
    encoder = Numbers(lambda: gate.wait(5))
    schedule = started(encoder)
    futures = [schedule.submit(["7"], Priority.BULK) for _ in range(9)]
    gate.set()
    assert all(future.result(5)[0].tolist() == [[7.0]] for future in futures)
    assert len(encoder.runs) <= 3, "those that wait are embedded together"


@pytest.mark.alone
def test_what_a_person_waits_for_does_not_queue_behind_bulk(started):
    schedule = started(Numbers(slowly))
    bulk = schedule.submit(["50"] * 40, Priority.BULK)
    start = time.monotonic()
    schedule.submit(["2"], Priority.INTERACTIVE).result(5)
    assert time.monotonic() - start < 0.5 and not bulk.done()
    assert schedule.waiting(Priority.BULK) > 20
    bulk.cancel()
    assert schedule.waiting(Priority.BULK) == 0


def test_many_small_jobs_are_done_long_before_a_huge_one(started):
    schedule = started(Numbers(lambda: time.sleep(0.002)), max_waiting=9999)
    huge = schedule.submit(["50"] * 2000, Priority.BULK)
    small = [schedule.submit(["50"] * 3, Priority.BULK) for _ in range(10)]
    done, _ = wait(small, timeout=5)
    assert len(done) == 10 and not huge.done()
    assert schedule.waiting(Priority.BULK) > 1000
    huge.cancel()


def test_a_cancelled_job_is_not_worked_on_and_frees_its_place(started):
    gate = threading.Event()
    encoder = Numbers(lambda: gate.wait(5))
    schedule = started(encoder, max_waiting=60)
    first = schedule.submit(["40"] * 50, Priority.BULK)
    first.cancel()
    second = schedule.submit(["41"] * 50, Priority.BULK)
    gate.set()
    second.result(5)
    assert sum(run.count(40) for run in encoder.runs) <= 1


def test_a_failing_text_fails_its_job_and_no_other(started):
    gate = threading.Event()
    schedule = started(Numbers(lambda: gate.wait(5)))
    waiting = [schedule.submit(texts, Priority.BULK) for texts in (["12"], ["13", "12"], ["x"], ["14"])]
    gate.set()
    assert waiting[0].result(5)[0].tolist() == [[12.0]]
    with pytest.raises(ValueError, match="13 cannot"):
        waiting[1].result(5)
    with pytest.raises(ValueError, match="invalid literal"):
        waiting[2].result(5)
    assert waiting[3].result(5)[0].tolist() == [[14.0]]


def test_too_many_waiting_texts_are_refused_and_a_person_still_gets_in(started, monkeypatch):
    schedule = started(Numbers(slowly), max_waiting=10)
    with pytest.raises(EngineUnavailable, match="wait already"):
        schedule.submit(["1"] * 11, Priority.BULK)
    bulk = schedule.submit(["50"] * 10, Priority.BULK)
    with pytest.raises(EngineUnavailable, match="wait already"):
        schedule.submit(["1"] * 10, Priority.BULK)
    assert schedule.submit(["3"], Priority.INTERACTIVE).result(5)[1] == 3
    bulk.result(5)
    monkeypatch.setattr(module, "MAX_WAITING_CHARS", 100)
    with pytest.raises(EngineUnavailable, match="0 texts wait already"):
        schedule.submit(["1" * 101], Priority.BULK)


def test_each_run_is_observed_with_its_lengths():
    seen: list[Sequence[int]] = []
    schedule = Schedule(Numbers(), threads=1, max_waiting=9, batch_tokens=64, observe=seen.append)
    schedule.submit(["3", "5", "40"], Priority.BULK).result(5)
    schedule.stop()
    assert sorted(n for run in seen for n in run) == [3, 5, 40]


def test_stopping_cancels_what_waits(started):
    schedule = started(Numbers(slowly))
    job = schedule.submit(["40"] * 40, Priority.BULK)
    schedule.stop()
    with pytest.raises(CancelledError):
        job.result(1)
    with pytest.raises(EngineUnavailable):
        schedule.submit(["1"], Priority.BULK)
