"""What travels over the broker: JSON, signed with HMAC-SHA256 over its purpose, its time and its content."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import ConfigInvalid
from engine.parallel.errors import OrderInvalid

MIN_KEY_BYTES = 32
CLOCKS_APART_S = 60.0
MAX_TEXT_BYTES = 1 << 20


def key_read(path: Path) -> bytes:
    """The signing key in a file; raises ConfigInvalid where it cannot be read or is too short to protect."""
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise ConfigInvalid(f"the rank key file {path} cannot be read: {error.strerror}") from error
    if len(key) < MIN_KEY_BYTES:
        raise ConfigInvalid(
            f"the rank key in {path} has {len(key)} bytes, fewer than {MIN_KEY_BYTES}: make one by "
            "`python -c 'import secrets; print(secrets.token_hex(32))'`"
        )
    return key


def sealed(key: bytes, purpose: str, body: Mapping[str, Any], *, lifetime_s: float | None = None) -> str:
    """A text that `unsealed` takes with the same key and purpose, for so long (None: for ever)."""
    until = None if lifetime_s is None else time.time() + lifetime_s
    text = json.dumps(
        {"purpose": purpose, "until": until, "body": body}, sort_keys=True, separators=(",", ":")
    )
    return f"{_mac(key, text)}.{text}"


def unsealed(key: bytes, purpose: str, text: str) -> dict[str, Any]:
    """The body of a sealed text.

    Raises OrderInvalid when it was altered, sealed with another key or for another purpose, or is too old.
    """
    mac, _, content = text.partition(".")
    if len(text) > MAX_TEXT_BYTES or not hmac.compare_digest(mac.encode(), _mac(key, content).encode()):
        raise OrderInvalid(f"a message ({purpose}) is not signed with this key: is the key file the same?")
    try:
        message = json.loads(content)
        until, body = message["until"], message["body"]
    except (ValueError, KeyError, TypeError) as error:
        raise OrderInvalid(f"a signed message ({purpose}) is malformed: {error}") from error
    if message.get("purpose") != purpose:
        raise OrderInvalid(f"a message for {message.get('purpose')!r} came where {purpose!r} was expected")
    if until is not None and time.time() > until + CLOCKS_APART_S:
        raise OrderInvalid(f"a message ({purpose}) is {time.time() - until:.0f} s past its time")
    if not isinstance(body, dict):
        raise OrderInvalid(f"a signed message ({purpose}) holds no object")
    return body


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
