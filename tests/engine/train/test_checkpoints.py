"""Checkpoints: whole or not at all, sound when they count, and the one before when they are not."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import torch

from engine.errors import CheckpointCorrupt
from engine.train.checkpoints import BEST, STATE, TENSORS, CheckpointStore


def some_tensors(seed: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        "weight": torch.randn(64, 32, generator=generator),
        "half": torch.randn(8, generator=generator).to(torch.bfloat16),
        "count": torch.tensor(seed),
        "odd": torch.tensor([float("nan"), -0.0, float("inf")]),
        "random": generator.get_state(),
    }


def written(folder: Path, *steps: int, keep_last: int = 3) -> CheckpointStore:
    store = CheckpointStore(folder, keep_last=keep_last)
    for step in steps:
        store.write(step, some_tensors(step), {"step": step, "losses": [0.1 + 0.2, 1e-300]})
    store.wait()
    return store


def byte_flip(path: Path, at: int = -3) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


def test_a_checkpoint_comes_back_bit_for_bit(tmp_path: Path) -> None:
    found = written(tmp_path, 7).newest()
    assert found is not None and found.step == 7
    assert found.state == {"step": 7, "losses": [0.1 + 0.2, 1e-300]}
    tensors = found.tensors()
    for name, value in some_tensors(7).items():
        assert tensors[name].dtype == value.dtype and tensors[name].shape == value.shape
        assert (
            tensors[name].reshape(-1).view(torch.uint8).tolist()
            == value.reshape(-1).view(torch.uint8).tolist()
        )


def test_what_changes_after_the_call_is_not_in_the_checkpoint(tmp_path: Path) -> None:
    store, weight, go_on = CheckpointStore(tmp_path), torch.zeros(1000), threading.Event()
    slow = CheckpointStore(tmp_path, verify=lambda folder: go_on.wait(10) and None)
    slow.write(1, {"weight": weight}, {})
    weight += 1
    assert store.newest() is None  # it does not count before it was tried
    go_on.set()
    slow.wait()
    found = store.newest()
    assert found is not None and not found.tensors()["weight"].any()


def test_writing_goes_on_beside_the_training(tmp_path: Path) -> None:
    go_on = threading.Event()
    store = CheckpointStore(tmp_path, verify=lambda folder: go_on.wait(10) and None)
    store.write(1, {"weight": torch.zeros(10)}, {})
    assert store.steps() == [], "the call came back only when all was written"
    go_on.set()
    store.wait()
    assert store.steps() == [1]


def test_only_the_last_ones_and_the_best_are_kept(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, keep_last=2)
    for step in range(1, 7):
        store.write(step, some_tensors(step), {}, best=step == 3)
    store.wait()
    assert store.steps() == [3, 5, 6]
    best = store.best()
    assert best is not None and best.step == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [BEST, *(f"step-{n:08d}" for n in (3, 5, 6))]


@pytest.mark.parametrize("name", [TENSORS, STATE])
@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_flipped_bit_is_named_and_the_checkpoint_before_is_taken(
    tmp_path: Path, name: str, at: int
) -> None:
    store = written(tmp_path, 1, 2)
    path = tmp_path / "step-00000002" / name
    byte_flip(path, min(at, path.stat().st_size - 1))
    found = store.newest()
    assert found is not None and found.step == 1
    assert str(path) in str(store.passed_over[0])
    with pytest.raises(CheckpointCorrupt, match=name):
        store.read(2)


@pytest.mark.parametrize("spoil", ["missing", "cut", "no hashes", "no json"])
def test_a_broken_checkpoint_is_passed_over(tmp_path: Path, spoil: str) -> None:
    store = written(tmp_path, 1, 2)
    folder = tmp_path / "step-00000002"
    if spoil == "missing":
        (folder / TENSORS).unlink()
    elif spoil == "cut":
        os.truncate(folder / TENSORS, 100)
    elif spoil == "no hashes":
        (folder / "sha256.json").unlink()
    else:
        (folder / "sha256.json").write_text("[]")
    found = store.newest()
    assert found is not None and found.step == 1 and len(store.passed_over) == 1


def test_without_a_sound_checkpoint_there_is_none(tmp_path: Path) -> None:
    store = written(tmp_path, 1)
    byte_flip(tmp_path / "step-00000001" / TENSORS)
    assert store.newest() is None
    assert CheckpointStore(tmp_path / "nowhere").newest() is None


def test_one_that_the_trainer_finds_unfit_never_counts(tmp_path: Path) -> None:
    def unfit(folder: Path) -> None:
        assert (folder / TENSORS).is_file()
        raise CheckpointCorrupt("a forward pass gives NaN")

    written(tmp_path, 1)
    store = CheckpointStore(tmp_path, verify=unfit)
    store.write(2, some_tensors(2), {})
    with pytest.raises(CheckpointCorrupt, match="forward pass"):
        store.wait()
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]
    store.wait()  # told once


def test_the_error_of_one_is_told_when_the_next_is_written(tmp_path: Path) -> None:
    def unfit(folder: Path) -> None:
        raise CheckpointCorrupt("unfit")

    store = CheckpointStore(tmp_path, verify=unfit)
    store.write(1, some_tensors(1), {})
    with pytest.raises(CheckpointCorrupt, match="unfit"):
        store.write(2, some_tensors(2), {})


def test_a_run_that_goes_on_from_before_replaces_later_checkpoints(tmp_path: Path) -> None:
    written(tmp_path, 1, 2)
    store = CheckpointStore(tmp_path)
    store.write(2, {"weight": torch.ones(3)}, {"again": True})
    store.wait()
    assert store.read(2).state == {"again": True}


FILL = """
    import resource, signal, sys, torch
    from pathlib import Path
    from engine.errors import DiskFull
    from engine.train.checkpoints import CheckpointStore

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = CheckpointStore(Path(sys.argv[1]))
    store.write(1, {"weight": torch.zeros(10)}, {})
    store.wait()
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    store.write(2, {"weight": torch.zeros(1 << 20)}, {})
    try:
        store.wait()
    except DiskFull as error:
        print(error)
