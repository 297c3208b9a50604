"""Rules for a town with its postal code, and for a code that the text names as one."""

import re

from verticals.medical.deidentify.lexicon import LETTERS, is_medical, is_place, is_word, looks_like_word
from verticals.medical.deidentify.span import PatternRule
from verticals.medical.deidentify.street_tail import PLACE_WORDS
from verticals.medical.deidentify.street_words import CODE, SMALL, SMALL_WORD, STATES, UK_POSTCODE

_CAPITAL = r"[^\W\d_a-zß-ÿ][\w'’-]{2,40}"
_CAPITAL_WORD = r"[^\W\d_a-zß-ÿ][\w'’]{2,40}"  # that another may follow with a hyphen
_IN = r"\b(?:in|to|from|near|at|of|around|outside) "
_NO_YEAR = r"(?!(?:1[89]|20)\d\d\b)"
_END = r"(?=\s*(?:$|\n|[.,;?!]))"
# a sentence, not a measure
_GOES_ON = (
    r"(?= (?!(?:mg|ml|mcg|ng|kg|km|iu|kcal|units?|cells?|copies|steps?|times|doses?|tablets?|patients|people"
    r"|per|days|weeks|years|hours|miles|dollars|euros|pounds)\b)[a-z]{2,})"
)


def place_named(text: str) -> bool:
    """Whether a word is in no list of words, and has a capital where the text has any."""
    words = re.findall(rf"[{LETTERS}]{{2,}}", text)
    return any((word[0].isupper() or text.islower()) and not is_word(word) for word in words)


def _place_code(text: str) -> bool:
    """Whether a place stands before a code: "Platelets 150000" is none."""
    words = re.findall(r"[^\W\d_]+", text)
    return all(is_place(word) or not (is_word(word) or looks_like_word(word)) for word in words) or _town(
        text
    )


def _town(text: str) -> bool:
    """Whether words name a town: "East Dovilė", "TEN BOER"; no word of it is of a sentence."""
    words = [word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in SMALL]
    named = [word for word in words if not is_word(word) and not looks_like_word(word)]
    return bool(named) and all(
        word in named or is_place(word) or word.lower() in PLACE_WORDS or word.isupper() for word in words
    )


def _street_lived_on(text: str) -> bool:
    return place_named(text) and not any(is_medical(word) for word in text.split())


TOWN_RULES: tuple[PatternRule, ...] = (
    PatternRule(
        "address",
        "address.town_code",
        re.compile(
            r"[A-Z][a-z'’-]{1,40}(?: [A-Z][a-z'’-]{1,40}){0,4}, "
            rf"(?:{STATES}) \d{{5}}(?:-\d{{4}})?\b"
        ),
        0.8,
    ),
    PatternRule(
        "address",
        "address.place_code",
        re.compile(
            rf"(?<!\w)(?:(?:St|TP)\. )?{_CAPITAL}(?: (?:{SMALL_WORD} )?{_CAPITAL}){{0,3}}"
            rf"(?: \(\w+\)|, [A-Z]{{1,2}}(?= ))?,? {CODE}{_END}"
        ),
        0.56,
        _place_code,
    ),
    PatternRule(
        "address",
        "address.code_brazil",
        re.compile(rf"\d{{5}}-?\d{{3}} (?:{SMALL_WORD} )?[^\W\d_a-zß-ÿ][\w'’ -]{{2,40}}? / [A-Z]{{2}}\b"),
        0.7,
    ),
    PatternRule(
        "address",
        "address.town_lines",  # town, state and code on three lines, the state with a comma before it
        re.compile(
            r"(?:^|\n) {0,4}(?P<id>[^\W_][^\n;:?!]{2,40} {0,4}\n {0,4}, ?"
            rf"(?:nan|[A-Z]{{1,3}})? {{0,4}}\n {{0,4}}(?:[^\W\d_]{{2}} |(?:{_CAPITAL} ){{0,3}}){CODE})"
        ),
        0.7,
    ),
    PatternRule(
        "address",
        "address.town_state",  # a line of its own
        re.compile(rf"\n {{0,4}}(?P<id>[^\W\d_a-zß-ÿ][^\n,;:?!\d]{{2,40}}, (?:nan|[A-Z]{{2}}),? {CODE})"),
        0.7,
    ),
    PatternRule(
        "address",
        "address.code_first",
        re.compile(rf"{_IN}(?P<id>{_NO_YEAR}{CODE}(?: (?:{SMALL_WORD} )*{_CAPITAL}){{1,3}})"),
        0.56,
        _town,
    ),
    PatternRule(
        "address",
        "address.code_line",
        re.compile(
            rf"(?:^|[\n,:>]) ?(?P<id>{_NO_YEAR}{CODE} {_CAPITAL}"
            rf"(?: (?:{SMALL_WORD} )*{_CAPITAL}){{0,3}}){_END}"
        ),
        0.56,
        _town,
    ),
    PatternRule(
        "address",
        "address.code_after",
        re.compile(
            rf"{_IN}(?P<id>(?:{SMALL_WORD} )?{_CAPITAL_WORD}(?:[ -](?:{SMALL_WORD} )?{_CAPITAL_WORD}){{0,3}}"
            rf"(?:, [A-Z]{{1,3}})?,? {_NO_YEAR}{CODE}){_GOES_ON}"
        ),
        0.56,
        _town,
    ),
    PatternRule(
        "address",
        "address.lived_on",
        re.compile(
            r"\b(?:liv(?:es?|ed|ing)|resid(?:es?|ed|ing)|house|flat|apartment|parking|walk) (?:on|down) "
            rf"(?P<id>[^\W\d_a-zß-ÿ][\w'’.-]+(?: (?:{SMALL_WORD} )*{_CAPITAL}){{0,3}}(?: {SMALL_WORD})?)"
        ),
        0.57,
        _street_lived_on,
    ),
    PatternRule(
        "address",
        "address.uk_postcode",
        re.compile(rf"(?<![A-Z0-9]){UK_POSTCODE}(?![A-Z0-9])"),
        0.7,
    ),
    PatternRule(
        "address",
        "address.zip",
        re.compile(
            r"(?i:\b(?:zip|post(?:al|code)?)(?: ?code)?)\b"
            r"(?: is| was|:|\W)*\s*"
            r"(?P<id>[A-Z]{1,2}-\d{4,5}|(?=[A-Z ]*\d)[A-Z\d]{2,6}[ -]?[A-Z\d]{1,4})\b"
        ),
        0.8,
    ),
    PatternRule(
        "address",
        "address.zip_later",  # "The post code of my town has changed to 97568"
        re.compile(
            rf"(?i:\b(?:zip|post(?:al)? ?code|zip ?code))(?: [a-z'’]+){{1,7}}:? (?P<id>{_NO_YEAR}{CODE})"
        ),
        0.6,
    ),
)
