"""The order in which texts are embedded."""

import threading
import time
from concurrent.futures import CancelledError

import numpy as np
import pytest

from engine.errors import EngineUnavailable
from engine.serve.schedule import Priority, Schedule


def embed_slowly(text: str):
    time.sleep(0.05)
    return np.array([float(text)], dtype=np.float32), 1


def test_rows_come_back_in_the_order_of_the_texts():
    schedule = Schedule(lambda t: (np.array([float(t)], np.float32), 2), threads=3, max_waiting=999)
    rows, tokens = schedule.submit([str(i) for i in range(200)], Priority.BULK).result(5)
    assert rows[:, 0].tolist() == list(range(200)) and tokens == 400
    schedule.stop()


def test_what_a_person_waits_for_does_not_queue_behind_bulk():
    schedule = Schedule(embed_slowly, threads=1, max_waiting=999)
    bulk = schedule.submit(["1"] * 40, Priority.BULK)
    start = time.monotonic()
    schedule.submit(["2"], Priority.INTERACTIVE).result(5)
    assert time.monotonic() - start < 0.5 and not bulk.done()
    assert schedule.waiting(Priority.BULK) > 20
    bulk.cancel()
    schedule.stop()


def test_a_cancelled_job_is_not_worked_on():
    done: list[str] = []
    gate = threading.Event()

    def embed(text: str):
        gate.wait(5)
        done.append(text)
        return np.zeros(1, np.float32), 1

    schedule = Schedule(embed, threads=1, max_waiting=999)
    first = schedule.submit(["a"] * 50, Priority.BULK)
    second = schedule.submit(["b"], Priority.BULK)
    first.cancel()
    gate.set()
    second.result(5)
    assert done.count("a") <= 1
    schedule.stop()


def test_a_failing_text_fails_its_job_and_no_other():
    def embed(text: str):
        return np.array([float(text)], np.float32), 1

    schedule = Schedule(embed, threads=1, max_waiting=999)
    with pytest.raises(ValueError):
        schedule.submit(["1", "x", "2"], Priority.BULK).result(5)
    assert schedule.submit(["3"], Priority.BULK).result(5)[0][0, 0] == 3
    schedule.stop()


def test_too_many_waiting_texts_are_refused():
    schedule = Schedule(embed_slowly, threads=1, max_waiting=10)
    with pytest.raises(EngineUnavailable, match="wait already"):
        schedule.submit(["1"] * 11, Priority.BULK)
    schedule.stop()


def test_stopping_cancels_what_waits():
    schedule = Schedule(embed_slowly, threads=1, max_waiting=999)
    job = schedule.submit(["1"] * 40, Priority.BULK)
    schedule.stop()
    with pytest.raises(CancelledError):
        job.result(1)
    with pytest.raises(EngineUnavailable):
        schedule.submit(["1"], Priority.BULK)
