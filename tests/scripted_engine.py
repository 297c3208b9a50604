"""A real HTTP server that speaks the OpenAI stream and says what a test wants: text, rubbish, silence, or nothing."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Script:
    """What the engine does: `text` is sent in small pieces; `ending` is stop, length, die, rubbish, or silence."""

    text: str = ""
    ending: str = "stop"
    piece_chars: int = 7
    pause_s: float = 0.0
    models_status: int = 200
    state: dict[str, Any] | None = None  # what /state says; None: there is no such page
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    sent_pieces: int = 0
    aborted: threading.Event = field(default_factory=threading.Event)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    script: Script

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        status, said = self.script.models_status, {"data": [{"id": "scripted"}]}
        if status != 200:
            said = {"detail": "loading"}
        elif self.path == "/state":
            status, said = (200, self.script.state) if self.script.state is not None else (404, {})
        body = json.dumps(said)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self) -> None:
        self.script.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.script.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self._stream()
        except OSError:  # the asker went away
            self.script.aborted.set()
        self.close_connection = True

    def _stream(self) -> None:
        script = self.script
        for at in range(0, len(script.text), script.piece_chars):
            self._event(
                {"delta": {"content": script.text[at : at + script.piece_chars]}, "finish_reason": None}
            )
            script.sent_pieces += 1
            time.sleep(script.pause_s)
        if script.ending == "die":
            return
        if script.ending == "rubbish":
            self.wfile.write(b"data: {not json\n\n")
            return
        if script.ending == "silence":
            time.sleep(30)
        self._event({"delta": {}, "finish_reason": script.ending})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, choice: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps({'choices': [{'index': 0, **choice}]})}\n\n".encode())
        self.wfile.flush()


@contextmanager
def engine_running(script: Script) -> Iterator[Script]:
    """Serve the script at a free port; its address is `script.url`."""
    handler = type("Handler", (_Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
