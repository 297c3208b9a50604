"""Servers for tests: one that misbehaves as it is told, and the real ones started as processes."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from engine.client import EmbeddingClient, EngineClient
from engine.serve.lifetime import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
Handler = Callable[[socket.socket, bytes], None]
STOPPED_WITHIN_S = 40


def model_cache() -> Path:
    """Where built models are kept between test runs."""
    return Path(os.environ.get("COLLEGIUM_TEST_MODELS") or ROOT / "var" / "test-models")


def http(
    status: str, body: str | bytes, kind: str = "application/json", *, keeps_alive: bool = False
) -> bytes:
    """A whole HTTP answer; it says that the connection closes unless the server `keeps_alive`."""
    raw = body.encode() if isinstance(body, str) else body
    then = "keep-alive" if keeps_alive else "close"
    head = f"content-type: {kind}\r\ncontent-length: {len(raw)}\r\nconnection: {then}"
    return f"HTTP/1.1 {status}\r\n{head}\r\n\r\n".encode() + raw


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


@contextmanager
def scripted(handler: Handler) -> Iterator[str]:
    """A server on a Unix socket whose every request is answered by the handler, byte by byte."""
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/s"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(16)

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                while request := _request(connection):
                    handler(connection, request)
                    if not getattr(handler, "keeps_alive", False):
                        return

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"unix://{path}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def started(
    module: str, *arguments: str, client: EngineClient | EmbeddingClient, wait_s: float
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a server module as a process until it is ready; stops it after the block.

    One that still runs then must end by itself and leave no process.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, preexec_fn=die_with_parent
    )
    try:
        deadline = time.monotonic() + wait_s
        while client.health().state != "ready":
            assert process.poll() is None, f"{module} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{module} is not ready: {client.health()}"
            time.sleep(0.05)
        yield process
    finally:
        client.close()
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.terminate()
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        left = psutil.wait_procs(family, timeout=10)[1]
        for one in left:
            one.kill()
    assert not left and (not family or process.returncode == 0), (process.returncode, left)
