"""The annotated sentences that contexts are measured on: one half was read while rules were written."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "cases"
HALVES = ("tuned", "unseen")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding at [start, end) of a sentence, with the context that a reader gave it."""

    start: int
    end: int
    context: str


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence of a half, in a language (en or zh), with its findings."""

    id: str
    half: str
    language: str
    text: str
    findings: tuple[Finding, ...]


def cases_read(half: str) -> Iterator[Case]:
    """The sentences of `tuned` or `unseen`."""
    rows = yaml.safe_load((FOLDER / f"{half}.yaml").read_text(encoding="utf-8"))["cases"]
    for row in rows:
        findings = []
        for one in row["findings"]:
            start = row["text"].index(one["text"])
            findings.append(Finding(start, start + len(one["text"]), one["context"]))
        yield Case(row["id"], half, row["language"], row["text"], tuple(findings))
