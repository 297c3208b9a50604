"""Recogniser of streets in Latin script, with what follows them: unit, town, state, country and code."""

import re
from collections.abc import Iterable

from verticals.medical.deidentify.dates import MONTH
from verticals.medical.deidentify.lexicon import (
    is_ambiguous,
    is_family,
    is_given,
    is_medical,
    is_place,
    is_word,
    looks_like_word,
)
from verticals.medical.deidentify.span import Span
from verticals.medical.deidentify.street_cores import CORES, WORD, Core
from verticals.medical.deidentify.street_small import capitals_given
from verticals.medical.deidentify.street_tail import PLACE_WORDS, tail_end
from verticals.medical.deidentify.street_words import (
    CODE,
    SMALL,
    UNIT,
    UNIT_WORD,
)

# Between two numbers these tell of a sentence: "mg on 26 July".
_SENTENCE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "on at of in for to and mg ml with by was is or from units x per than days weeks years "
        "hours times day week cm mm g kg",
    )
)


# Of these one word at least is in no list of words.
_NAMED = frozenset(
    (
        "sure_ending",
        "word_before",
        "number_word",
        "word_alone",
        "word_after",
        "accented",
        "word_after_alone",
        "ending_alone",
    )
)
_LOOSE = frozenset(("number_last", "two_numbers", "name_number"))
# After a number: "40 miles", "200-mg".
_CARRIES_ON = re.compile(
    r"[ -]?(?!(?:and|in|by|on|for|with|from|is|was|or|last|where|tomorrow|yesterday|to|at|near|before|after"
    r"|until|because|as|but|so|which|who|this|next|every|tonight|today|then|instead|please|has|had|will"
    r"|would|if|when|while|since|it|you|we|they|he|she|there|then|takes|late|early)\b)[a-z]"
)
_STARTS = re.compile(r"(?:^|[.!?\n] ?)$")
# After an address: "..., Spain 16200, and Edeby 55".
_NEXT = re.compile(r"\d[\w ]{0,20}\.?,? (?:and|or) $")
# "Leon and Eyrarodda 66"
_PAIR = re.compile(r"(?:^|[\s>])([^\W\d_a-zß-ÿ][\w'’.-]*(?: [^\W\d_a-zß-ÿ][\w'’.-]*){0,2}) and $")
_NUMBER_ENDS = re.compile(r"\d,? $")
_ACRONYM = re.compile(r"[A-Z]{1,4}s?|[A-Z][a-z]")  # "WBC 12", "Hb 9"
_LINE_STARTS = re.compile(r"(?:^|\n)[ \t>]*$")
_LINE_ENDS = re.compile(r"[.,]?[ \t]*(?:\n|$)")
_DOT = re.compile(r"\.(?:,|\s*\n)")
_FOUR = re.compile(r"\d{4}")
_LONG = re.compile(r"0\d|\d{3}")
LINE_MAX = 200  # characters of a line that may be part of an address
_IS = re.compile(r" (?:is|was|has|had|will|would|were)\b")
_BEFORE = re.compile(
    r"(?:\baddress(?:es)?\b[^.\n]{0,30}[: ]|\b(?:at|on|off|near|to|from|in|is|of|live[sd]?|living"
    r"|address|located|corner|opposite|behind|(?<=, )of"
    r"|along|down|outside|inside|behind|past|in front of|beside|towards?|via|across from|between|around"
    r"|reach|leave|visit|street|user|deliver)\W{1,2})(?:the )?$",
    re.IGNORECASE,
)


def streets_find(text: str) -> Iterable[Span]:
    """Streets with the lines and parts that follow them."""
    original, text = text, capitals_given(text)
    for core in CORES:
        done = 0
        for match in core.pattern.finditer(text):
            if match.end() <= done:
                continue  # within an address that is found
            start = match.start()
            if core.evidence and not (core.name == "suffix_alone" and is_family(match[0].split()[0])):
                start = _widened(text, start, start + _lead(match[0], core))
            if (
                core.name == "suffix_alone"
                and text is not original
                and not _people(text[start : match.end()])
            ):
                continue
            if core.name not in ("box", "unit") and not _street_words(text[start : match.end()], core):
                continue
            at = match.start() + len(match[0].rstrip())
            at += bool(_DOT.match(text, at))  # "Fő utca 12., H-1011"
            end, known = tail_end(text, at, small=match[0].islower())
            if core.evidence and not known and not _told(text, start, match.end(), core):
                continue
            done = end
            yield Span(start, end, "address", f"address.{core.name}", core.score)


def _widened(text: str, start: int, at: int) -> int:
    """The start of the words with capitals before `at` that begin no sentence: "to Doctor Fleming 12"."""
    for word in reversed(list(re.compile(r"\S+ ").finditer(text, start, at))):
        begins = _STARTS.search(text, max(0, word.start() - 3), word.start())
        line = _LINE_STARTS.search(text, max(0, word.start() - 8), word.start())
        if not word[0][0].isupper() or begins and not line:
            break
        at = word.start()
    return at


