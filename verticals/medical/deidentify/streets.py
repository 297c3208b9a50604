"""Recogniser of streets in Latin script, with what follows them: unit, town, state, country and code."""

import re
from collections.abc import Iterable

from verticals.medical.deidentify.lexicon import LETTERS, is_medical, is_place, is_word, looks_like_word
from verticals.medical.deidentify.name_words import SHARE_SMALL
from verticals.medical.deidentify.span import Span
from verticals.medical.deidentify.street_cores import CORES, WORD, Core
from verticals.medical.deidentify.street_words import CODE, SMALL, STATES, SUFFIX, UNIT, UNIT_WORD

_PLACE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "new north south east west upper lower united saint st great port fort mount lake "
        "kingdom city republic island islands state park hill beach town village bay river "
        "springs falls grand old london paris",
    )
) | frozenset(SUFFIX.lower().split("|"))
# Between two numbers these tell of a sentence: "mg on 26 July".
_SENTENCE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "on at of in for to and mg ml with by was is or from units x per than days weeks years "
        "hours times day week cm mm g kg",
    )
)


# Of these one word at least is in no list of words.
_NAMED = frozenset(("sure_ending", "word_before", "number_word", "word_alone", "word_after", "accented"))
_LOOSE = frozenset(("number_last", "two_numbers"))
# After a number: "40 miles", "200-mg".
_CARRIES_ON = re.compile(
    r"[ -]?(?!(?:and|in|by|on|for|with|from|is|was|or|last|where|tomorrow|yesterday)\b)[a-z]"
)
_BEFORE = re.compile(
    r"(?:\baddress(?:es)?\b[^.\n]{0,30}[: ]|\b(?:at|on|off|near|to|from|in|is|of|live[sd]?|living"
    r"|address|located|corner|opposite|behind"
    r"|along)\W{1,2})(?:the )?$",
    re.IGNORECASE,
)


def streets_find(text: str) -> Iterable[Span]:
    """Streets with the lines and parts that follow them."""
    text = _capitals_given(text)
    for core in CORES:
        for match in core.pattern.finditer(text):
            start = match.start()
            if core.evidence:
                start += _lead(match[0])
            if core.name != "box" and not _street_words(text[start : match.end()], core):
                continue
            at = match.start() + len(match[0].rstrip())
            at += bool(re.match(r"\.(?:,|\s*\n)", text[at:]))  # "Fő utca 12., H-1011"
            end, known = _tail(text, at, small=match[0].islower())
            if core.evidence and not known and not _told(text, start, match.end(), core):
                continue
            yield Span(start, end, "address", f"address.{core.name}", core.score)


def _capitals_given(text: str) -> str:
    """A text with next to no capitals, with one for each word that is in no list, and codes in capitals."""
    if sum(one.isupper() for one in text) > SHARE_SMALL * len(text):
        return text
    text = re.sub(
        rf"[{LETTERS}][{LETTERS}'’]+", lambda one: one[0] if is_word(one[0]) else _titled(one[0]), text
    )
    return re.sub(r"\b(?=\w*\d)\w{3,8}\b", lambda one: _upper(one[0]), text)


def _titled(word: str) -> str:
    return word[0].upper() + word[1:] if len(word[0].upper()) == 1 else word


def _upper(word: str) -> str:
    return word.upper() if len(word.upper()) == len(word) else word


