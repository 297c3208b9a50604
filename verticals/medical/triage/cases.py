"""Texts with the answer that they should get: cases/HALF_LANGUAGE.yaml.

`tuned` is what rules and model are made from, `unseen` what measures them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """All cases of a half, `tuned` or `unseen`."""
    return [one for language in LANGUAGES for one in _file(half, language)]


def _file(half: str, language: str) -> list[Case]:
    loaded = yaml.safe_load((FOLDER / f"{half}_{language}.yaml").read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = loaded["cases"] if "cases" in loaded else _listed(loaded, language)
    return [
        Case(row["id"], row["text"], row["emergency"], row["category"], row["kind"], language, half)
        for row in rows
    ]


def _listed(loaded: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """The short form: category -> emergency or other -> a text a line."""
    return [
        {"id": f"{language}-{category}-{name}-{at}", "text": text.strip(), "emergency": name == "emergency",
         "category": category, "kind": ""}
        for category, parts in loaded.items()
        for name in ("emergency", "other")
        for at, text in enumerate((parts.get(name) or "").splitlines()) if text.strip()
    ]  # fmt: skip
