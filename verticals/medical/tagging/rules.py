"""The rules of context as data: read once from rules/en.yaml and rules/zh.yaml, and checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "rules"
LANGUAGES = ("en", "zh")
SET = ("negated", "uncertain", "hypothetical", "family", "historical")
KEYS = {"id", "context", "reach", "patterns", "within", "commas", "soft", "steady", "inside", "leads", "ends"}
_LIST = re.compile(r"\{([a-z]+)\}")
_CAPITAL = re.compile(r"(?<!\\)[A-Z]")


class RuleProblem(ValueError):
    """A rule cannot be used; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that set or end a context; the head of rules/en.yaml says what the fields mean."""

    id: str
    context: str  # one of SET, or `affirmed`, `none` or `end`
    pattern: re.Pattern[str]  # of texts in small letters
    reach: str = "after"
    within: int | None = None
    commas: str = ""
    soft: bool = False
    steady: bool = False
    inside: bool = False
    leads: bool = False
    ends: tuple[str, ...] = ()


Rules = tuple[Rule, ...]


@cache
def rules_of(language: str) -> Rules:
    """The rules of `en` or `zh`."""
    return rules_read((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), language)


def rules_read(text: str, language: str) -> Rules:
    """Rules from YAML. Raises RuleProblem."""
    data = yaml.safe_load(text)
    words = {name: re.sub(r"\s*\n?\s*\|\s*", "|", value) for name, value in data.get("words", {}).items()}
    rules = tuple(_rule(row, words, language) for row in data["rules"])
    names = [rule.id for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RuleProblem(f"The rule {twice[0]} is there twice.")
    return rules


def _rule(row: Mapping[str, Any], words: Mapping[str, str], language: str) -> Rule:
    name = str(row.get("id", "without id"))
    if unknown := sorted(set(row) - KEYS):
        raise RuleProblem(f"The rule {name} has an unknown field: {unknown[0]}.")
    if row.get("context") not in (*SET, "affirmed", "none", "end"):
        raise RuleProblem(f"The rule {name} sets no known context.")
    if row.get("reach", "after") not in ("after", "before", "around"):
        raise RuleProblem(f"The rule {name} reaches neither after, before nor around its words.")
    fields = {key: row[key] for key in KEYS - {"patterns", "ends"} if key in row}
    return Rule(
        **fields,
        pattern=_pattern(name, row["patterns"].splitlines(), words, language),
        ends=tuple(row.get("ends", ())),
    )


def _pattern(name: str, patterns: list[str], words: Mapping[str, str], language: str) -> re.Pattern[str]:
    def filled(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise RuleProblem(f"The rule {name} names a word list that there is not: {match[1]}.")
        return f"(?:{words[match[1]]})"

    whole = "|".join(f"(?:{_LIST.sub(filled, one)})" for one in patterns)
    # Chinese has no spaces between words; in English a trigger is never a part of one.
    bounded = whole if language == "zh" else rf"(?:(?<![\w])|(?<=[_])|(?=\W))(?:{whole})(?:(?!\w)|(?<=\W))"
    try:
        # Texts are lowered before; that is twice as quick as matching without regard to case.
        return re.compile(_CAPITAL.sub(lambda match: match[0].lower(), bounded))
    except re.error as error:
        raise RuleProblem(f"A pattern of the rule {name} is no regular expression: {error}.") from error
