"""Reads plain text: paragraphs parted by empty lines."""

import re
from collections.abc import Sequence

from collegium.knowledge.parsers.decoding import text_read
from collegium.sdk.parsing import Block, ParsedDocument, ParseLimits, SourceFile

_EMPTY_LINES = re.compile(r"\n[ \t\u3000]*\n")


class TextParser:
    name = "text/1"
    media_types: tuple[str, ...] = ("text/plain",)

    def accepts(self, files: Sequence[SourceFile]) -> bool:
        return len(files) == 1 and files[0].media_type in self.media_types

    def parse(self, files: Sequence[SourceFile], limits: ParseLimits) -> ParsedDocument:
        text = text_read(files[0].path, limits)
        parts = (part.strip("\n").rstrip() for part in _EMPTY_LINES.split(text))
        blocks = tuple(Block("text", part) for part in parts if part.strip())
        return ParsedDocument(parser=self.name, blocks=blocks)