def _told(text: str, start: int, end: int, core: Core) -> bool:
    """Whether a street without town or code is told by a long house number or by the words before it."""
    if core.name == "suffix_rare":
        far = _FOUR.match(text, start) and _BEFORE.search(text, max(0, start - 44), start)
        return bool(far) or _people_street(text[start:end])
    if core.name == "suffix_alone":
        return _street_alone(text, start, end)
    if core.name in _LOOSE and _CARRIES_ON.match(text, end):
        return False
    if _stands_alone(text, start, end) or core.name in _LOOSE and _listed(text, start, end):
        return True
    # a number of three figures or with a nought before it is hardly a count of something
    named = re.search(r"[A-ZÀ-Þ]\w*[a-zß-ɏ]", text[start:end])
    if named and _STARTS.search(text, max(0, start - 3), start) and _IS.match(text, end):
        return True
    if core.name == "foreign_ending" and re.search(r"\D\d{3}[A-Za-z]?$", text[start:end]):
        return True
    if _LONG.match(text, start):
        return True
    pair = _PAIR.search(text, max(0, start - 44), start)
    at = pair.start(1) if pair else start
    return bool(_BEFORE.search(text, max(0, at - 44), at))


def _people(core: str) -> bool:
    """Whether a word before the last is a name."""
    return any(
        is_given(word) or is_family(word) or is_ambiguous(word) for word in re.findall(WORD, core)[:-1]
    )


def _people_street(core: str) -> bool:
    """Whether a word before the last is a name or in no list: "12 Naomi Port", but not "2 Sea View"."""
    words = re.findall(WORD, core)[:-1]
    return _people(core) or any(
        not (is_word(word) or is_medical(word) or looks_like_word(word)) for word in words
    )


def _street_alone(text: str, start: int, end: int) -> bool:
    """Whether a street without a number is told by what stands around it: "Take the tram to Rowe Circle"."""
    core = text[start:end]
    last = core.rpartition(" ")[2]
    if is_family(last) or is_ambiguous(last) or not _people_street(core):
        return False
    begins = _STARTS.search(text, max(0, start - 3), start) and _IS.match(text, end)
    return bool(begins or _BEFORE.search(text, max(0, start - 44), start))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether it is a line of its own beside one with a postal code or the name of a country."""
    if not _LINE_STARTS.search(text, max(0, start - 8), start) or not _LINE_ENDS.match(text, end):
        return False
    above, below = text[max(0, start - LINE_MAX) : start].rstrip(" \t>\n"), text[end : end + 2 * LINE_MAX]
    beside = [above.rpartition("\n")[2], *below.lstrip(" .,\n").split("\n")[:2]]
    return any(
        re.search(rf"(?<!\w){CODE}", line) or any(is_place(word) for word in re.findall(WORD, line))
        for line in beside
    )


def _listed(text: str, start: int, end: int) -> bool:
    """Whether it follows an address as the next of a list, or is a line with a name that is no word."""
    street = start
    if pair := _PAIR.search(text, max(0, start - 44), start):
        start = pair.start(1)
        if _NUMBER_ENDS.search(text, max(0, start - 8), start):
            return True  # "641 Elke and Estrela 43"
    if _NEXT.search(text, max(0, start - 44), start):
        return True
    if not _LINE_STARTS.search(text, max(0, start - 8), start) or not _LINE_ENDS.match(text, end):
        return False
    words = re.findall(rf"(?<!\w){WORD}", text[street:end])
    return all(
        word.lower() in SMALL or not (is_word(word) or is_medical(word) or _ACRONYM.fullmatch(word))
        for word in words
    )


def _lead(core: str, kind: Core) -> int:
    """How many characters before the street belong to the sentence: "deliver to Joaquin Suarez 12"."""
    if re.match(rf"(?i:{UNIT})", core):
        return 0
    at = 0
    if kind.name in ("number_last", "foreign_ending") and not core[0].isdigit():
        # "left with Douglas Jenkins at Wulfring 547"
        small = [
            one for one in re.finditer(r"\S+", core) if one[0] in _SENTENCE_WORDS and one[0] not in SMALL
        ]
        at = small[-1].end() if small else 0
    for word in re.compile(r"\S+").finditer(core, at):
        plain = word[0].strip(",.").lower()
        if word[0][0].isdigit() or word[0][0].isupper() and not (is_word(plain) and plain not in PLACE_WORDS):
            return word.start()
        at = word.end()
    return at


def _street_words(core: str, kind: Core) -> bool:
    """Whether the words between the numbers may be the name of a street."""
    words = [word for word in re.findall(rf"{WORD}", core) if not re.fullmatch(rf"(?i:{UNIT_WORD})", word)]
    if not words:
        return False
    small = [word for word in words if word.islower() and word not in SMALL and is_word(word)]
    if kind.name == "suffix_small":
        return not any(word in _SENTENCE_WORDS for word in words)
    joined = {"and"} if kind.name == "foreign_word" else set()  # "Hanne and ul. Polna 28" is a corner
    if any(word in _SENTENCE_WORDS and word not in SMALL | joined for word in words):
        return False
    if kind.name in _LOOSE and any(MONTH.fullmatch(word) for word in words):
        return False  # "DOB Nov 14, 2017"
    if kind.name in _NAMED:
        # "Clémence" ends as a word does, but is a name
        return any(not is_word(word) and (not looks_like_word(word) or is_given(word)) for word in words)
    if kind.name in ("suffix_rare", "suffix_alone"):
        return not small
    if not kind.evidence and kind.name != "before_unit":
        return kind.name != "suffix" or len(small) <= 1
    # in a text all in small letters no word has a capital to go by
    if small and not core.islower() or core.islower() and kind.name == "number_last":
        return False
    return any(
        not (is_word(word) or is_medical(word) or looks_like_word(word) or _ACRONYM.fullmatch(word))
        for word in words
        if word not in SMALL
    )
