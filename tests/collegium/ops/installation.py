"""A real `manage.py up` on a home of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from collegium.ops.processes import child_start
from tests.services import ROOT

MANAGE = [sys.executable, str(ROOT / "manage.py")]


class Installation:
    """`start` waits until the named parts are ready."""

    def __init__(self, models: Path | None = None, *, sample: bool = False) -> None:
        self.sample = sample
        self.home = Path(tempfile.mkdtemp(prefix="collegium-ops-"))
        self.home.chmod(0o755)
        if models is not None:
            shutil.copytree(models, self.home / "models")
        self.output = self.home / "output.txt"
        self.process: subprocess.Popen | None = None

    def command(self, *arguments: str) -> list[str]:
        options = ["--no-engine", "--port", "0", *([] if self.sample else ["--no-sample"])]
        return [*MANAGE, "up", *options, *arguments]

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*MANAGE, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "COLLEGIUM_HOME": str(self.home), "COLLEGIUM_LOG_LEVEL": "INFO"}

    def start(self, *ready: str, timeout_s: float = 120) -> float:
        """Start, wait, and return the seconds until the site answered."""
        began = time.monotonic()
        self.process = child_start(
            self.command(), log=self.output, env=self.environment, cwd=Path("/"), death_signal=signal.SIGTERM
        )
        self.wait_for("web", timeout_s=timeout_s)
        answered_s = time.monotonic() - began
        for part in ready:
            self.wait_for(part, timeout_s=timeout_s)
        return answered_s

    def up(self) -> dict:
        nothing = {"states": {}, "children": {}}
        try:
            state = json.loads((self.home / "run" / "up.json").read_text())
        except FileNotFoundError:
            return nothing
        return state if state["pid"] == self.process.pid else nothing  # a killed one leaves its file

    def wait_for(self, part: str, state: str = "ready", timeout_s: float = 120) -> None:
        end = time.monotonic() + timeout_s
        while self.up()["states"].get(part) != state:
            assert self.process.poll() is None, self.output.read_text()[-3000:]
            assert time.monotonic() < end, (
                f"{part} is {self.up()['states'].get(part)}: {self.output.read_text()[-3000:]}"
            )
            time.sleep(0.05)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(self.up()["url"] + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def family(self) -> list[psutil.Process]:
        """The supervisor's children and theirs, which may not outlive it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