"""


def test_a_full_disk_is_named_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FILL), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "a checkpoint of 4 MB does not fit" in ran.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]
    found = CheckpointStore(tmp_path).newest()
    assert found is not None and found.step == 1


KILLED = """
    import itertools, sys, torch
    from pathlib import Path
    from engine.train.checkpoints import CheckpointStore

    store = CheckpointStore(Path(sys.argv[1]), keep_last=2)
    for step in itertools.count(1):
        store.write(step, {"weight": torch.full((300_000,), float(step))}, {"step": step})
        print(step, flush=True)
"""


def test_kills_at_any_moment_leave_sound_checkpoints(tmp_path: Path) -> None:
    for times in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(4 + times):
            child.stdout.readline()
        time.sleep(0.003 * times)
        child.send_signal(signal.SIGKILL)
        child.wait()
        store = CheckpointStore(tmp_path)
        found = store.newest()
        assert found is not None and store.passed_over == []
        assert found.state == {"step": found.step} and found.tensors()["weight"].unique().tolist() == [
            found.step
        ]
    written(tmp_path, 10_000)
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_state_that_is_no_json_is_refused_at_once(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        store.write(1, {}, {"loss": float("nan")})
    store.wait()
    assert store.steps() == []


def test_a_mark_that_names_no_step_keeps_everything(tmp_path: Path) -> None:
    store = written(tmp_path, 1, 2, 3)
    (tmp_path / BEST).write_text(json.dumps({"stop": 1}))
    with pytest.raises(CheckpointCorrupt, match=BEST):
        store.best()
    written(tmp_path, 4, 5)
    assert store.steps() == [1, 2, 3, 4, 5]
