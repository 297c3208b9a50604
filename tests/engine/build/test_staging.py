"""A model directory appears whole or not at all."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from engine.build.embeddings import NAME
from engine.build.staging import disk_require, staged
from engine.errors import ModelTooLarge
from engine.manifest import manifest_read, manifest_verify
from tests.engine.servers import ROOT


def build(home, **kwargs):
    command = [sys.executable, "-m", "engine.build", "embeddings", "--home", str(home)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **kwargs)


def test_progress_is_one_json_line_per_step_and_ends_at_the_total(tmp_path):
    process = build(tmp_path)
    steps = [json.loads(line) for line in process.communicate()[0].splitlines()]
    assert process.returncode == 0
    assert [s["done"] for s in steps] == sorted(s["done"] for s in steps)
    assert steps[-1]["done"] == steps[-1]["total"] and all(set(s) == {"step", "done", "total"} for s in steps)
    manifest_verify(tmp_path / "models" / NAME)


def test_a_build_that_is_killed_leaves_nothing_behind_the_next_one(tmp_path, embedding_model):
    process = build(tmp_path)
    assert process.stdout is not None
    for line in process.stdout:
        if "quantise" in line:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.wait()
    models = tmp_path / "models"
    assert not (models / NAME).exists() and (models / f".{NAME}.building").exists()
    assert build(tmp_path).wait() == 0
    assert sorted(p.name for p in models.iterdir()) == [f".{NAME}.lock", NAME]
    assert manifest_read(models / NAME).digest == manifest_read(embedding_model).digest


def test_two_builders_at_once_make_one_model(tmp_path):
    builders = [build(tmp_path) for _ in range(2)]
    steps = [b.communicate()[0] for b in builders]
    assert [b.returncode for b in builders] == [0, 0]
    assert sum("quantise" in s for s in steps) == 1


def test_an_altered_model_is_built_again_and_a_whole_one_is_not(tmp_path, embedding_model):
    copy = tmp_path / "models" / NAME
    shutil.copytree(embedding_model, copy)
    assert "quantise" not in build(tmp_path).communicate()[0]
    (copy / "tokenizer.json").write_text("{}")
    assert "quantise" in build(tmp_path, stderr=subprocess.DEVNULL).communicate()[0]
    manifest_verify(copy)


def test_too_little_disk_is_refused_with_figures(tmp_path):
    with pytest.raises(ModelTooLarge, match="GB of disk.*are free"):
        disk_require(tmp_path, 10**18)


def test_a_failing_build_leaves_the_old_model(tmp_path):
    final = tmp_path / "m"
    final.mkdir()
    (final / "old").write_text("")

    def build_and_fail() -> None:
        with staged(final, 1) as draft:
            (draft / "new").write_text("")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        build_and_fail()
    assert [p.name for p in tmp_path.rglob("*")] == ["m", "old"]
