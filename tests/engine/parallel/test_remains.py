"""Shared memory of ranks that were killed is removed, and no other."""

import os
import time

import pytest

from engine.parallel import remains


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setattr(remains, "SHARED_MEMORY", tmp_path)

    def segment(run: str, host: str = "ab", age_s: float = 60) -> str:
        path = tmp_path / f"4001?{remains.shared_memory_mark(run, host)}-tp:0-[0-1]-cpushm_0"
        path.touch()
        os.utime(path, (time.time() - age_s,) * 2)
        return path.name

    (tmp_path / "psm_other").touch()
    return segment


def test_a_run_removes_its_own_segments(memory, tmp_path):
    mine, others = memory("r1"), {memory("r2"), memory("r1", host="cd"), "psm_other"}
    assert remains.shared_memory_remove("r1", "ab") == [mine]
    assert {path.name for path in tmp_path.iterdir()} == others


def test_the_sweep_takes_what_nobody_holds_on_this_host_and_is_not_young(memory, tmp_path):
    left = memory("dead")
    kept = {memory("living"), memory("young", age_s=1), memory("dead", host="cd"), "psm_other"}
    assert remains.shared_memory_sweep("ab", {"living"}) == [left]
    assert {path.name for path in tmp_path.iterdir()} == kept
