"""Red-flag rules: read from rules/*.yaml and lexicon.yaml, checked, and held ready."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from verticals.medical.triage.pattern import Pattern, PatternProblem, patterns_read

FOLDER = Path(__file__).with_name("rules")
LEXICON = Path(__file__).with_name("lexicon.yaml")
LANGUAGES = ("en", "zh")
CATEGORIES = (
    "airway", "breathing", "circulation", "chest_pain", "aortic", "embolism", "stroke", "seizure",
    "consciousness", "sepsis", "anaphylaxis", "haemorrhage", "abdomen", "renal", "pregnancy", "child",
    "self_harm", "poisoning", "burns", "temperature", "diabetic", "endocrine", "eye", "limb_spine", "general",
)  # fmt: skip
MEASURES = (
    "spo2", "systolic", "diastolic", "pulse", "respirations", "temperature", "gcs", "glucose", "potassium",
    "sodium", "lactate", "haemoglobin", "ketones", "calcium",
)  # fmt: skip
_KEYS = {"id", "category", "name", "citation", "ages", "sex", "en", "zh", "vitals", "examples"}


class RuleProblem(ValueError):
    """A rule that cannot be used; the message names file and rule."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A measure beyond which the rule fires, for ages in years from `ages[0]` to below `ages[1]`."""

    measure: str
    below: float | None
    above: float | None
    ages: tuple[float, float]

    def crossed(self, value: float) -> bool:
        return (self.below is not None and value < self.below) or (
            self.above is not None and value > self.above
        )


@dataclass(frozen=True, slots=True)
class Examples:
    fires: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A red flag. `ages`: years from and below which it holds; `sex`: "" for both."""

    id: str
    category: str
    name: Mapping[str, str]
    citation: str
    ages: tuple[float, float] | None
    sex: str
    patterns: Mapping[str, tuple[Pattern, ...]]
    thresholds: tuple[Threshold, ...]
    examples: Mapping[str, Examples]


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """All rules of the tree, in the order of their files."""
    return tuple(rules_read(FOLDER, LEXICON))


def rules_read(folder: Path, lexicon: Path) -> Iterator[Rule]:
    """Rules of a folder. Raises RuleProblem where one is not whole."""
    macros = yaml.safe_load(lexicon.read_text(encoding="utf-8"))
    seen: set[str] = set()
    for path in sorted(folder.glob("*.yaml")):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            try:
                rule = _rule(row, macros)
            except (KeyError, TypeError, ValueError, PatternProblem) as problem:
                raise RuleProblem(f"{path.name}, rule {row.get('id', '?')}: {problem}") from problem
            if rule.id in seen:
                raise RuleProblem(f"{path.name}: the rule {rule.id} is there twice.")
            seen.add(rule.id)
            yield rule


def _rule(row: dict[str, Any], macros: Mapping[str, Mapping[str, str]]) -> Rule:
    if unknown := set(row) - _KEYS:
        raise RuleProblem(f"unknown keys: {', '.join(sorted(unknown))}")
    if row["category"] not in CATEGORIES:
        raise RuleProblem(f"unknown category {row['category']}")
    if not row["citation"].strip() or set(row["name"]) != set(LANGUAGES):
        raise RuleProblem("a rule needs a citation and a name in each language")
    patterns = {
        language: tuple(
            pattern
            for one in _lines(row.get(language))
            for pattern in patterns_read(one, language, macros[language])
        )
        for language in LANGUAGES
    }
    examples = row["examples"]
    return Rule(
        id=row["id"],
        category=row["category"],
        name=row["name"],
        citation=row["citation"].strip(),
        ages=_ages(row["ages"]) if "ages" in row else None,
        sex=row.get("sex", ""),
        patterns=patterns,
        thresholds=tuple(_threshold(one) for one in row.get("vitals", ())),
        examples={
            language: Examples(
                tuple(_lines(examples[language]["fires"])), tuple(_lines(examples[language]["silent"]))
            )
            for language in LANGUAGES
        },
    )


def _lines(block: str | None) -> list[str]:
    return [line.strip() for line in (block or "").splitlines() if line.strip()]


def _threshold(row: dict[str, Any]) -> Threshold:
    if row["measure"] not in MEASURES or not ({"below", "above"} & set(row)):
        raise RuleProblem(f"a threshold needs a known measure, and below or above: {row}")
    ages = _ages(row["ages"]) if "ages" in row else (0.0, 150.0)
    return Threshold(row["measure"], row.get("below"), row.get("above"), ages)


def _ages(pair: list[float]) -> tuple[float, float]:
    low, high = pair
    return float(low), float(high)
