"""The key that callers must send: read from a file, checked before anything else."""

import secrets
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from engine.errors import ConfigInvalid, EngineRejected
from engine.serve.failures import error_response

GUARDED = ("/v1/", "/state", "/adapters")


def api_key_read(path: Path) -> str:
    """The key in the file. Raises ConfigInvalid where there is none."""
    try:
        key = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigInvalid(f"the API key file {path} cannot be read: {error.strerror}") from error
    if not key:
        raise ConfigInvalid(f"the API key file {path} is empty")
    return key


class KeyGuard:
    """Refuses requests without the key; health and figures are open, as vLLM's are."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._expected = f"Bearer {key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers 401."""
        if scope["type"] == "http" and str(scope["path"]).startswith(GUARDED):
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not secrets.compare_digest(given, self._expected):
                refusal = EngineRejected("the API key is missing or wrong", status=401)
                await error_response(refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)
