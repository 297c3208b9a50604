"""What is looked at grows with a text, not with its square: of any text, and whatever it repeats."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from verticals.medical.triage import context, pattern, spelling
from verticals.medical.triage.context_words import Words, words_of
from verticals.medical.triage.text import view_of

REPEATED = [
    ("en", "chest pain ", "chest pain"),
    ("en", "no fever, no cough, no chest pain, no rash, ", "chest pain"),
    ("en", "no, chest pain ", "chest pain"),
    ("en", "last year, had chest pain, ", "chest pain"),
    ("en", "if chest pain ", "chest pain"),
    ("zh", "没有胸痛，", "胸痛"),
    ("zh", "无胸痛，无发热、", "胸痛"),
]


class Counted:
    """An expression that counts the characters that it is given to look at."""

    def __init__(self, expression: Any, seen: list[int]) -> None:
        self._expression, self._seen = expression, seen

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def called(text: str, first: int = 0, last: int | None = None) -> Any:
            last = len(text) if last is None else last
            self._seen.append(max(0, last - first))
            asked = getattr(self._expression, name)
            return asked(text) if name == "split" else asked(text, first, last)

        return called


def counted(language: str, seen: list[int]) -> Words:
    words = words_of(language)

    def reaches(denial: str, between: str) -> bool:
        seen.append(len(between))
        return words.reaches(denial, between)

    names = [one.name for one in fields(Words) if one.name != "reaches"]
    return replace(words, reaches=reaches, **{name: Counted(getattr(words, name), seen) for name in names})


@pytest.mark.parametrize(("language", "unit", "mention"), REPEATED)
def test_the_contexts_of_all_mentions_are_found_in_a_bounded_look_for_each(
    language, unit, mention, monkeypatch
):
    seen: list[int] = []
    words = counted(language, seen)
    monkeypatch.setattr(context, "words_of", lambda _language: words)
    monkeypatch.setattr(context, "SENTENCE_END", Counted(context.SENTENCE_END, seen))
    looked = []
    for count in (200, 400):
        seen.clear()
        text = unit * count
        for at in range(count):
            start = at * len(unit) + unit.index(mention)
            context.context_of(text, start, start + len(mention), language)
        looked.append(sum(seen))
    assert looked[1] < 2.5 * looked[0]
    assert looked[1] < 15_000 * 400


def test_a_context_is_found_once_for_a_place(monkeypatch):
    text = "She has had chest pain since noon, once more told and seen once."
    start = text.index("chest pain")
    first = context.context_of(text, start, start + 10, "en")
    monkeypatch.setattr(context._Text, "_context", lambda *_: pytest.fail("looked for again"))
    assert context.context_of(text, start, start + 10, "en") is first


@pytest.mark.parametrize(
    ("far", "negated"), [(context.DENIAL_REACH_CHARS // 2, True), (context.DENIAL_REACH_CHARS, False)]
)
def test_a_denial_reaches_over_a_long_list_but_not_over_pages(far, negated):
    text = "he denies " + "aches, " * (far // 7) + "or chest pain"
    start = text.index("chest pain")
    assert context.context_of(text, start, start + 10, "en").negated is negated


def test_parts_of_a_pattern_are_compared_with_those_that_are_near_alone(monkeypatch):
    calls: list[int] = []
    apart = pattern._apart
    monkeypatch.setattr(pattern, "_apart", lambda *spans: calls.append(1) or apart(*spans))
    (one,) = pattern.patterns_read("chest ~ fever ~ rash", "en", {})
    text = view_of("chest fever " * 400 + "x" * 200 + " rash")
    assert one.find(text, lambda _start, _end: True) is None
    assert len(calls) < 400 * 30


def test_the_parts_that_are_near_are_those_within_the_distance():
    others = [(0, 2), (5, 9), (12, 14), (30, 31)]
    for most in range(12):
        for one in ((9, 12), (20, 22), (3, 4)):
            near = [other for other in others if pattern._apart(one, other) <= most]
            assert pattern._near(one, others, most) == near


def test_a_chinese_text_is_compared_with_key_words_that_may_begin_there_alone(monkeypatch):
    calls: list[int] = []
    sounds = spelling._sounds
    monkeypatch.setattr(spelling, "_sounds", lambda *pair: calls.append(1) or sounds(*pair))
    text = "我头很痛，今天走路去上班，晚上吃了饭。" * 50
    assert spelling.spelt(view_of(text), "zh") == []
    assert len(calls) < 15 * len(text)
