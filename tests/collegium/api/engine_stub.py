"""An engine on a real port that quotes what it was sent, slowly, and knows when a client left."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "stub-model"


class StubEngine:
    """`pause_s` lies between sentences, of which there are `sentences`; `dies_after` ends the stream without a word.

    At a port that is named, a web process finds one stub after the other; connections are not kept.
    """

    def __init__(
        self, *, port: int = 0, pause_s: float = 0.0, sentences: int = 1, dies_after: int | None = None
    ) -> None:
        self.pause_s, self.sentences, self.dies_after = pause_s, sentences, dies_after
        self.bodies: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.sent = 0
        self.left = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._json({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub.bodies.append(body)
                stub.headers.append({name.lower(): value for name, value in self.headers.items()})
                if body.get("stream"):
                    self._stream(body)
                else:
                    self._json(completion(stub.text(body)))

            def _stream(self, body: dict) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    for number in range(stub.sentences):
                        if number == stub.dies_after:
                            return
                        self._event(chunk({"content": stub.text(body, number) + "\n"}))
                        stub.sent += 1
                        time.sleep(stub.pause_s)
                    self._event(chunk({}, "stop"))
                    self.wfile.write(b"data: [DONE]\n\n")
                except OSError:
                    stub.left.set()

            def _event(self, value: dict) -> None:
                self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
                self.wfile.flush()

            def _json(self, value: dict) -> None:
                data = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def text(self, body: dict, number: int = 0) -> str:
        """The first quotation of the prompt, which is supported by itself."""
        quoted = re.search(r"^\[1\] (.+)$", body["messages"][-1]["content"], re.MULTILINE)
        return quoted[1] if quoted else f"Sentence {number}."

    def __enter__(self) -> "StubEngine":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def chunk(delta: dict, finish: str | None = None) -> dict:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}


def completion(text: str) -> dict:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [choice],
        "usage": usage,
    }
