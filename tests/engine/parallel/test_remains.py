"""Shared memory of ranks that were killed is removed, and no other."""

import pytest

from engine.parallel import remains


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setattr(remains, "SHARED_MEMORY", tmp_path)

    def segment(run: str, owner: str = "ab") -> str:
        path = tmp_path / f"4001?{remains.shared_memory_mark(run, owner)}-tp:0-[0-1]-cpushm_0"
        path.touch()
        return path.name

    (tmp_path / "psm_other").touch()
    return segment


def test_a_run_removes_its_own_segments(memory, tmp_path):
    mine, others = memory("r1"), {memory("r2"), memory("r1", owner="cd"), "psm_other"}
    assert remains.shared_memory_remove("r1", "ab") == [mine]
    assert {path.name for path in tmp_path.iterdir()} == others


def test_the_sweep_takes_what_nobody_has_held_for_a_while(memory, tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(remains.time, "monotonic", lambda: now[0])
    left, living, others = memory("dead"), memory("living"), {memory("dead", owner="cd"), "psm_other"}
    sweep = remains.SharedMemorySweep("ab")
    assert sweep.sweep({"living"}) == []
    now[0] += 15
    assert sweep.sweep(set()) == [], "a broker that restarts knows no run for a moment"
    now[0] += 10
    assert sweep.sweep({"living"}) == [left]
    now[0] += 15
    assert sweep.sweep(set()) == [] and {path.name for path in tmp_path.iterdir()} == {living, *others}


def test_two_installations_on_one_host_leave_each_other_s_segments_alone(monkeypatch):
    one, other = remains.memory_owner(b"key of one"), remains.memory_owner(b"key of the other")
    assert one != other and one == remains.memory_owner(b"key of one")
    monkeypatch.setattr(remains, "host_key", lambda: "another host")
    assert remains.memory_owner(b"key of one") != one, "ranks of two hosts are no neighbours"
