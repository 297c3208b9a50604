"""Addresses by their last part, a country or state with a postal code, and what stands beside a street."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from verticals.medical.deidentify.lexicon import is_place, is_word
from verticals.medical.deidentify.span import Span
from verticals.medical.deidentify.street_words import (
    CODE,
    COUNTRY,
    FOREIGN_WORD,
    REMARK,
    SMALL,
    SMALL_WORD,
    STATES,
    UNIT_WORD,
)

_END = re.compile(
    rf"(?<![\w-])(?:(?P<one>[^\W\d_]{{4,}}){REMARK}|{COUNTRY}|(?P<state>{STATES})),? {CODE}"
    r"(?=\s*(?:$|[\n.,;:!?)]|[a-z(]))"
)
# a country, a code alone, a number: "Avenida 8 N° 623", "Rezende / MG"
_PART_AFTER = re.compile(
    rf"\s*,?\s*{COUNTRY}(?:,? {CODE})?|,? {CODE}(?=\s*(?:$|[\n.,;:!?)]))"
    r"| [Nn][ro]?[.°º] ?\d{1,5}\b| / [A-Z]{2}\b"
)
# "12 ", "2917 4/99/", "4/25/"
_NUMBER_BEFORE = re.compile(
    r"(?<![\w./:,-])(?<!\d )(?:[Ss]ố )?\d{1,5}(?: \d{1,5})?(?:(?:/\d{1,4}){0,3},? |(?:/\d{1,4}){0,3}/)$"
)
# "near Hilda and Sofienhøjgade 7"
_CORNER_LEAD = (
    r"((?:^|\n ?|[:>?] ?|\d,? |, (?:and|or) "
    r"|\b(?:at|on|near|to|by|of|is|in|from|over|via|around|[Ww]here['’]s) ))"
)
_SURE_NUMBER = re.compile(r"0\d|\d{4}")  # hardly a count of something
# a country without a code
_COUNTRY_END = re.compile(
    rf"[,\n]\s{{0,4}}(?P<id>{COUNTRY}|(?P<one>[^\W\d_]{{4,}}))(?!\w)(?=\s*(?:$|[\n.,;:!?)]|[a-z]))"
)
_CORNER_BEFORE = re.compile(
    rf"{_CORNER_LEAD}[^\W\d_a-zß-ÿ][\w'’.-]*(?: (?:{SMALL_WORD} )*[^\W\d_a-zß-ÿ][\w'’.-]*){{0,3}} and $"
)
_STREET = re.compile(rf"(?:{FOREIGN_WORD})(?!\w)")
_UNIT = re.compile(rf"(?i:{UNIT_WORD})")
_STARTS = frozenset(
    ("i", "it", "he", "she", "we", "they", "my", "our", "the", "and", "to", "is", "was", "in", "at", "on")
)
_LEAD = re.compile(r"(?<![^\s>])((?:\d|[^\W\d_a-zß-ÿ])[\w/'’#-]*)[.,]? $")
LEAD_MAX, LEAD_CHARS = 6, 30
PARTS_MAX, CHARS_MAX = 5, 160
GAP_MAX, WORDS_MAX = 45, 6  # characters and words between two parts of one address
SCORE_WIDENED = 0.6  # of an address that takes the number before it along


def addresses_by_end(text: str) -> Iterable[Span]:
    """What stands before a country or a state with a postal code, back to the first part with a number."""
    for match in _END.finditer(text):
        if match["one"] and not is_place(match["one"]):
            continue
        start = _start(text, match.start())
        if start < match.start() or not match["state"]:
            yield Span(start, match.end(), "address", "address.end", 0.68)


def addresses_by_country(text: str) -> Iterable[Span]:
    """What stands before a country without a code, where a number and a word in no list are in it."""
    for match in _COUNTRY_END.finditer(text):
        if match["one"] and not is_place(match["one"]):
            continue
        start = _start(text, match.start("id"))
        part = text[start : match.start()]
        words = re.findall(r"[^\W\d_]{3,}", part)
        if re.search(r"\d", part) and any(not is_word(word) and not is_place(word) for word in words):
            yield Span(start, match.end(), "address", "address.country", 0.6)


def _start(text: str, end: int) -> int:
    """The start of the earliest part that has a number, or else of the town right before `end`."""
    stop, start = end, end
    for _part in range(PARTS_MAX):
        floor = max(0, end - CHARS_MAX, *(text.rfind(mark, 0, stop) + 1 for mark in ",\n"))
        begin = _stretch(text, floor, stop)
        part = text[begin:stop]
        if any(one.isdigit() for one in part) or _STREET.match(part) or (start == end and part.strip()):
            start = begin
        if text[floor:begin].strip() or floor == 0:
            break
        stop = floor - 1
    return start


def _stretch(text: str, floor: int, stop: int) -> int:
    """The start of the words at the end of text[floor:stop] that may be part of an address."""
    at = stop
    for word in reversed(list(re.finditer(r"\S+", text[floor:stop]))):
        plain = word[0].strip(".()")
        if word[0][-1] in ":;?!" or not (
            plain[:1].isupper() or plain[:1].isdigit() or plain.lower() in SMALL or _UNIT.fullmatch(plain)
        ):
            break
        at = floor + word.start()
    while (small := re.match(r"\S+\s+", text[at:stop])) and small[0].strip().lower() in SMALL:
        at += small.end()
    return at


def addresses_widened(text: str, spans: Sequence[Span]) -> list[Span]:
    """Addresses with a number right before them, and a country or a code after; those that touch are one."""
    merged = _merged(text, [_widened(text, span) for span in spans])
    return [_widened(text, span) for span in merged]


def _widened(text: str, span: Span) -> Span:
    start = span.start
    before = _NUMBER_BEFORE.search(text, max(0, start - 20), start)
    if before and (span.score >= SCORE_WIDENED or _SURE_NUMBER.match(before[0])):
        start = before.start()
    elif span.score >= SCORE_WIDENED:
        start = _numbers_before(text, start)
    if corner := _CORNER_BEFORE.search(text, max(0, start - 40), start):
        start = corner.end(1)
    end = span.end
    while after := _PART_AFTER.match(text, end):
        end = after.end()
    return replace(span, start=start, end=end)


def _numbers_before(text: str, at: int) -> int:
    """The start of what leads to a street on its line, from its first number: "75/081, Peri Suite 7"."""
    start = at
    for _word in range(LEAD_MAX):
        word = _LEAD.search(text, max(0, at - LEAD_CHARS), at)
        if word is None or is_word(word[1]):
            break
        at = word.start(1)
        start = at if any(one.isdigit() for one in word[1]) else start
    return start


def _merged(text: str, spans: Sequence[Span]) -> list[Span]:
    """Addresses that overlap, or have only words of addresses between them, as one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        last = merged[-1] if merged else None
        if last and (span.start < last.end or _joins(text[last.end : span.start])):
            best = max(last, span, key=lambda one: one.score)
            merged[-1] = replace(best, start=last.start, end=max(last.end, span.end))
        else:
            merged.append(span)
    return merged


def _joins(gap: str) -> bool:
    if not gap or len(gap) > GAP_MAX or gap.count(".") > 1 or "\n\n" in gap:
        return False
    if re.fullmatch(r" \w+[ \t]*\n[ \t]*", gap):
        return True  # "2 Michelle Ride\n Apt. 837"
    words = re.findall(r"[^\s,]+", gap)
    return len(words) <= WORDS_MAX and not any(_sentence(word) for word in words)


def _sentence(word: str) -> bool:
    """Whether a word between two addresses is of a sentence and not of an address."""
    plain = word.strip(".").lower()
    # of no list: "Schin op Geul", "Lenart v Slovenskih goricah"
    part = word[0].isupper() or word[0].isdigit() or plain in SMALL or not is_word(plain)
    return not part or plain in _STARTS or word[-1] in ".:;?!" and len(word) > 4