def _told(text: str, start: int, end: int, core: Core) -> bool:
    """Whether a street without town or code is told by a long house number or by the words before it."""
    if core.name == "number_first" or core.name in _LOOSE and _CARRIES_ON.match(text, end):
        return False
    if _stands_alone(text, start, end):
        return True
    # a number of three figures or with a nought before it is hardly a count of something
    return bool(re.match(r"0\d|\d{3}", text[start:]) or _BEFORE.search(text, max(0, start - 24), start))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether it is a line of its own beside one with a postal code or the name of a country."""
    if not re.search(r"(?:^|\n)[ \t]*$", text[:start]) or not re.match(r"[.,]?[ \t]*(?:\n|$)", text[end:]):
        return False
    beside = [text[:start].rstrip().rpartition("\n")[2], *text[end:].lstrip(" .,\n").split("\n")[:2]]
    return any(
        re.search(rf"(?<!\w){CODE}", line) or any(is_place(word) for word in re.findall(WORD, line))
        for line in beside
    )


def _lead(core: str) -> int:
    """How many characters before the street belong to the sentence: "deliver to Joaquin Suarez 12"."""
    if re.match(rf"(?i:{UNIT})", core):
        return 0
    at = 0
    for word in re.finditer(r"\S+", core):
        plain = word[0].strip(",.").lower()
        if (
            word[0][0].isdigit()
            or word[0][0].isupper()
            and not (is_word(plain) and plain not in _PLACE_WORDS)
        ):
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
    if kind.name in _NAMED:
        return any(not is_word(word) and not looks_like_word(word) for word in words)
    if kind.name == "suffix_rare":
        return not small
    if not kind.evidence and kind.name != "before_unit":
        return kind.name != "suffix" or len(small) <= 1
    # in a text all in small letters no word has a capital to go by
    if small and not core.islower() or core.islower() and kind.name == "number_last":
        return False
    return any(
        not is_word(word) and not is_medical(word) and not looks_like_word(word)
        for word in words
        if word not in SMALL
    )


_SEPARATOR = re.compile(r"\s*,\s*|\s*\n\s*| [/–-] |-(?=\d{6}\b)|[ \t]+")
_KNOWN = re.compile(
    rf"(?i:{UNIT})|(?:{STATES})\b\.?|{CODE}|[A-Za-z\d]{{2,5}}(?=\s{{1,3}}\d{{4,6}}\b)"
    rf"|\(Greek\)|\([A-Z]{{2}}\)|nan\b|(?<=/ )[A-Z]{{2}}\b"
)
_TOWN_SMALL = "|".join(sorted(re.escape(word) for word in SMALL))
_CODE_ALONE = re.compile(CODE)
_PLACE_WORD = re.compile(WORD)


def _tail(text: str, at: int, *, small: bool) -> tuple[int, bool]:
    """Where the address ends that has its street before `at`, and whether unit, code or state is in it."""
    end, sure, known = at, at, False
    while end < len(text):
        gap = _SEPARATOR.match(text, end)
        if gap is None:
            break
        if part := _KNOWN.match(text, gap.end()):
            end = sure = part.end()
            known = known or not part[0].isalpha() or part[0].isupper()
            if (
                _CODE_ALONE.fullmatch(part[0])
                and not _KNOWN.match(text, end + 1)
                and (town := _town_end(text, end)) > end
            ):
                end = sure = town
            continue
        place = _place_end(text, gap.end(), small=small)
        if place == gap.end():
            break
        end = place
        if gap[0].strip(" \t") and re.match(r"\s*(?:$|[,.;)?!\n])", text[end:]):
            sure = end
    if known and end > sure and re.match(r"\s*(?:$|[,.;)?!\n])", text[end:]):
        sure = end  # "Apt. 12 Soloi Cyprus." without a code
    return sure, known


def _town_end(text: str, at: int) -> int:
    """The end of a town's name right after a code: "50142 Nin in case"."""
    match = re.match(
        rf" ?(?:[^\W\d_a-zß-ÿ][\w'’.-]*)(?:[ -](?:{_TOWN_SMALL}|[^\W\d_a-zß-ÿ][\w'’.-]*)){{0,4}}", text[at:]
    )
    if match is None or not match[0].startswith(" "):
        return at
    words = match[0].split()
    while words and (words[-1].lower() in SMALL or _sentence_word(words)):
        words.pop()
    return at + match[0].rindex(words[-1]) + len(words[-1].rstrip(".")) if words else at


def _sentence_word(words: list[str]) -> bool:
    """Whether the last word carries the sentence on: "Nin Please call", but not "Chopard am See"."""
    last = words[-1].strip(".").lower()
    joined = len(words) > 1 and words[-2].lower() in SMALL
    return is_word(last) and last not in _PLACE_WORDS and not joined


def _place_end(text: str, at: int, *, small: bool) -> int:
    """The end of at most five words that may name a place; `small`: in an address without capitals."""
    end = at
    for _count in range(5):
        word = _PLACE_WORD.match(text, end + (text[end : end + 1] == " " and end > at))
        if word is None:
            break
        plain = word[0].strip(".").lower()
        listed = plain in ("los", "las") or re.match(r" [^\W\d_a-z]", text[word.end() : word.end() + 2])
        if plain in SMALL and end > at and listed:
            end = word.end()
            continue
        # "San Gabino los bajos,"
        joined = end > at and text[at:end].rpartition(" ")[2].lower() in ("los", "las", "la")
        capital = small or joined or not word[0][0].islower()
        if not capital or (is_word(plain) and plain not in _PLACE_WORDS and not is_medical(plain)):
            break
        # a full stop ends it, but for "St." and letters alone
        end = word.end()
        if word[0].endswith(".") and len(plain) > 3:
            return end - 1
    return end
