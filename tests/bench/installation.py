"""A whole installation for a benchmark: started by `manage.py up`, asked over HTTP, stopped and removed."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from collegium.environment import Home
from engine.client import EngineClient
from engine.serve.lifetime import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 600.0


@contextmanager
def installation(
    *, engine: bool = True, ranks: int = 1, model: Path | None = None
) -> Iterator[tuple[httpx.Client, EngineClient]]:
    """A whole installation that is ready, in a home of its own that goes with it.

    Gives its site, with a key for the sample's workspace, and its engine, which is not there without `engine`.
    """
    with tempfile.TemporaryDirectory(prefix="up-") as home:
        os.chmod(home, 0o755)  # the database has a user of its own
        environment = os.environ | {"COLLEGIUM_HOME": home, "ENGINE_RANKS": str(ranks)}
        environment |= {"COLLEGIUM_GENERATION_TIMEOUT_S": "1800"}  # whatever else the machine does
        environment |= {"ENGINE_MODEL": str(model)} if model else {}
        log = Path(home) / "up.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", "0", *(() if engine else ("--no-engine",))],
                cwd=ROOT,
                env=environment,
                stdout=stream,
                stderr=stream,
                preexec_fn=die_with_parent,
            )
        try:
            url = _awaited(process, log, lambda: _url(log))
            key = subprocess.run(
                [sys.executable, "manage.py", "apikey", "create", "--workspace", "demo", "--scopes", "all"],
                cwd=ROOT,
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            ).stdout.splitlines()[-1]
            with httpx.Client(base_url=url, timeout=600, headers={"Authorization": f"Bearer {key}"}) as site:
                _awaited(process, log, lambda: _ready(site, engine))
                yield site, EngineClient(f"unix://{Home(Path(home)).engine_socket}")
        finally:
            process.terminate()
            process.wait(120)


def _awaited(process: "subprocess.Popen[bytes]", log: Path, found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + READY_WITHIN_S
    while not (value := found()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the installation did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.5)
    return value


def _url(log: Path) -> str:
    match = re.search(r"Collegium answers at (http\S+?)/?\s", log.read_text())
    return match[1] if match else ""


def _ready(site: httpx.Client, engine: bool) -> bool:
    parts = site.get("/readyz").json().get("parts", {})
    wanted = ("embeddings", "worker", *(("engine",) if engine else ()))
    return all(parts.get(name, {}).get("state") == "ready" for name in wanted)
