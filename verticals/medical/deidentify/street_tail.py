"""What follows a street: unit, town, state, country and code."""

import re

from verticals.medical.deidentify.lexicon import is_medical, is_place, is_word
from verticals.medical.deidentify.street_words import (
    CODE,
    COUNTRY,
    RARE_SUFFIX,
    REMARK,
    SMALL,
    SMALL_WORD,
    STATES,
    SUFFIX,
    UNIT,
)

TAIL_MAX = 300  # characters
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
    rf"(?i:{UNIT})|{COUNTRY}(?!\w)|(?:[A-Z]\w+ ){{1,3}}(?:{RARE_SUFFIX}) \d{{1,3}}(?!\w)|km \d{{1,4}}\b"
    rf"|(?:{STATES})\b\.?|{CODE}"
    rf"|[A-Za-z\d]{{2,5}}(?=\s{{1,3}}\d{{4,6}}\b)"
    rf"|\(Greek\)|\([A-Z]{{2}}\)|nan\b(?: (?:{CODE}|\d{{4}}(?!\w)))?|(?<=/ )[A-Z]{{2}}\b"
    r"|thành phố(?= )|tỉnh(?= )"
)
_COUNTRY_LAST = re.compile(rf"(?:.*\W)?(?:{COUNTRY}|[A-Z]{{2,3}})", re.DOTALL)
_REMARK = re.compile(REMARK)
_CODE_ALONE = re.compile(CODE)
_TOWN = re.compile(
    rf" ?(?:[^\W\d_a-zß-ÿ][\w'’.-]*)(?:[ -](?:{SMALL_WORD}(?!\w)|[^\W\d_a-zß-ÿ][\w'’.-]*)){{0,4}}"
)
_PART_ENDS = re.compile(r"\s*(?:$|[,.;)?!\n])")
_TOWN_ENDS = re.compile(r"\s*(?:$|[\n,.;)])")
_PART_BEFORE = re.compile(r"[,\n] *$")
_NOTHING = re.compile(r"\s*\Z")
_CAPITAL_NEXT = re.compile(rf"(?: {SMALL_WORD})* [^\W\d_a-z]")  # "Mistelbach an der Zaya"
# A state of whatever country at the end of a part: "Apt. 140 High Eirikøy HM".
_TOWN_STATE = re.compile(
    r"(?:(?:[^\W\d_a-zß-ÿ]|[a-z][A-ZÀ-Þ])[\w'’.-]{0,40}(?: [^\W\d_]{1,4})? ){0,5}"
    r"(?:[A-Z]{2}|nan)(?=\s*(?:$|[\n,;?!]|\.(?! [A-Z]{2})))"
)
# "Novo mesto, Belgium": before a country anything may be a town.
_TOWN_COUNTRY = re.compile(
    rf"[^\W\d_][^\n,.;:?!\d]{{1,40}}(?:,\s?|\n {{0,4}})(?:{COUNTRY}|(?P<one>[^\W\d_]{{4,}}))(?!\w)"
)
_CAPITAL_AT = re.compile(r" [^\W\d_a-zß-ÿ]")
_LEADS = frozenset(
    re.findall(r"\S+", "new north south east west upper lower saint st port fort mount lake bad")
)
_SMALL_SURE = ("los", "las", "kraj", "rayonu", "län")
_PLACE_WORD = re.compile(r"['’]?[^\W\d_](?:[^\W\d_]|['’.-])*(?!\w|-(?!\d{6}))")


