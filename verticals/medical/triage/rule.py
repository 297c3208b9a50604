"""Red-flag rules: read from rules/*.yaml and lexicon.yaml, checked, and held ready."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from verticals.medical.triage.concepts import expressions
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
_KEYS = {
    "id",
    "category",
    "name",
    "citation",
    "ages",
    "sex",
    "en",
    "zh",
    "en_signs",
    "zh_signs",
    "concepts",
    "vitals",
    "examples",
}


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
    """A red flag. `ages`: years from and below which it holds; `sex`: "" for both.

    A pattern of `patterns`, a threshold, or all of a set of `concepts` together alarm by themselves; the
    patterns of `signs` are weighed by the model.
    """

    id: str
    category: str
    name: Mapping[str, str]
    citation: str
    ages: tuple[float, float] | None
    sex: str
    patterns: Mapping[str, tuple[Pattern, ...]]
    signs: Mapping[str, tuple[Pattern, ...]]
    concepts: tuple[tuple[str, ...], ...]
    thresholds: tuple[Threshold, ...]
    examples: Mapping[str, Examples]


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """All rules of the tree, in the order of their files."""
    return tuple(rules_read(FOLDER, LEXICON))


def rules_read(folder: Path, lexicon: Path) -> Iterator[Rule]:
    """Rules of a folder. Raises RuleProblem where one is not whole."""
    macros = yaml.load(lexicon.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    seen: set[str] = set()
    for path in sorted(folder.glob("*.yaml")):
        for row in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
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
    examples = row["examples"]
    return Rule(
        id=row["id"],
        category=row["category"],
        name=row["name"],
        citation=row["citation"].strip(),
        ages=_ages(row["ages"]) if "ages" in row else None,
        sex=row.get("sex", ""),
        patterns={one: _patterns(row.get(one), one, macros) for one in LANGUAGES},
        signs={one: _patterns(row.get(f"{one}_signs"), one, macros) for one in LANGUAGES},
        concepts=tuple(_concepts(line) for line in _lines(row.get("concepts"))),
        thresholds=tuple(_threshold(one) for one in row.get("vitals", ())),
        examples={
            language: Examples(
                tuple(_lines(examples[language]["fires"])), tuple(_lines(examples[language]["silent"]))
            )
            for language in LANGUAGES
        },
    )


def _patterns(
    block: str | None, language: str, macros: Mapping[str, Mapping[str, str]]
) -> tuple[Pattern, ...]:
    return tuple(
        pattern for line in _lines(block) for pattern in patterns_read(line, language, macros[language])
    )


def _concepts(line: str) -> tuple[str, ...]:
    """The concepts of "means & suicide", all of which concepts.yaml must name."""
    names = tuple(name.strip() for name in line.split("&"))
    if unknown := set(names) - set(expressions("en")):
        raise RuleProblem(f"unknown concepts: {', '.join(sorted(unknown))}")
    return names


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
