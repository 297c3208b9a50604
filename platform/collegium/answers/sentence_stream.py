"""Cuts a stream of text into sentences as soon as each is complete."""

import re

_END = re.compile(r"[。！？]+[”’」』）】]*|[.!?]+[\"'”’)\]]*(?:\s*[\[【]\d{1,3}[\]】])*(?=\s)|\n+")
_SHORT = re.compile(
    r"(?:\b(?:mr|mrs|dr|inc|corp|co|ltd|no|vs|fig|approx|e\.g|i\.e|st|u\.s)|\b[A-Za-z])\.$", re.IGNORECASE
)


class SentenceStream:
    """Feed it pieces of text; it returns whole sentences, and at the end what is left."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> list[str]:
        self._rest += piece
        sentences: list[str] = []
        begin, at = 0, 0
        while (match := _END.search(self._rest, at)) is not None:
            at = match.end()
            text = self._rest[begin:at].strip()
            if match.group().startswith(".") and _SHORT.search(text):
                continue
            if text:
                sentences.append(text)
            begin = at
        self._rest = self._rest[begin:]
        return sentences

    def rest(self) -> str:
        """The last sentence, which no further text can complete."""
        rest, self._rest = self._rest.strip(), ""
        return rest
