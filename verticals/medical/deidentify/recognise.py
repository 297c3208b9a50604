"""All recognisers over one text, their findings settled."""

import re
import unicodedata

from collegium.sdk.language import words_supported
from verticals.medical.deidentify.addresses import addresses_find
from verticals.medical.deidentify.dates import AGE_RULES, dates_find
from verticals.medical.deidentify.foreign_scripts import foreign_find
from verticals.medical.deidentify.names_en import english_names_find
from verticals.medical.deidentify.names_zh import chinese_names_find
from verticals.medical.deidentify.numbers import NUMBER_RULES
from verticals.medical.deidentify.organisations import organisations_find
from verticals.medical.deidentify.span import Span, spans_settle

_FULL_WIDTH = {ord("０") + at: ord("0") + at for at in range(10)} | {
    ord("＠"): "@",
    ord("．"): ".",
    ord("－"): "-",
}
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)  # as mail quotes the lines of another
_HAN = re.compile("[一-鿿]")
LETTERS_TOLD = 20  # from so many on the language of a text is looked at
SHARE_READABLE = 1 / 3  # of the letters of a text, so that a foreign address in an English one is read


class TextUnreadable(ValueError):
    """The recognisers do not read a text's script or language: nothing can be said of what is in it."""


def identifiers_find(text: str) -> list[Span]:
    """Every identifier of an English or Chinese text, without overlap, in order.

    Raises: TextUnreadable where most letters are neither Latin nor Chinese, or the language is another.
    """
    _readable(text)
    # one character for one, so that places stay
    plain = _QUOTED.sub(lambda mark: " " * len(mark[0]), text.translate(_FULL_WIDTH))
    found = [span for rule in (*NUMBER_RULES, *AGE_RULES) for span in rule.spans(plain)]
    found += [
        *dates_find(plain),
        *addresses_find(plain),
        *organisations_find(plain),
        *english_names_find(plain),
        *foreign_find(plain),
    ]
    if _HAN.search(plain):
        found += chinese_names_find(plain)
    return spans_settle(plain, _without_names_of_streets(found))


def _without_names_of_streets(spans: list[Span]) -> list[Span]:
    """All but names that stand inside an address, such as "Keller" in "12 Keller Street"."""
    addresses = [one for one in spans if one.kind == "address"]
    return [
        span
        for span in spans
        if span.kind != "name"
        or not any(
            one.start <= span.start and span.end <= one.end and span.end - span.start < one.end - one.start
            for one in addresses
        )
    ]


def _readable(text: str) -> None:
    letters = [one for one in text if one.isalpha()]
    known = sum(
        1
        for one in letters
        if _HAN.match(one) or unicodedata.name(one, "").startswith(("LATIN", "FULLWIDTH"))
    )
    if len(letters) >= LETTERS_TOLD and known < SHARE_READABLE * len(letters):
        raise TextUnreadable(
            "Only English and Chinese text can be de-identified; most letters of this text are of "
            "another script. "
            "Leave it out, or translate it first."
        )
    if len(letters) >= LETTERS_TOLD and not words_supported(text):
        raise TextUnreadable(
            "Only English and Chinese text can be de-identified; this text is in another language. "
            "Leave it out, or translate it first."
        )
