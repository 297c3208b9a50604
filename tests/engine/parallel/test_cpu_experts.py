"""vLLM's CPU experts under expert parallelism: as they are, and as the plugin mends them."""

import json
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from engine.errors import ConfigInvalid
from engine.parallel import cpu_experts
from tests.engine.servers import ROOT

EXACT = 1e-4


@pytest.fixture(scope="module")
def found():
    """How far each rank, and their sum, is from the truth: with stock vLLM, and mended."""
    command = [sys.executable, "-m", "tests.engine.parallel.experts_check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.slow
def test_stock_vllm_still_ignores_which_experts_a_rank_holds(found):
    first, second, both = found["stock"]
    assert first < EXACT
    assert second > 0.1 and both > 0.1, (
        "this vLLM honours expert_map by itself: remove its version from engine.parallel.cpu_experts"
    )


@pytest.mark.slow
def test_mended_experts_equal_the_slow_reference_on_each_rank_and_in_sum(found):
    assert len(found["mended"]) == 5
    for case, errors in found["mended"].items():
        assert max(errors) < EXACT, f"choices, experts, weight in input: {case}: {errors}"


def test_an_unknown_version_is_left_alone_and_refused_for_expert_parallelism(monkeypatch):
    monkeypatch.setattr(cpu_experts, "vllm_version", lambda: "0.33.0")
    with pytest.raises(ConfigInvalid, match=r"0\.33\.0"):
        cpu_experts.expert_parallel_check()


def test_vllm_finds_the_plugin():
    found = {point.name: point.value for point in entry_points(group="vllm.general_plugins")}
    assert found["collegium_cpu_experts"] == "engine.parallel.cpu_experts:register"
