"""A rank worker of another version of the code is there, is seen, and gets no rank."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.parallel.errors import RanksUnavailable
from engine.parallel.machine import code_version, model_fingerprint
from engine.parallel.run import Run, RunSettings
from engine.parallel.seal import sealed
from engine.serve.lifetime import die_with_parent
from tests.engine.parallel.cluster import Cluster, cluster, wait_until
from tests.engine.servers import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Iterator[Cluster]:
    """A broker, and a worker that runs a copy of this project with one line more."""
    model, other = tmp_path_factory.mktemp("model"), tmp_path_factory.mktemp("other")
    (model / "config.json").write_text(json.dumps({"architectures": ["X"]}))
    save_file({"w": np.zeros(4, np.float32)}, model / "model.safetensors")
    shutil.copytree(ROOT / "engine", other / "engine")
    with (other / "engine" / "parallel" / "silence.py").open("a") as source:
        source.write("# another version\n")
    with cluster(model) as found:
        found.start_broker()
        command = [sys.executable, "-m", "engine.parallel.worker", "--broker", found.url, "--name", "old"]
        command += ["--key-file", str(found.key_file), "--model", str(model)]
        with found.log.open("ab") as log:
            found.workers["old"] = subprocess.Popen(
                command, cwd=other, preexec_fn=die_with_parent, stdout=log, stderr=log
            )
        wait_until(lambda: len(found.registry.workers()[0]) == 1, 30, found.tail())
        yield found


def claim(made: Cluster) -> None:
    Run(
        RunSettings(
            broker=made.url,
            broker_password_file=None,
            key_file=str(made.key_file),
            address="127.0.0.1",
            cuda=False,
            memory_bytes=1,
            model=model_fingerprint(str(made.model)),
            arguments={},
            environment={},
        ),
        1,
    ).claim()


def test_a_worker_of_another_version_is_refused_with_both_versions(made):
    (worker,), _ = made.registry.workers()
    assert worker.code.split("+")[0] == code_version().split("+")[0] and worker.code != code_version()
    with pytest.raises(RanksUnavailable) as caught:
        claim(made)
    assert f"old: its code is {worker.code}, the engine's is {code_version()}" in str(caught.value)


def test_the_server_says_so_where_it_finds_no_other_worker(made, tmp_path):
    command = [sys.executable, "-m", "engine.serve.vllm_server", "--uds", str(tmp_path / "s")]
    run = subprocess.run(
        [*command, *made.arguments("--ranks", "1", "--rank-wait-s", "0")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 1 and "old: its code is" in run.stderr.splitlines()[-1], run.stderr


def test_a_worker_that_describes_itself_as_no_version_here_does_is_named(made):
    key = f"{Path(made.folder).name}-odd"
    text = sealed(made.registry.key, "worker", {"name": key, "wheels": 4}, lifetime_s=60)
    made.registry._redis.set(f"collegium-engine:worker:{key}", text, ex=60)
    with pytest.raises(RanksUnavailable, match=f"{key}: a worker describes itself as another version"):
        claim(made)
