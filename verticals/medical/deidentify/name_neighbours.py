"""Names found by other names: beside them in a list, and again elsewhere in the text."""

import re
from collections.abc import Iterable, Sequence

from verticals.medical.deidentify.lexicon import (
    LETTERS,
    is_ambiguous,
    is_family,
    is_medical,
    is_word,
    looks_like_word,
)
from verticals.medical.deidentify.name_words import EPONYM, PARTICLES, Token
from verticals.medical.deidentify.span import Span

_THREE = re.compile(
    rf"(?<![\w.-])(?P<a>[A-ZÀ-Þ][{LETTERS}'’-]+), (?P<b>[A-ZÀ-Þ][{LETTERS}'’-]+),? (?:and"
    rf"|&) (?P<c>[A-ZÀ-Þ][{LETTERS}'’-]+)"
)
_SIGN_OFF = re.compile(r"(?<![^\n])(?:Best|Love|Yours|Hugs|Cheers|Thanks),")
_LISTED_BEFORE = re.compile(r"(?:, and|,| and| &| or) $")
_LISTED_AFTER = re.compile(r"(?:, and|,| and| &| or) ")


def names_three(text: str) -> Iterable[Span]:
    """Three unknown words in a list, which are hardly drugs: "Zyx, Brandl and Okoye"."""
    for match in _THREE.finditer(text):
        words = [match[group] for group in ("a", "b", "c")]
        if not any(
            looks_like_word(one) or is_word(one) and not is_family(one) and not is_ambiguous(one)
            for one in words
        ):
            for group in ("a", "b", "c"):
                yield Span(match.start(group), match.end(group), "name", "name.three", 0.55)


def names_joined(text: str, tokens: Sequence[Token], found: Sequence[Span]) -> list[Span]:
    """Words beside a name in a list: "Okafor, Brandl and Zyx"."""
    taken = {at for span in found for at in range(span.start, span.end)}
    starts, ends = {span.start for span in found}, {span.end for span in found}
    more: list[Span] = []
    for _round in range(3):
        for token in tokens:
            if (
                token.start in taken
                or not (token.nameable or is_medical(token.text) and is_family(token.text))
                or looks_like_word(token.text)
                or _SIGN_OFF.match(text, token.start)
            ):
                continue
            before = _LISTED_BEFORE.search(text, max(0, token.start - 6), token.start)
            after = _LISTED_AFTER.match(text, token.end)
            if (before and before.start() in ends) or (after and after.end() in starts):
                more.append(Span(token.start, token.end, "name", "name.joined", 0.62))
                taken.update(range(token.start, token.end))
                starts.add(token.start)
                ends.add(token.end)
    return more


def names_again(text: str, tokens: Sequence[Token], found: Sequence[Span]) -> Iterable[Span]:
    sure = {
        part.lower()
        for span in found
        if span.score >= 0.85
        for part in re.split(r"[\s,.]+", text[span.start : span.end])
        if len(part) > 2 and (not is_word(part) or is_ambiguous(part)) and part.lower() not in PARTICLES
    }
    covered = {at for span in found for at in range(span.start, span.end)}
    for token in tokens:
        if token.capital and token.text.lower() in sure and token.start not in covered:
            after = text[token.end : token.end + 40]
            if not (EPONYM.match(after) and is_medical(token.text)):
                yield Span(token.start, token.end, "name", "name.again", 0.8)
