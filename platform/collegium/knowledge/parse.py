"""Reads a version's files in a process of its own, with limits on time and memory."""

import json
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings

from collegium.knowledge.blobs import blob_path
from collegium.knowledge.child import child_run
from collegium.knowledge.models import VersionFile
from collegium.knowledge.parse_codec import ParseOutputInvalid, parsed_read
from collegium.sdk.parsing import ParsedDocument, ParseLimits, ParseProblem

CODE_CHARS, DETAIL_CHARS = 100, 2000  # what is kept of the words of a process that reads uploads
NO_TEXT = ParseProblem(
    "no_text",
    "No text was found in the file. If it is a scan, run a text recognition (OCR) over it and upload the "
    "result.",
)


def parse_files(
    *,
    files: Sequence[VersionFile],
    parsers: Sequence[str],
    folder: Path,
    poll: Callable[[int, int], None] = lambda done, total: None,
) -> ParsedDocument:
    """Read files, or take what an earlier attempt read and left in `folder`.

    `parsers` are the vertical's, asked first. `poll` is called several times a second with the pages read so
    far; what it raises stops the reading. Raises ParseProblem.
    """
    kept = folder / "parsed.json"
    if not kept.is_file():
        _child_parse(files, parsers, folder, kept, poll)
    try:
        parsed = parsed_read(kept)
    except ParseOutputInvalid as error:
        kept.unlink(missing_ok=True)
        raise ParseProblem(
            "parser_failed", "The parser's output cannot be used: %(error)s.", error=str(error)
        ) from error
    if not parsed.blocks:
        raise NO_TEXT
    return parsed


def _child_parse(
    files: Sequence[VersionFile],
    parsers: Sequence[str],
    folder: Path,
    kept: Path,
    poll: Callable[[int, int], None],
) -> None:
    out = folder / f"parse-{uuid.uuid4().hex}.json"
    progress = folder / f"{out.name}.progress"
    limits = ParseLimits(max_pages=settings.PARSE_MAX_PAGES)
    spec = {
        "files": [[str(_existing(file)), file.name, file.media_type] for file in files],
        "parsers": list(parsers),
        "progress": str(progress),
        "max_pages": limits.max_pages,
        "max_chars": limits.max_chars,
    }
    try:
        child_run(
            module="collegium.knowledge.parse_child",
            spec=spec,
            folder=folder,
            out=out,
            poll=lambda: poll(*_progress_read(progress)),
        )
        _problem_raise(out)
        out.replace(kept)  # complete or not there: an attempt that was killed leaves nothing half-read
    finally:
        out.unlink(missing_ok=True)
        progress.unlink(missing_ok=True)


def _existing(file: VersionFile) -> Path:
    path = blob_path(file.sha256)
    if not path.is_file():
        raise ParseProblem(
            "blob_missing",
            "The content of '%(name)s' is missing from the store. Restore it from a backup or upload it "
            "again.",
            name=file.name,
        )
    return path


def _progress_read(path: Path) -> tuple[int, int]:
    try:
        done, total = path.read_text().split()
        return int(done), int(total)
    except (FileNotFoundError, ValueError):  # not begun, or in the middle of a write
        return 0, 0


def _problem_raise(out: Path) -> None:
    """Raise what the child could say of the file, where that is all that it wrote."""
    with out.open(encoding="utf-8") as file:
        if not file.read(12).startswith('{"problem"'):
            return
        file.seek(0)
        said = json.load(file)["problem"]
    problem = ParseProblem(str(said["code"])[:CODE_CHARS], str(said["detail"])[:DETAIL_CHARS])
    problem.message = str(said["message"])[:DETAIL_CHARS]
    problem.params = {str(key): str(value)[:DETAIL_CHARS] for key, value in said["params"].items()}
    raise problem
