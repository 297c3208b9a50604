"""Names of headings as anchors, once each."""

import re
from collections import Counter

_DROPPED = re.compile(r"[^\w\s-]")
_GAPS = re.compile(r"[\s]+")
SLUG_CHARS = 80


class Slugs:
    """Makes an anchor of a heading as GitHub does; a second heading of the same name gets -1, and so on."""

    def __init__(self) -> None:
        self._used: Counter[str] = Counter()

    def make(self, heading: str) -> str:
        slug = _GAPS.sub("-", _DROPPED.sub("", heading.strip().lower()))[:SLUG_CHARS].strip("-") or "section"
        count = self._used[slug]
        self._used[slug] += 1
        return f"{slug}-{count}" if count else slug
