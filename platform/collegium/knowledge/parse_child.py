"""The process that reads hostile files: `python -m collegium.knowledge.parse_child SPEC.json OUT.json`.

It limits itself before it opens anything, reaches no network, knows no secrets, loads no Django, and dies
with its parent.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from collegium.knowledge.confinement import network_cut
from collegium.sdk.parsing import (
    ParsedDocument,
    ParseLimits,
    ParseProblem,
    Parser,
    SourceFile,
    progress_listen,
)

EXIT_MEMORY = 3
EXIT_BROKEN = 4
PR_SET_PDEATHSIG = 1
# How lines of its errors begin: one that says so, the one before it reads, and one of what failed at it.
REACHES_NETWORK = "not cut off from the network: "
READS_NOW = "reads now"
FAILED = "failed: "


def limits_set(spec: dict[str, Any]) -> None:
    """Bound this process's memory, time, files and output, cut it off, and tie its life to its parent's."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != spec["parent"]:  # the parent died before that
            os.kill(os.getpid(), signal.SIGKILL)
    memory = int(spec["memory_mb"]) * 1_000_000
    seconds = int(spec["timeout_s"])
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, int(spec["output_mb"]) * 1_000_000),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    if reason := network_cut():
        print(REACHES_NETWORK + reason, file=sys.stderr, flush=True)
    print(READS_NOW, file=sys.stderr, flush=True)


def failure_print(error: BaseException) -> None:
    """Print what kinds of errors led to `error`, and where. Their words may quote the file, and are left out
    unless they are the system's own.
    """
    one: BaseException | None = error
    while one is not None:
        said = f" {one.strerror}" if isinstance(one, OSError) else ""
        said = f" {one}" if isinstance(one, ImportError) else said
        print(f"{FAILED}{type(one).__qualname__}{said}", file=sys.stderr)
        for frame in traceback.extract_tb(one.__traceback__):
            print(f"{FAILED}  {frame.filename}:{frame.lineno} in {frame.name}", file=sys.stderr)
        one = one.__cause__ or one.__context__


def parsers_own() -> list[Parser]:
    """The platform's parsers, for what no vertical's parser takes."""
    from collegium.knowledge.parsers.html import HtmlParser
    from collegium.knowledge.parsers.markdown import MarkdownParser
    from collegium.knowledge.parsers.pdf import PdfParser
    from collegium.knowledge.parsers.text import TextParser

    return [PdfParser(), HtmlParser(), MarkdownParser(), TextParser()]


def parse(files: Sequence[SourceFile], parser_paths: Sequence[str], limits: ParseLimits) -> ParsedDocument:
    """Read files by the first parser that takes them all, or each by the platform's own parser for it."""
    from collegium.knowledge.parsers.joining import parsed_join

    for path in parser_paths:
        module, _, name = path.rpartition(".")
        parser: Parser = getattr(import_module(module), name)()
        if parser.accepts(files):
            return parser.parse(files, limits)
    own = parsers_own()
    parts = []
    for file in files:
        takers = [parser for parser in own if parser.accepts([file])]
        if not takers:
            raise ParseProblem(
                "unsupported", "No parser reads '%(name)s'. Upload it in another format.", name=file.name
            )
        parts.append(takers[0].parse([file], limits))
    return parsed_join(parts, limits)


def _run(spec: dict[str, Any], out: Path) -> None:
    from collegium.knowledge.parse_codec import parsed_write

    progress = os.open(spec["progress"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    progress_listen(lambda done, total: _progress_write(progress, done, total))
    files = [SourceFile(Path(path), name, kind) for path, name, kind in spec["files"]]
    limits = ParseLimits(max_pages=spec["max_pages"], max_chars=spec["max_chars"])
    try:
        parsed = parse(files, spec["parsers"], limits)
    except ParseProblem as problem:
        value = {"problem": problem.as_dict()}
        out.write_text(json.dumps(value), encoding="utf-8")
        return
    parsed_write(parsed, out)


def _progress_write(file: int, done: int, total: int) -> None:
    os.pwrite(file, f"{done:>10} {total:>10}\n".encode(), 0)


def main() -> int:
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    limits_set(spec)
    try:
        _run(spec, Path(sys.argv[2]))
    except MemoryError:
        return EXIT_MEMORY
    except Exception as error:  # a parser's mistake, of ours or of a vertical: for the worker's log
        failure_print(error)
        return EXIT_BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
