"""What follows a street: unit, town, state, country and code."""

import re

from verticals.medical.deidentify.lexicon import is_medical, is_word
from verticals.medical.deidentify.street_words import CODE, RARE_SUFFIX, SMALL, STATES, SUFFIX, UNIT

PLACE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "new north south east west upper lower united saint st great port fort mount lake "
        "kingdom city republic island islands state park hill beach town village bay river "
        "springs falls grand old london paris",
    )
) | frozenset(f"{SUFFIX}|{RARE_SUFFIX}".lower().split("|"))
_SEPARATOR = re.compile(r"\s*,\s*|\s*\n\s*| [/–-] |-(?=\d{6}\b)|[ \t]+")
_KNOWN = re.compile(
    rf"(?i:{UNIT})|(?:{STATES})\b\.?|{CODE}|[A-Za-z\d]{{2,5}}(?=\s{{1,3}}\d{{4,6}}\b)"
    rf"|\(Greek\)|\([A-Z]{{2}}\)|nan\b(?: \d{{4}}(?!\d))?|(?<=/ )[A-Z]{{2}}\b"
)
_TOWN_SMALL = "|".join(sorted(re.escape(word) for word in SMALL))
_CODE_ALONE = re.compile(CODE)
_TOWN = re.compile(
    rf" ?(?:[^\W\d_a-zß-ÿ][\w'’.-]*)(?:[ -](?:(?:{_TOWN_SMALL})(?!\w)|[^\W\d_a-zß-ÿ][\w'’.-]*)){{0,4}}"
)
_PART_ENDS = re.compile(r"\s*(?:$|[,.;)?!\n])")
_TOWN_ENDS = re.compile(r"\s*(?:$|[\n,.;)])")
_PLACE_WORD = re.compile(r"['’]?[^\W\d_](?:[^\W\d_]|['’.-])*(?![\w-])")


def tail_end(text: str, at: int, *, small: bool) -> tuple[int, bool]:
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
        if gap[0].strip(" \t") and _PART_ENDS.match(text, end):
            sure = end
    if known and end > sure and _PART_ENDS.match(text, end):
        sure = end  # "Apt. 12 Soloi Cyprus." without a code
    return sure, known


def _town_end(text: str, at: int) -> int:
    """The end of a town's name right after a code: "50142 Nin in case"."""
    match = _TOWN.match(text, at)
    if match is None or not match[0].startswith(" "):
        return at
    words = match[0].split()
    if len(words) == 1 and _TOWN_ENDS.match(text, match.end()):
        return match.end()  # "1386 Asker", though an asker is a word
    while words and (words[-1].lower() in SMALL or _sentence_word(words)):
        words.pop()
    return at + match[0].rindex(words[-1]) + len(words[-1].rstrip(".")) if words else at


def _sentence_word(words: list[str]) -> bool:
    """Whether the last word carries the sentence on: "Nin Please call", but not "Chopard am See"."""
    last = words[-1].strip(".").lower()
    joined = len(words) > 1 and words[-2].lower() in SMALL
    return is_word(last) and last not in PLACE_WORDS and not joined


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
        capital = small or joined or not word[0].lstrip("'’")[0].islower()
        plain_word = is_word(plain) and plain not in PLACE_WORDS and not is_medical(plain)
        # a town's name is often written in capitals
        if not capital or plain_word and not (word[0].isupper() and len(plain) > 3 and not text.isupper()):
            break
        # a full stop ends it, but for "St." and letters alone
        end = word.end()
        if word[0].endswith(".") and len(plain) > 3:
            return end - 1
    return end
