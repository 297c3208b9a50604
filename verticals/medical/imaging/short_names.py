"""Names with a part too short to be looked for alone, such as Li^Na: whole, or the family by its title."""

import re
from collections.abc import Iterator, Set
from functools import lru_cache

from verticals.medical.imaging.letters import folded
from verticals.medical.imaging.profile import is_term

SHORT_MAX_CHARS = 3
PARTS = 3  # family, given and middle name; prefix and suffix name nobody
# These are matched on small letters without accents.
_START, _END = r"(?<![0-9a-z])", r"(?![0-9a-z])"
_GAP = r"[\s,^=_.\-·]{0,3}"
_TITLE = (
    rf"{_START}(?:(?:mr|mrs|ms|miss|mx|dr|prof|professor|doctor|sir|madam|herr|frau|patient|pt|surname"
    r"|(?:(?:patient|family|last|full)(?:['’]s)?\s{1,3})?name(?:\s{1,3}is)?)(?![a-z])\.?\s{0,3}[:：]?\s{0,3}"
    r"|(?:姓名|患者|病人|受检者)\s{0,3}[:：]\s{0,3})"
)
# What nothing but a person does: "Ng has pain".
_DOES = (
    r"(?=\s{1,3}(?:has|had|reports|reported|complains|complained|denies|denied|feels|felt|says|said|presents"
    r"|presented)(?![a-z])|\s?(?:先生|女士|小姐|太太|老师|大夫|医生|医师|主任|某))"
)
_HAN = re.compile("[一-鿿]")


def short_names_written(values: Set[str]) -> set[str]:
    """The names among values of PN of which a part is short: family, given and middle name, parted by ^."""
    return {name for value in values for script in value.split("=") if (name := _name_read(script))}


def _name_read(written: str) -> str:
    """A name in one script, small and without accents; nothing where none of its parts is short."""
    parts = [" ".join(folded(part)[0].split()) for part in re.split(r"[\^,]", written)[:PARTS]]
    words = " ".join(parts).split()
    if not all(any(map(str.isalpha, word)) for word in words):
        return ""
    # a name of single letters, such as A^B, is met wherever two letters stand
    if (
        not parts[0]
        or not any(len(one) > 1 or _HAN.match(one) for one in words)
        or not any(map(_is_short, words))
    ):
        return ""
    return "^".join(parts) if len(parts) > 1 else "^".join([words[0], " ".join(words[1:])])


def _is_short(word: str) -> bool:
    return len(word) <= (1 if _HAN.match(word) else SHORT_MAX_CHARS)


def short_names_found(text: str, names: Set[str]) -> Iterator[tuple[int, int]]:
    """Where one of the names stands: whole, with its parts in either order, or its family with a title."""
    if not names:
        return
    plain, places = folded(text)
    for pattern in _patterns(frozenset(names)):
        for match in pattern.finditer(plain):
            yield places[match.start("id")], places[match.end("id")]


def short_names_replaced(text: str, names: Set[str], instead: str) -> str:
    """The text with `instead` for each of the names; where two overlap, for both."""
    parts, at = [], 0
    for start, end in sorted(short_names_found(text, names), key=lambda one: (one[0], -one[1])):
        if start >= at:
            parts += [text[at:start], instead]
        at = max(at, end)
    return "".join([*parts, text[at:]])


def code_names(value: str, names: Set[str]) -> bool:
    """Whether a coded value has a short part of a name for one of its words: "LI WEI" or "LI" of Li^Wei."""
    parts = {word for name in names for word in re.split(r"[\^ ]", name) if 1 < len(word) <= SHORT_MAX_CHARS}
    words = re.split(r"[\s_\\]+", value)
    return any(folded(word)[0] in parts and not is_term(word) for word in words)


@lru_cache(maxsize=64)
def _patterns(names: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    wholes = {whole for name in names for whole in _wholes(name)}
    families = {name.split("^")[0] for name in names}
    short = _any(family for family in families if _is_short(family))
    patterns = []
    if wholes:
        some = "|".join(sorted(wholes, key=len, reverse=True))
        patterns.append(rf"{_START}(?P<id>{some}){_END}")
    if short:
        patterns += [rf"{_TITLE}(?P<id>{short}){_END}", rf"{_START}(?P<id>{short}){_DOES}"]
    return tuple(map(re.compile, patterns))


def _wholes(name: str) -> Iterator[str]:
    """A name with all its parts, and without the middle one, as patterns: family first and family last."""
    family, given, *middle = [re.findall(r"\S+", part) for part in name.split("^")]
    for more in [[], *middle]:
        if given or more:
            for words in ([*family, *given, *more], [*given, *more, *family]):
                yield _GAP.join(map(re.escape, words))


def _any(words: Iterator[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
