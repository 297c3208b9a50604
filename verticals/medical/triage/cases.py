"""Texts with the answer that they should get: cases/HALF_LANGUAGE.yaml.

`tuned` is what rules and model are made from, `unseen` what measures them.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).with_name("cases")
LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    text: str
    emergency: bool
    category: str
    kind: str
    language: str
    half: str


def cases_read(half: str) -> list[Case]:
    """All cases of a half, `tuned` or `unseen`; none where the half holds no file of a language."""
    return [one for language in LANGUAGES for one in _file(half, language)]


def _file(half: str, language: str) -> list[Case]:
    path = FOLDER / f"{half}_{language}.yaml"
    if not path.exists():
        return []
    rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["cases"]
    return [
        Case(row["id"], row["text"], row["emergency"], row["category"], row["kind"], language, half)
        for row in rows
    ]
