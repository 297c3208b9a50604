"""Names of companies, compared: `Netflix, Inc.` and `NETFLIX INC` are one."""

import re
import unicodedata

_LEGAL = re.compile(
    r"\b(?:plc|inc|incorporated|corp|corporation|company|co|ltd|limited|llc|lp|llp|nv|n v|se|ag|sa|s a"
    r"|spa|oyj|holdings?|group|the|de)\b"
    r"|股份有限公司|有限责任公司|有限公司|集团"
)
_MARKS = re.compile(r"[^\w]+")


def entity_key(name: str) -> str:
    """The name in small letters without marks and legal form; the whole name where nothing else is left.

    A name of marks alone is "?": a company needs a key that an address can hold.
    """
    plain = _MARKS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip()
    core = " ".join(_LEGAL.sub(" ", plain).split())
    return (core or " ".join(plain.split()) or "?")[:300]


def identifier_key(text: str) -> str:
    """An identifier as it is kept: a CIK has ten digits."""
    plain = " ".join(text.split())
    return plain.zfill(10) if plain.isascii() and plain.isdigit() and len(plain) < 10 else plain
