"""Why a release cannot be loaded, with the file and the line where that shows."""

from collegium.sdk.errors import Invalid

SHOWN_CHARS = 120


class BrokenRelease(Invalid):
    """A release that may not become a version: what is wrong, where, and what to do."""

    code = "broken_release"

    def __init__(self, what: str, *, file: str = "", line: int = 0) -> None:
        place = f"{file}, line {line}: " if file and line else f"{file}: " if file else ""
        super().__init__(f"{place}{what}", file=file, line=line)


class UnknownConcept(BrokenRelease):
    """A row names a concept that the release does not hold."""


def shown(cell: str) -> str:
    """A cell as a message quotes it: in quotation marks and not longer than a line."""
    return repr(cell if len(cell) <= SHOWN_CHARS else cell[:SHOWN_CHARS] + "…")