def tail_end(text: str, at: int, *, small: bool) -> tuple[int, bool]:
    """Where the address ends that has its street before `at`, and whether unit, code or state is in it.

    It has at most TAIL_MAX characters or a part more, so that a text of streets alone takes no square of
    its length.
    """
    end, sure, known = at, at, False
    capitals = text.isupper()
    while end < min(len(text), at + TAIL_MAX):
        gap = _SEPARATOR.match(text, end)
        if gap is None:
            break
        if part := _KNOWN.match(text, gap.end()) or known and _TOWN_STATE.match(text, gap.end()):
            end = sure = part.end()
            known = known or not part[0].isalpha() or part[0].isupper()
            if (
                _CODE_ALONE.fullmatch(part[0])
                and not _KNOWN.match(text, end + 1)
                and (town := _town_end(text, end)) > end
            ):
                end = sure = town
            continue
        if (part := _TOWN_COUNTRY.match(text, gap.end())) and (not part["one"] or is_place(part["one"])):
            end = sure = part.end()
            known = True
            continue
        place = _place_end(text, gap.end(), small=small, capitals=capitals)
        if place == gap.end():
            break
        end = place
        if text.startswith(",", _remark_end(text, end)):
            end = _remark_end(text, end)  # "Staré Město (okres Šumperk),"
        if not capitals and _country_last(text, gap.end(), end):
            end = sure = _remark_end(text, end)
            known = known or end - gap.end() > 3  # "D 2000 IU" is no address
        elif gap[0].strip(" \t") and _PART_ENDS.match(text, end):
            sure = end
        elif text[gap.end() : end].split()[0].lower() in _LEADS and not is_word(
            text[gap.end() : end].split()[-1]
        ):
            sure = end  # "tie 7 New Robertburgh"
    if known and end > sure and _PART_ENDS.match(text, end):
        sure = end  # "Apt. 12 Soloi Cyprus." without a code
    return sure, known


def _remark_end(text: str, at: int) -> int:
    """The end of a remark in brackets at `at`, if one is there."""
    remark = _REMARK.match(text, at)
    return remark.end() if remark else at


def _country_last(text: str, at: int, end: int) -> bool:
    """Whether a country, or a state of two or three letters, ends text[at:end]: "Soloi Cyprus", "BODØ NO"."""
    last = re.split(r"\W", text[at:end])[-1]
    return is_place(last) or bool(_COUNTRY_LAST.fullmatch(text, at, end))


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


def _place_next(text: str, at: int) -> bool:
    """Whether a country or a state follows a word that may be of a place as well: "Western Australia"."""
    word = re.compile(r" ([^\W\d_]{4,})").match(text, at)
    return word is not None and is_place(word[1])


def _sentence_next(text: str, at: int) -> bool:
    """Whether a common word or nothing follows a full stop: "QC. And a cola", not "TP. Hồ Chí Minh"."""
    if _NOTHING.match(text, at):
        return True
    word = re.compile(r"\s+([^\W\d_]+)").match(text, at)
    return word is not None and is_word(word[1]) and word[1].lower() not in PLACE_WORDS


def _place_end(text: str, at: int, *, small: bool, capitals: bool) -> int:
    """The end of at most five words that may name a place.

    Args:
        small: in an address without capitals.
        capitals: in a text of nothing but capitals.
    """
    end = at
    for _count in range(5):
        word = _PLACE_WORD.match(text, end + (text[end : end + 1] == " " and end > at))
        if word is None:
            break
        plain = word[0].strip(".").lower()
        listed = plain in _SMALL_SURE or _CAPITAL_NEXT.match(text, word.end())
        starts = end > at or bool(_PART_BEFORE.search(text, max(0, at - 40), at))  # "\n da Rosa de Ribeiro"
        # of no list: "Valea lui Mihai"
        listed = listed or end > at and not is_word(plain) and _CAPITAL_AT.match(text, word.end())
        unlisted = word[0].islower() and not word[0].endswith(".") and not is_word(plain)
        if (plain in SMALL or unlisted) and starts and listed:
            end = word.end()
            continue
        # "San Gabino los bajos,", "East Robin"
        before = text[at:end].rpartition(" ")[2].strip(".").lower()
        joined, led = before in ("los", "las", "la"), before in _LEADS
        capital = small or joined or not word[0].islower()
        plain_word = is_word(plain) and plain not in PLACE_WORDS and not is_medical(plain) and not led
        plain_word = plain_word and not _place_next(text, word.end())
        plain_word = plain_word and not (plain in _LEADS and _CAPITAL_NEXT.match(text, word.end()))
        # a town's name is often written in capitals
        if not capital or plain_word and not (word[0].isupper() and len(plain) > 3 and not capitals):
            break
        # a full stop ends it, but for "St." and letters alone
        end = word.end()
        if word[0].endswith(".") and (len(plain) > 3 or _sentence_next(text, end)):
            return end - 1
    return end
