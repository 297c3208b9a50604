"""Servers that a command starts for itself, on a home of its own."""

import subprocess
import sys

import pytest

from tests.collegium.ops.installation import Installation
from tests.services import ROOT

pytestmark = pytest.mark.slow
HOLD = """
import django, sys
django.setup()
from collegium.evaluation.servers import servers_running
with servers_running():
    print("running", flush=True)
    sys.stdin.read()
"""


def test_an_installation_does_not_start_on_the_servers_of_a_command(embedding_model):
    other = Installation(embedding_model.parent)
    environment = other.environment | {
        "DJANGO_SETTINGS_MODULE": "collegium.settings",
        "PYTHONPATH": f"{ROOT}:{ROOT}/platform",
    }
    try:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with holder:
            assert "running" in iter(holder.stdout.readline, "").__next__()
            refused = other.manage("up", "--no-engine", "--no-sample", "--port", "0")
            assert refused.returncode == 1 and str(holder.pid) in refused.stderr
            holder.stdin.close()
        assert holder.returncode == 0
    finally:
        other.remove()
