"""What the model sees of a text: pieces of it, concepts alone and in pairs, and the rules that fired.

Pieces and letters belong to a language; concepts, pairs and signs mean the same in both. Letters are parts of
English words and Chinese syllables by their sound, so that a slip of spelling leaves most of them.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from verticals.medical.triage.concepts import ABSENT, ASKED, THERE
from verticals.medical.triage.spelling import sounded
from verticals.medical.triage.vitals import Age, Reading, level_of

Traits = Mapping[str, Collection[str]]
# Of each block the value of a trait, and whether the traits of a text share it, so that a long text counts
# no more than a short one. Chosen by cross-validation on the tuned texts.
SHARES: Mapping[str, tuple[float, bool]] = {
    "pieces": (18.0, True), "letters": (14.0, True), "concepts": (0.3, False), "pairs": (8.0, True),
    "signs": (0.4, False),
}  # fmt: skip
# Concepts that speak for no emergency where they are there; the others speak for one.
CALM = frozenset({
    "advice", "better", "brief", "clinic_routine", "dated", "errand", "figure_of_speech", "gets_by",
    "lasting", "learning", "mild", "normal_words", "prevention", "relative_past", "stable",
    "tests_normal", "told_benign", "trigger_known", "well",
})  # fmt: skip
_ENGLISH_TOKEN = re.compile(r"[a-z][a-z']*|\d+(?:[./]\d+)*|[?!]")
_CHINESE_CUT = re.compile(r"[，。；！,.;!\s：:、]+")
_ENGLISH_WORD = re.compile(r"[a-z]{4,}")
_SOMEBODY = re.compile(
    r"\b(?:my|our|his|her|he|she|he's|she's|him|i'm|i've|me)\b"
    r"|[我他她][妈爸哥姐弟妹爷奶姥姨舅叔婶姑公婆老儿女孙家们]?|孩子|宝宝|娃|室友|同事|邻居|旁边|这会儿|现在|刚才|刚刚"
)
_DIGIT = re.compile(r"\d")
_RULES_MAX, _PATTERNS_MAX, _NAMED_MAX, _LENGTHS = 6, 10, 8, 7
_CALM_MAX, _GRAVE_MAX, _BALANCE_MAX = 5, 7, 4
_LENGTH_STEP = {"en": 60, "zh": 20}


@dataclass(frozen=True, slots=True)
class Fired:
    """What rules found in a text: the ids of those that fired and how many of their patterns did."""

    rules: Collection[str]
    patterns: int


def traits_of(
    text: str,
    language: str,
    concepts: Collection[str],
    fired: Fired,
    readings: Iterable[Reading],
    age: Age | None,
) -> Traits:
    """The traits of a text in small letters whose slips are put right, by block; `concepts`: with marks."""
    named = sorted(concepts)
    pairs = [f"{one}&{other}" for one, other in combinations(named, 2) if one[:-1] != other[:-1]]
    return {
        "pieces": [f"{language}:{one}" for one in sorted(set(_pieces(text, language)))],
        "letters": [f"{language}:{one}" for one in sorted(set(_letters(text, language)))],
        "concepts": named,
        "pairs": pairs,
        "signs": sorted(set(_signs(text, language, named, fired, list(readings), age))),
    }


def _pieces(text: str, language: str) -> Iterator[str]:
    if language == "zh":
        for clause in _CHINESE_CUT.split(_DIGIT.sub("0", text)):
            yield from (
                clause[at : at + size] for size in (1, 2, 3, 4) for at in range(len(clause) - size + 1)
            )
        return
    words = ["0" * len(one) if one[0].isdigit() else one for one in _ENGLISH_TOKEN.findall(text)]
    for size in (1, 2, 3):
        yield from ("_".join(words[at : at + size]) for at in range(len(words) - size + 1))


def _letters(text: str, language: str) -> Iterator[str]:
    if language == "zh":
        for clause in _CHINESE_CUT.split(sounded(text)):
            yield from (clause[at : at + size] for size in (2, 3) for at in range(len(clause) - size + 1))
        return
    for word in _ENGLISH_WORD.findall(text):
        closed = f"<{word}>"
        yield from (closed[at : at + size] for size in (4, 5) for at in range(len(closed) - size + 1))


def _signs(
    text: str, language: str, named: list[str], fired: Fired, readings: list[Reading], age: Age | None
) -> Iterator[str]:
    yield from (f"rule:{one}" for one in fired.rules)
    yield from (f"rules:{at}" for at in range(1, min(len(fired.rules), _RULES_MAX) + 1))
    yield from (f"patterns:{at}" for at in range(1, min(fired.patterns, _PATTERNS_MAX) + 1))
    levels = {level_of(one) for one in readings}
    yield from (f"{one.measure} {level_of(one)}" for one in readings)
    if len(levels) == 1:
        yield f"all measures {levels.pop()}"
    if age:
        yield "age:" + (
            "baby" if age.years < 1 else "child" if age.years < 12 else "adult" if age.years < 65 else "old"
        )
    if "?" in text or "？" in text:
        yield "question"
    yield from (f"length:{at}" for at in range(1, _LENGTHS + 1) if len(text) > at * _LENGTH_STEP[language])
    yield f"language:{language}"
    for mark in (THERE, ASKED, ABSENT):
        count = sum(one.endswith(mark) for one in named)
        yield from (f"named{mark}{at}" for at in range(1, min(count, _NAMED_MAX) + 1))
    yield from _balance(named)
    yield from _asked(text, named)


def _balance(named: list[str]) -> Iterator[str]:
    """How much of what is there calms and how much does not, and what is there with nothing that calms."""
    there = [one.removesuffix(THERE) for one in named if one.endswith(THERE)]
    grave = [one for one in there if one not in CALM]
    calm = len(there) - len(grave)
    yield from (f"calm:{at}" for at in range(1, min(calm, _CALM_MAX) + 1))
    yield from (f"grave:{at}" for at in range(1, min(len(grave), _GRAVE_MAX) + 1))
    yield f"grave beyond calm:{max(-_BALANCE_MAX, min(len(grave) - calm, _BALANCE_MAX))}"
    if not calm:
        yield "nothing calms"
        yield from (f"nothing calms:{one}" for one in grave)


def _asked(text: str, named: list[str]) -> Iterator[str]:
    """How much is asked about, and whether of somebody: a person in danger may be told of as a question."""
    grave = [one for one in named if one.endswith(ASKED) and one.removesuffix(ASKED) not in CALM]
    if not grave:
        return
    somebody = bool(_SOMEBODY.search(text))
    calm = any(one.endswith(THERE) and one.removesuffix(THERE) in CALM for one in named)
    about = f"asked {'of somebody' if somebody else 'in general'}{'' if calm else ', nothing calms'}"
    yield from (f"asked:{at}" for at in range(1, min(len(grave), _GRAVE_MAX) + 1))
    yield from (f"{about}:{at}" for at in range(1, min(len(grave), _GRAVE_MAX) + 1))
