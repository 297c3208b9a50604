"""The words by which English and Chinese deny, date, attribute and ask: context_en.yaml, context_zh.yaml."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import yaml

Expression = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Words:
    """One language.

    `breaks` end a clause, `turns` end the reach of a denial. `now` and `lasting` say that something is
    there; `past` and `dated` that it was; `carried` goes on with what was. `condition` opens what is only
    supposed, `consequence` closes it; `question` asks in general unless something is `told`; `general`
    marks a text about the subject as such.
    """

    breaks: Expression
    turns: Expression
    negation: Expression
    false_negation: Expression
    negation_after: Expression
    reaches: Callable[[str, str], bool]
    now: Expression
    lasting: Expression
    past: Expression
    dated: Expression
    dated_after: Expression
    carried: Expression
    family: Expression
    condition: Expression
    consequence: Expression
    question: Expression
    told: Expression
    general: Expression


_LIST_DENIALS = re.compile(r"den(?:y|ies|ied|ying)|negative|without|no (?:evidence|sign|history)")


def _english_reaches(denial: str, between: str) -> bool:
    """Over a list of short items; behind a plain "no" only where "or" shows that the list goes on."""
    items = re.split(r",|/|\band\b", between)
    if any(len(one.split()) > 5 for one in items):
        return False
    if len(items) == 1 or _LIST_DENIALS.search(denial):
        return True
    return bool(re.search(r"\b(?:or|nor)\b", between))


def _chinese_reaches(denial: str, between: str) -> bool:
    if denial in {"不", "未"}:
        return len(between) <= 2
    if denial in {"没", "没有"} and re.match(
        r"(?:力气|精神|胃口|吃|喝|睡|去|来|看|做|带|用|办法|打|管|人|敢|想|缓解|好转)", between
    ):
        return False
    if re.search(r"[，,]", between):
        return "、" in between and len(between) <= 12 or bool(re.search(r"[，,](?:也|亦)?[没无]", between))
    return len(re.split(r"[、和及或与跟]", between)[-1]) <= 7 and len(between) <= 30


_REACHES: dict[str, Callable[[str, str], bool]] = {"en": _english_reaches, "zh": _chinese_reaches}


@cache
def words_of(language: str) -> Words:
    """The words of a language, en or zh."""
    path = Path(__file__).with_name(f"context_{language}.yaml")
    told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    parts: dict[str, str] = told["parts"]

    def put(alternatives: list[str]) -> Expression:
        return re.compile(re.sub(r"\{([a-z]+)\}", lambda name: parts[name[1]], "|".join(alternatives)))

    names = [one.name for one in fields(Words) if one.name != "reaches"]
    return Words(reaches=_REACHES[language], **{name: put(told[name]) for name in names})
