"""What a parser reads from files: blocks of text with pages, boxes and sections. Plain data, no Django."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class ParseProblem(Exception):
    """A file that cannot be read; `code` is stable, the message says what is wrong and what to do.

    `params` are filled into %(name)s of the message, so that it can be told in another language.
    """

    def __init__(self, code: str, message: str, **params: str | int) -> None:
        self.code = code
        self.message = message
        self.params: dict[str, str | int] = params
        self.detail = message % params if params else message
        super().__init__(self.detail)

    def as_dict(self) -> dict[str, Any]:
        """The problem as JSON takes it, without its title."""
        return {
            "code": self.code,
            "detail": self.detail,
            "message": self.message,
            "params": {name: str(value) for name, value in self.params.items()},
        }


@dataclass(frozen=True, slots=True)
class Word:
    """A word within a line: where it starts in the block's text, and its horizontal extent in points."""

    start: int
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a block: characters [start, end) of its text, and its box in points from the top left."""

    start: int
    end: int
    page: int
    box: tuple[float, float, float, float]
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A named element inside a block, such as a fact of inline XBRL: characters [start, end) of its text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph or table, in reading order.

    `level` is a heading's depth from 1. `page` counts from 1, None for what has no pages. `anchor` is an id
    or path inside an HTML or Markdown file. `char_start` counts in the version's whole text. A table's text
    has one row per line, cells separated by " | ". `marks` are for a vertical's parser; they are not stored.
    """

    kind: str  # heading | text | table
    text: str
    page: int | None = None
    level: int = 0
    anchor: str = ""
    char_start: int = 0
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()


BLOCK_GAP = "\n\n"  # between two blocks in a version's whole text


def block_starts(blocks: Sequence[Block]) -> list[int | None]:
    """Where each block starts in the version's whole text; None for one without text, which is left out."""
    starts: list[int | None] = []
    at = 0
    for block in blocks:
        kept = bool(block.text.strip())
        starts.append(at if kept else None)
        at += len(block.text) + len(BLOCK_GAP) if kept else 0
    return starts


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """All that was read: blocks in reading order, page sizes (width, height in points), what was noticed.

    `data` is for the vertical alone: JSON values that its parser found beside the text, handed to its
    `indexed` hook with the version. They come from the process that reads hostile files: check them there.
    """

    parser: str
    blocks: tuple[Block, ...]
    title: str = ""
    language: str = ""  # en | zh | "" where unknown
    pages: tuple[tuple[float, float], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: its bytes at `path`, the name and media type that it was uploaded with."""

    path: Path
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class ParseLimits:
    max_pages: int = 3000
    max_chars: int = 50_000_000


class Parser(Protocol):
    """Reads the files of one version. It runs in a process of its own with limits on time and memory.

    The class is named by its dotted path and made without arguments; it must not need Django. Raise
    ParseProblem for what cannot be read.
    """

    name: str  # with a version, such as "pdf/1"
    media_types: tuple[str, ...]

    def accepts(self, files: Sequence[SourceFile]) -> bool: ...

    def parse(self, files: Sequence[SourceFile], limits: ParseLimits) -> ParsedDocument: ...


def files_parse(files: Sequence[SourceFile], limits: ParseLimits) -> ParsedDocument:
    """Read files by the platform's own parsers, for a vertical's parser that adds to what they read.

    Raises ParseProblem, `unsupported` among them.
    """
    from collegium.knowledge.parse_child import parse

    return parse(files, (), limits)


def text_read(path: Path, limits: ParseLimits, *, declared: bool = False) -> str:
    """A file's text, whatever its encoding; `declared`: it may name its encoding itself, as XML does.

    Raises ParseProblem where it is no text.
    """
    from collegium.knowledge.parsers.decoding import text_read as read

    return read(path, limits, declared=declared)


_listeners: list[Callable[[int, int], None]] = []


def progress_listen(listener: Callable[[int, int], None]) -> None:
    """Let `listener` hear of every `progress_report` (the process that runs parsers)."""
    _listeners[:] = [listener]


def progress_report(done: int, total: int) -> None:
    """Say how many pages, or other parts, of how many were read; parsers of long files call it as they go."""
    for listener in _listeners:
        listener(done, total)
