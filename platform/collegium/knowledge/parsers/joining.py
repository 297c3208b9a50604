"""Several files as one document: their blocks in turn, their pages numbered on, their marks told apart."""

from collections.abc import Sequence
from dataclasses import replace

from collegium.sdk.parsing import ParsedDocument, ParseLimits, ParseProblem


def parsed_join(parts: Sequence[ParsedDocument], limits: ParseLimits) -> ParsedDocument:
    """Join what was read from the files of one version; one file stays as it is.

    Of several files, marks are named by the file's place and their own name: 0:f-1, 1:f-1.
    """
    if len(parts) == 1:
        return parts[0]
    blocks = []
    pages: list[tuple[float, float]] = []
    for number, part in enumerate(parts):
        before = len(pages)
        for block in part.blocks:
            lines = tuple(replace(line, page=line.page + before) for line in block.lines)
            page = None if block.page is None else block.page + before
            anchor = f"{number}:{block.anchor}" if number and block.anchor else block.anchor
            marks = tuple(replace(mark, name=f"{number}:{mark.name}") for mark in block.marks)
            blocks.append(replace(block, page=page, lines=lines, anchor=anchor, marks=marks))
        pages += part.pages
    if len(pages) > limits.max_pages:
        raise ParseProblem(
            "too_many_pages",
            "The files have %(count)s pages together; the limit is %(limit)s.",
            count=len(pages),
            limit=limits.max_pages,
        )
    return ParsedDocument(
        parser="+".join(dict.fromkeys(part.parser for part in parts)),
        blocks=tuple(blocks),
        title=next((part.title for part in parts if part.title), ""),
        pages=tuple(pages),
        metadata={key: value for part in reversed(parts) for key, value in part.metadata.items()},
        warnings=tuple(warning for part in parts for warning in part.warnings),
    )
