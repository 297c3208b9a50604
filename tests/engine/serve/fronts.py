"""Fronts as processes over an engine that fails on command, and ways to talk to them."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from engine.client import EngineClient
from engine.serve.lifetime import die_with_parent
from tests.engine.servers import ROOT

CONTENDED_S = 0.1  # short, so that one test's workspaces and jobs do not bound what the next one may take
LIMITS = {
    "tokens": 0,
    "sequences": 4,
    "reading_tokens": 4000,
    "waiting": 6,
    "waiting_of_workspace": 4,
    "contended_s": CONTENDED_S,
}
CHAT = "/v1/chat/completions"


class Running:
    """A front and ways to talk to it."""

    def __init__(self, path: Path, process: "subprocess.Popen[bytes]") -> None:
        self.path, self.process = path, process
        self.http = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(path)), base_url="http://front", timeout=30
        )
        self.client = EngineClient(f"unix://{path}", model="fake")

    def ask(self, content: str = "Hi", headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        messages = [{"role": "user", "content": content}]
        return self.http.post(CHAT, json={"max_tokens": 10, "messages": messages, **body}, headers=headers)

    def figure(self, name: str, **labels: str) -> float:
        wanted = [f'{k}="{v}"' for k, v in labels.items()]
        lines = [
            x for x in self.http.get("/metrics").text.splitlines() if x.split("{")[0].split(" ")[0] == name
        ]
        return sum(float(x.rsplit(" ", 1)[1]) for x in lines if all(w in x for w in wanted))

    def state(self) -> dict[str, Any]:
        return self.http.get("/state").json()

    def wait(self, condition, seconds: float = 10.0) -> bool:
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)
        return condition()

    def raw(
        self, body: dict[str, Any], *, buffer_bytes: int | None = None, workspace: str = ""
    ) -> socket.socket:
        """A connection on which a streaming request was sent and nothing is read yet."""
        connection = socket.socket(socket.AF_UNIX)
        if buffer_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        connection.connect(str(self.path))
        sent = {"stream": True, "max_tokens": 10, "messages": [{"role": "user", "content": "Hi"}], **body}
        data = json.dumps(sent).encode()
        head = f"POST {CHAT} HTTP/1.1\r\nhost: f\r\nx-workspace: {workspace}\r\n"
        head += f"content-length: {len(data)}\r\n\r\n"
        connection.sendall(head.encode() + data)
        return connection


@contextmanager
def front_running(path: Path, **limits: Any) -> Iterator[Running]:
    command = [sys.executable, "-m", "tests.engine.serve.front_over_fake", str(path)]
    process = subprocess.Popen([*command, json.dumps(LIMITS | limits)], cwd=ROOT, preexec_fn=die_with_parent)
    try:
        running = Running(path, process)
        deadline = time.monotonic() + 30
        while running.client.health().state != "ready":
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        yield running
    finally:
        process.terminate()
        process.wait(20)
