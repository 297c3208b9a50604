"""Rank workers as processes on a real Valkey: how they announce themselves, and which orders they refuse."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.config import ServeConfig
from engine.errors import ConfigInvalid
from engine.parallel.app import TASK, app_configure, queue_name
from engine.parallel.cpu_experts import vllm_version
from engine.parallel.errors import RanksUnavailable
from engine.parallel.machine import code_version, model_fingerprint
from engine.parallel.observer import RanksCollector, ranks_state
from engine.parallel.order import ORDER_PURPOSE, Order
from engine.parallel.registry import RankStatus, Registry
from engine.parallel.run import Run, RunSettings
from engine.parallel.seal import sealed
from engine.parallel.start import ranks_wait
from engine.parallel.worker import share_read
from tests.engine.parallel.cluster import Cluster, cluster, wait_until
from tests.engine.servers import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A directory that has a fingerprint; nothing loads it."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "config.json").write_text(json.dumps({"architectures": ["X"]}))
    (folder / "model.safetensors").write_bytes(b"x" * 100)
    return folder


@pytest.fixture(scope="module")
def made(model: Path) -> Iterator[Cluster]:
    with cluster(model) as found:
        found.start_broker()
        found.start_workers(1)
        yield found


def settings(made: Cluster, **more) -> RunSettings:
    values = {"broker": made.url, "broker_password_file": None, "key_file": str(made.key_file)}
    values |= {"address": "127.0.0.1", "cuda": False, "memory_bytes": 1, "arguments": {}, "environment": {}}
    return RunSettings(**(values | {"model": model_fingerprint(str(made.model))} | more))


def order_send(made: Cluster, key: bytes, run: str, *, lifetime_s: float = 60, **more) -> None:
    order = Order(
        **{"run": run, "rank": 0, "ranks": 1, "worker": "w0", "local_rank": 0, "devices": ()},
        **{"control": "tcp://127.0.0.1:1", "store": "tcp://127.0.0.1:1", "arguments": {}, "environment": {}},
        **{"facts": {}, "code": code_version(), "vllm": vllm_version()},
        model=model_fingerprint(str(made.model)),
    )
    text = sealed(key, ORDER_PURPOSE, replace(order, **more).body(), lifetime_s=lifetime_s)
    app_configure(made.url).send_task(TASK, args=[text], queue=queue_name("w0"), retry=False)


def status(made: Cluster, run: str) -> RankStatus | None:
    return made.registry.statuses(run, 1)[0]


def test_a_worker_says_what_it_is_and_leaves_when_stopped(made):
    (worker,), refused = made.registry.workers()
    assert refused == [] and worker.name == "w0" and worker.cores == (0,) and worker.device is None
    assert (worker.code, worker.vllm) == (code_version(), vllm_version())
    assert worker.model == model_fingerprint(str(made.model)) and worker.memory_bytes > 10**8
    made.start_worker("w9", "--share", "1/2")
    wait_until(lambda: len(made.registry.workers()[0]) == 2, 20, "w9")
    made.workers["w9"].send_signal(signal.SIGTERM)
    assert made.workers["w9"].wait(15) == 0
    assert [w.name for w in made.registry.workers()[0]] == ["w0"]


def test_a_killed_worker_is_forgotten_within_ten_seconds(made):
    made.start_worker("w8", "--share", "1/2")
    wait_until(lambda: len(made.registry.workers()[0]) == 2, 20, "w8")
    made.workers["w8"].kill()
    wait_until(lambda: len(made.registry.workers()[0]) == 1, 10, "w8 is still announced")


def test_a_worker_with_another_key_is_named_and_not_used(made, tmp_path):
    other = Registry(made.url, b"o" * 32)
    (worker,), _ = made.registry.workers()
    other.announce(replace(worker, name="stranger"))
    found, refused = made.registry.workers()
    assert [w.name for w in found] == ["w0"]
    assert len(refused) == 1 and refused[0].startswith("stranger: ") and "key file" in refused[0]
    other.leave("stranger")


def test_a_start_says_what_each_worker_lacks(made):
    run = Run(settings(made, model="another"), 1)
    with pytest.raises(RanksUnavailable, match=r"w0: its model is [0-9a-f]+, the engine's is another"):
        run.claim()
    with pytest.raises(RanksUnavailable, match="2 ranks are wanted and 1 workers can take one"):
        Run(settings(made), 2).claim()


def test_a_start_waits_a_while_and_takes_the_greatest_number_that_is_there(made, capsys):
    config = ServeConfig(
        model=str(made.model), ranks=2, broker=made.url, rank_key_file=made.key_file, rank_wait_s=2
    )
    began = time.monotonic()
    assert ranks_wait(settings(made), [2, 1], 0, config) == 1
    assert 2 <= time.monotonic() - began < 6 and "starting with 1" in capsys.readouterr().out
    with pytest.raises(RanksUnavailable, match="2 ranks are wanted and 0 workers"):
        ranks_wait(settings(made, model="another"), [2, 1], 0, replace(config, rank_wait_s=0))
    with pytest.raises(
        RanksUnavailable, match=r"w0: it has \d+\.\d GiB of memory, a rank needs 9\d\d\.\d GiB"
    ):
        ranks_wait(settings(made), [1], 900 * 2**30, replace(config, ranks=1, rank_wait_s=0))
    nowhere = settings(made, broker="redis+socket:///nowhere")
    with pytest.raises(RanksUnavailable, match="does not answer"):
        ranks_wait(nowhere, [2, 1], 0, replace(config, rank_wait_s=0))


def test_a_worker_belongs_to_one_run_at_a_time(made):
    first, second = Run(settings(made), 1), Run(settings(made), 1)
    assert first.claim()[0].worker.name == "w0"
    with pytest.raises(RanksUnavailable, match="it runs a rank already"):
        second.claim()
    registry = made.registry
    assert registry.claim_hold("w0", first.id) and not registry.claim_hold("w0", second.id)
    registry.claim_drop("w0", second.id)
    assert registry.claimed(["w0"]) == {"w0"}, "another run's claim is not given back"
    first.end()
    assert registry.claimed(["w0"]) == set() and registry.claim_hold("w0", second.id)
    registry.claim_drop("w0", second.id)
    assert second.claim()
    second.end()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"model": "another"}, "its model is"),
        ({"vllm": "0.1"}, "its vLLM is"),
        ({"code": "0+0"}, "its code is"),
        ({"worker": "w7"}, "the order is for worker w7"),
    ],
)
def test_an_order_of_another_version_is_refused_with_the_reason(made, more, said):
    run = "r" + next(iter(more))
    order_send(made, made.registry.key, run, **more)
    wait_until(lambda: status(made, run), 20, "an answer")
    assert status(made, run).state == "failed" and said in status(made, run).reason


def test_an_order_that_nobody_stands_behind_starts_nothing(made):
    """Signed with another key, or sent again when its run is over: the worker stays free for the next."""
    order_send(made, b"x" * 32, "forged")
    order_send(made, made.registry.key, "replayed")
    order_send(made, made.registry.key, "after", model="another")
    wait_until(lambda: status(made, "after"), 30, "the order after them")
    assert status(made, "forged") is None and status(made, "replayed") is None
    assert "is not signed with this key" in made.tail() and "its order came too late" in made.tail()


def test_a_rank_that_cannot_load_is_reported_with_its_reason_and_the_worker_is_free_again(made):
    run = Run(settings(made, arguments={"model": str(made.model)}), 1)
    run.claim()
    run.order(control="tcp://127.0.0.1:1", store="tcp://127.0.0.1:1", facts={})
    with pytest.raises(Exception, match=r"rank 0 on w0 .*: \w+"):
        run.ready(timeout_s=120)
    run.end()
    wait_until(lambda: not made.registry.claimed(["w0"]), 10, "the claim")


def test_a_share_of_a_machine_is_a_gpu_or_cores_of_its_own():
    assert share_read("1/2", [0, 3]) == (3, ())
    device, cores = share_read("0/1", [])
    assert device is None and cores
    for share, said in (("2/2", "I below N"), ("x", "I below N"), ("0/4096", "too few for 4096 ranks")):
        with pytest.raises(ConfigInvalid, match=said):
            share_read(share, [])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--device", "7"], "no GPU 7"),
        (["--cores", "4000"], "may use only"),
        (["--cores", "0", "--share", "0/1"], "name one"),
        (["--address", "203.0.113.9"], "no address of this machine"),
        (["--broker", "redis://:pw@h/0"], "--broker-password-file"),
        (["--name", "a b"], "no usable name"),
    ],
)
def test_a_worker_that_cannot_work_says_why_and_does_not_start(made, options, said):
    command = [sys.executable, "-m", "engine.parallel.worker", "--broker", made.url, "--model", "m"]
    command += ["--key-file", str(made.key_file), *options]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1 and said in run.stderr and "Traceback" not in run.stderr


def test_the_front_tells_of_ranks_whether_they_live_or_not(made):
    rank = {"rank": 0, "worker": "w0", "host": "h", "device": None, "state": "ready", "memory_bytes": 5}
    said = {"run": "r", "began": time.time(), "seen": time.time(), "lost": "", "ranks": [rank]}

    def figures() -> dict[str, float]:
        return {s.name: s.value for m in RanksCollector(made.registry).collect() for s in m.samples}

    made.registry.engine_state_write(said)
    assert ranks_state(made.registry) == [rank] and figures()["collegium_engine_rank_ready"] == 1
    assert (
        figures()["collegium_engine_rank_memory_bytes"] == 5
        and "collegium_engine_rank_runs_total" in figures()
    )
    for change in ({"lost": "rank 0: killed"}, {"seen": time.time() - 60}):
        made.registry.engine_state_write(said | change)
        assert ranks_state(made.registry)[0]["state"] == "failed"
        assert figures()["collegium_engine_rank_ready"] == 0
    assert ranks_state(Registry("redis+socket:///nowhere", b"k" * 32)) == []
