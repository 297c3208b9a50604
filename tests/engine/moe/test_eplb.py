"""vLLM's own balancer, as our arguments ask for it, on two GPUs where there are two."""

import json
import subprocess
import sys

import pytest

from tests.engine.moe.tiny_models import GLM4, mixture_write
from tests.engine.servers import ROOT


@pytest.mark.gpu
def test_experts_that_vllm_moves_and_replicates_give_the_same_tokens(tmp_path):
    torch = pytest.importorskip("torch")
    if torch.cuda.device_count() < 2:
        pytest.skip("needs two GPUs")
    model = mixture_write(tmp_path / "glm4", GLM4)
    found = {}
    for way in ("plain", "balanced"):
        command = [sys.executable, "-m", "tests.engine.moe.eplb_check", str(model), way]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
        assert run.returncode == 0, run.stderr[-3000:]
        found[way] = json.loads(run.stdout.splitlines()[-1])
    assert found["balanced"] == found["plain"]
