"""Reads Markdown: headings with their anchors, paragraphs, list items, code and tables."""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from collegium.knowledge.parsers.decoding import text_read
from collegium.knowledge.parsers.slugs import Slugs
from collegium.sdk.parsing import Block, ParsedDocument, ParseLimits, SourceFile

CELL_GAP = " | "


class MarkdownParser:
    name = "markdown/1"
    media_types: tuple[str, ...] = ("text/markdown",)

    def accepts(self, files: Sequence[SourceFile]) -> bool:
        return len(files) == 1 and files[0].media_type in self.media_types

    def parse(self, files: Sequence[SourceFile], limits: ParseLimits) -> ParsedDocument:
        reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
        reading = _Reading()
        for token in reader.parse(_without_front_matter(text_read(files[0].path, limits))):
            reading.take(token)
        title = next((block.text for block in reading.blocks if block.kind == "heading"), "")
        return ParsedDocument(parser=self.name, blocks=tuple(reading.blocks), title=title)


def _without_front_matter(text: str) -> str:
    if text.startswith("---\n"):
        head, mark, rest = text[4:].partition("\n---\n")
        if mark and ":" in head:
            return rest
    return text


class _Reading:
    """Turns markdown-it's flat list of tokens into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._slugs = Slugs()
        self._anchor = ""
        self._level = 0
        self._rows: list[list[str]] | None = None

    def take(self, token: Token) -> None:
        if token.type == "heading_open":
            self._level = int(token.tag[1:])
        elif token.type == "table_open":
            self._rows = []
        elif token.type == "tr_open" and self._rows is not None:
            self._rows.append([])
        elif token.type == "table_close" and self._rows is not None:
            rows, self._rows = self._rows, None
            self._add("table", "\n".join(CELL_GAP.join(row) for row in rows))
        elif token.type == "inline":
            self._inline(_plain(token))
        elif token.type in {"fence", "code_block"}:
            self._add("text", token.content.rstrip())

    def _inline(self, text: str) -> None:
        if self._rows:
            self._rows[-1].append(text)
        elif self._level:
            level, self._level = self._level, 0
            self._anchor = self._slugs.make(text)
            self._add("heading", text, level)
        else:
            self._add("text", text)

    def _add(self, kind: str, text: str, level: int = 0) -> None:
        if text.strip():
            self.blocks.append(Block(kind, text.strip(), level=level, anchor=self._anchor))


def _plain(token: Token) -> str:
    """An inline token's text, without its marks."""
    parts = []
    for child in token.children or ():
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif child.type == "image":
            parts.append(child.content)
    return " ".join("".join(parts).split())
