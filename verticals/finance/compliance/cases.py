"""The sentences that the suite `finance.compliance` holds the rules against: violations and hard negatives.

cases/tuned may be looked at while rules are written; cases/unseen was written after them and is only counted.
cases/learned is not counted at all: from it the model of likeness learns more ways to say the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

CASES = Path(__file__).with_name("cases")
HALVES = ("tuned", "unseen")
LEARNED = "learned"
_KINDS = {"violations": True, "negatives": False}


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, the rule that it is about, and whether it breaks that rule."""

    rule: str
    language: str
    half: str
    sentence: str
    breaks: bool


def cases_read(folder: Path = CASES, parts: Sequence[str] = HALVES) -> Sequence[Case]:
    """The cases of some parts; those of both halves are counted."""
    return list(_read(folder, parts))


def plain_sentences(language: str) -> list[str]:
    """What answers say every day."""
    plain = yaml.safe_load((CASES / "plain.yaml").read_text(encoding="utf-8"))
    return [line.strip() for line in plain[language].splitlines()]


def _read(folder: Path, parts: Sequence[str]) -> Iterator[Case]:
    for half in parts:
        for path in sorted((folder / half).glob("*.yaml")):
            for language, kinds in yaml.safe_load(path.read_text(encoding="utf-8")).items():
                for kind, breaks in _KINDS.items():
                    for sentence in kinds[kind].splitlines():
                        yield Case(path.stem, language, half, sentence.strip(), breaks)
