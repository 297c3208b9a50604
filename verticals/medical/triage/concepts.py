"""What a text names: the concepts of concepts.yaml, each there, asked about, or not there (denied, past)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from re import Pattern

import yaml

from verticals.medical.triage.context import Context, context_of
from verticals.medical.triage.pattern import expression_read

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "zh")
THERE, ASKED, ABSENT = "+", "?", "-"


def concepts_found(text: str, language: str) -> dict[str, tuple[int, int]]:
    """The first place of each concept of a text in small letters, by its name with a mark behind it."""
    found: dict[str, tuple[int, int]] = {}
    for name, expression in expressions(language).items():
        for match in expression.finditer(text):
            if match.end() > match.start():
                found.setdefault(name + _mark(context_of(text, *match.span(), language)), match.span())
    return found


def _mark(context: Context) -> str:
    if context.present:
        return THERE
    return ABSENT if context.negated or context.historical or context.family else ASKED


@cache
def expressions(language: str) -> Mapping[str, Pattern[str]]:
    """How the texts of a language name each concept."""
    concepts = _loaded("concepts.yaml")
    macros = _loaded("lexicon.yaml")[language]
    return {name: expression_read(told[language], language, macros) for name, told in concepts.items()}


def _loaded(name: str) -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.load(
        (FOLDER / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return loaded
