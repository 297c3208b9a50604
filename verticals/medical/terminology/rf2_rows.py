"""Rows of RF2 files, checked: encoding, header, number of cells, and the four cells that all rows share."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from verticals.medical.terminology.problems import BrokenRelease, shown
from verticals.medical.terminology.rf2_files import UNREADABLE, ReleaseFile
from verticals.medical.terminology.rf2_names import COLUMNS, REFSET

LINE_MAX_BYTES = 1_000_000  # OWL axioms are the longest cells, of some ten thousand
_SCTID = re.compile(r"[1-9][0-9]{5,17}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SHARED = re.compile(r"[0-9]{8}\t[01]\t[1-9][0-9]{5,17}")  # effectiveTime, active, moduleId
_IDENTIFIERS = frozenset(
    [
        "conceptId",
        "typeId",
        "sourceId",
        "destinationId",
        "definitionStatusId",
        "characteristicTypeId",
        "refsetId",
        "acceptabilityId",
    ]
)


class Row(NamedTuple):
    """A row with the place that a message about it names."""

    cells: list[str]
    file: ReleaseFile
    line: int

    @property
    def active(self) -> bool:
        return self.cells[2] == "1"

    def broken(self, what: str) -> BrokenRelease:
        return BrokenRelease(what, file=self.file.name, line=self.line)


def header_read(file: ReleaseFile) -> tuple[str, ...]:
    """The names of a file's columns. Raises BrokenRelease where they are not those of its kind."""
    for number, text in _lines(file):
        header = tuple(text.split("\t"))
        wanted = COLUMNS.get(file.content, REFSET)
        whole = header == wanted if file.content in COLUMNS else header[: len(wanted)] == wanted
        if not whole:
            raise BrokenRelease(
                f"The header is {shown(text)}; a {file.content} file begins with the columns "
                f"{', '.join(wanted)}.",
                file=file.name,
                line=number,
            )
        return header
    raise BrokenRelease("The file is empty: not even the header is there.", file=file.name)


def file_rows(file: ReleaseFile, *, having: str = "") -> Iterator[Row]:
    """All rows of a file in its order; with `having`, those whose line holds that text.

    Raises BrokenRelease at the first that is malformed. One pattern checks all cells of a line; which of them
    is wrong is looked for only where it fails.
    """
    header = header_read(file)
    whole = _line_pattern(header, file.content)
    lines = _lines(file)
    next(lines)
    for number, text in lines:
        if having in text:
            row = Row(text.split("\t"), file, number)
            if not whole.fullmatch(text):
                raise _fault(row, header, text)
            yield row


@cache
def _line_pattern(header: tuple[str, ...], content: str) -> re.Pattern[str]:
    first = _SCTID if content in COLUMNS else _UUID
    rest = (_SCTID.pattern if name in _IDENTIFIERS else r"[^\t]*" for name in header[4:])
    return re.compile(r"\t".join([first.pattern, _SHARED.pattern, *rest]))


def _fault(row: Row, header: tuple[str, ...], text: str) -> BrokenRelease:
    """What is wrong with a row."""
    cells, identifier = row.cells, _UUID if row.file.content not in COLUMNS else _SCTID
    if len(cells) != len(header):
        return row.broken(
            f"The row has {len(cells)} cells where the header has {len(header)} columns: {shown(text)}."
        )
    if not identifier.fullmatch(cells[0]):
        return row.broken(
            f"The id {shown(cells[0])} is no {'UUID' if identifier is _UUID else 'SNOMED CT id'}."
        )
    if not _SHARED.fullmatch("\t".join(cells[1:4])):
        return row.broken(
            f"effectiveTime, active and moduleId are {shown(' '.join(cells[1:4]))}; they are a date such "
            "as 20250101, 0 or 1, and an id."
        )
    at = next(
        at for at, name in enumerate(header) if name in _IDENTIFIERS and not _SCTID.fullmatch(cells[at])
    )
    return row.broken(f"{header[at]} is {shown(cells[at])}, which is no SNOMED CT id.")


def latest_rows(files: Sequence[ReleaseFile], *, having: str = "") -> Iterator[Row]:
    """Of each id the latest row, in the order of the files; of a Full, that is its state at the end.

    `having`: a text that every row of the ids that matter holds, such as a type, which never changes. Raises
    BrokenRelease where an id stands twice with the same time, as nothing says which row counts.
    """
    if len(files) == 1 and files[0].kind != "Full":
        yield from _each_once(files[0], having)
        return
    latest: dict[str, tuple[str, str, int]] = {}
    for file in files:
        for row in file_rows(file, having=having):
            key, time = row.cells[0], row.cells[1]
            before = latest.get(key)
            if before and before[0] == time and before[1] == file.name:
                raise row.broken(f"The id {key} stands twice for {time}; it was in line {before[2]} already.")
            if not before or time > before[0]:
                latest[key] = (time, file.name, row.line)
    for file in files:
        for row in file_rows(file, having=having):
            if latest[row.cells[0]][1:] == (file.name, row.line):
                yield row


def _each_once(file: ReleaseFile, having: str) -> Iterator[Row]:
    seen: set[str] = set()
    for row in file_rows(file, having=having):
        if row.cells[0] in seen:
            raise row.broken(f"The id {row.cells[0]} stands twice; in a {file.kind} each stands once.")
        seen.add(row.cells[0])
        yield row


def _lines(file: ReleaseFile) -> Iterator[tuple[int, str]]:
    """Numbered lines without their ends, less empty ones and comments, which test releases have."""
    number = 0
    try:
        with file.open() as content:
            while raw := content.readline(LINE_MAX_BYTES):
                number += 1
                if len(raw) == LINE_MAX_BYTES:
                    raise BrokenRelease("The line has no end.", file=file.name, line=number)
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if "\x00" in text:
                    raise BrokenRelease("The line holds a NUL character.", file=file.name, line=number)
                if text and not text.startswith("#"):
                    yield number, text
    except UnicodeDecodeError as error:
        raise BrokenRelease(f"It is not UTF-8: {error.reason}.", file=file.name, line=number) from error
    except UNREADABLE as error:
        raise BrokenRelease(f"It cannot be read on: {error}.", file=file.name, line=number + 1) from error
