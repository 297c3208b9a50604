"""What answers at the engine's Unix socket until the engine does: 503, so that callers know it is loading."""

import json
import socket
import threading
from contextlib import suppress
from pathlib import Path

from engine.client import EngineClient
from engine.serve.sockets import uds_open

POLL_S = 0.25
READ_TIMEOUT_S = 1.0
MAX_REQUEST_BYTES = 1 << 20


class LoadingPage:
    """Listens on `path`, answers 503, and gives the path to the engine's own socket once that is ready."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine_path = path.with_name(path.name + ".loading")
        self.engine_path.unlink(missing_ok=True)
        self._listener = uds_open(path)
        self._listener.listen(64)
        self._over = threading.Event()
        threading.Thread(target=self._answer, daemon=True).start()
        threading.Thread(target=self._hand_over, daemon=True).start()

    def close(self) -> None:
        """Stops answering, and removes both sockets."""
        self._over.set()
        self._listener.close()
        for path in (self.path, self.engine_path):
            path.unlink(missing_ok=True)

    def _hand_over(self) -> None:
        """Waits for the engine; the rename replaces this socket by the engine's in one step."""
        engine = EngineClient(f"unix://{self.engine_path}")
        while not self._over.wait(POLL_S):
            if engine.health().state == "ready":
                self.engine_path.rename(self.path)
                self._over.set()
                self._listener.close()
        engine.close()

    def _answer(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed by the hand-over
                return
            with connection, suppress(OSError):
                _refuse(connection)


def _refuse(connection: socket.socket) -> None:
    """Answers one request with 503, and reads it to its end so that the answer is not lost."""
    connection.settimeout(READ_TIMEOUT_S)
    request = b""
    while b"\r\n\r\n" not in request and len(request) < MAX_REQUEST_BYTES:
        if not (piece := connection.recv(65536)):
            return
        request += piece
    inner = {"message": "the model is loading", "type": "engine_unavailable", "code": 503}
    body = json.dumps({"error": inner}).encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 2\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):
        pass
