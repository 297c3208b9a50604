"""Pseudonyms of a project: the same identifier has the same one everywhere in it, and none is undone without
the project's secret.
"""

import hmac
from datetime import date, timedelta
from hashlib import sha256

from verticals.medical.deidentify.project import Project

STANDARD_UIDS = "1.2.840.10008."
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Pseudonyms:
    """Makes the pseudonyms of one project by HMAC-SHA-256 under its secret."""

    def __init__(self, project: Project) -> None:
        self._key = hmac.new(project.secret, f"imaging\0{project.name}".encode(), sha256).digest()

    def _digest(self, kind: str, value: str) -> bytes:
        return hmac.new(self._key, f"{kind}\0{value}".encode(), sha256).digest()

    def uid(self, uid: str) -> str:
        """A UID under 2.25 (PS3.5, B.2); those that the standard itself registers stay."""
        uid = uid.strip("\0 ")
        if not uid or uid.startswith(STANDARD_UIDS):
            return uid
        return f"2.25.{int.from_bytes(self._digest('uid', uid)[:16], 'big')}"

    def name(self, kind: str, value: str, chars: int = 10) -> str:
        """A short name for an identifier, such as a patient's number or an order's."""
        digest = self._digest(kind, " ".join(value.split()).casefold())
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:chars])


def date_moved(value: str, days: int) -> str | None:
    """A DA or the date of a DT moved; its time stays, its offset too. None where it is no date."""
    text = value.strip()
    figures = text.replace(".", "")[:8] if "." in text[:8] else text[:8]
    if len(figures) != 8 or not figures.isdigit():
        return None
    try:
        moved = date(int(figures[:4]), int(figures[4:6]), int(figures[6:])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    rest = text[10:] if "." in text[:8] else text[8:]
    if rest and not all(one.isdigit() or one in ".+-" for one in rest):
        return None
    return f"{moved:%Y%m%d}{rest}"
