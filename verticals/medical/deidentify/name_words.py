"""Words of a text as parts of names, and texts without capitals given those that names have."""

import re
from dataclasses import dataclass

from verticals.medical.deidentify.lexicon import (
    LETTERS,
    is_ambiguous,
    is_family,
    is_given,
    is_listed,
    is_medical,
    is_place,
    is_word,
    looks_like_word,
)
from verticals.medical.deidentify.name_signs import WORD_FIRST

TOKEN = re.compile(rf"(?<![\w@])[{LETTERS}]+(?:['’](?!s\b)[{LETTERS}]+|-[{LETTERS}]+)*")
PARTICLES = frozenset(
    (
        "de",
        "la",
        "van",
        "von",
        "der",
        "den",
        "al",
        "bin",
        "ibn",
        "da",
        "dos",
        "di",
        "el",
        "le",
        "du",
        "del",
        "af",
        "ter",
        "ten",
        "y",
        "abu",
        "st",
        "mac",
    )
)
_LOW_PREFIX = re.compile(r"(?:al|el|ul|ben|bin|d|l|t)['’-][A-ZÀ-Þ]")  # al-Rashid, d'Angelo
# In longer texts written small, such as transcripts, two words in no list are hardly a name.
PAIRS_MAX_CHARS = 300
SHARE_SMALL = 0.015  # of a text: with fewer capitals it is taken for one written small
_NAMED = re.compile(
    r"\b(?:name is|named|name:|calls me|called|wife|husband|son|daughter|mother|father|brother|sister|boss"
    r"|friend|colleague|partner|neighbou?r|teacher|nurse|aunt|uncle|cousin|girlfriend|boyfriend|manager|hi"
    r"|hello|hey|dear|thanks|ask|tell),? $",
    re.IGNORECASE,
)
_SAID = re.compile(r" (?:said|says|told|asked|wrote|thinks|wants)\b")
# Between these an unknown word of a short text is somebody: "the age of bertram has".
_SOMEBODY_BEFORE = re.compile(r"\b(?:of|than|by|with|from|for|about|think|because|if|that|when|and|but) $")
_SOMEBODY_AFTER = re.compile(r"(?: (?:has|had|is|was|will|would|did|does|could|can)\b|['’]s )")
_OWNED = re.compile(r"\b(?:my|the|his|her|your|our|an?|this) $")
EPONYM = re.compile(
    r"(?:['’]s|s['’])? ?(?:-\w+ )?(?:[a-z]+ )?(?:disease|syndrome|lymphoma|phenomenon|palsy|triangle"
    r"|sign|score|test|line|criteria"
    r"|scale|contracture|tumou?r|sarcoma|disorder|an[a]?emia|thyroiditis|coma|index|stain|catheter"
    r"|fracture|reflex|procedure"
    r"|operation|pouch|hernia|cyst|ulcer|o?esophagus|ataxia|chorea|encephalopathy|position"
    r"|man(?:o)?euvre|maneuver|classification"
    r"|sclerosis|dystrophy|monitor|arteritis|node|nodes|fissure|area|bodies|virus|grade|rules?)\b",
)


@dataclass(frozen=True, slots=True)
class Token:
    start: int
    end: int
    text: str

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() or bool(_LOW_PREFIX.match(self.text))

    @property
    def initial(self) -> bool:
        return len(self.text) == 1 and self.capital and self.text != "I"

    @property
    def proper(self) -> bool:
        """Written as a proper noun and no form of address, month or weekday."""
        return (
            self.text[:1].isupper()
            and self.text[1:].islower()
            and len(self.text) > 2
            and not is_medical(self.text)
        )

    @property
    def named(self) -> bool:
        return self.capital and (is_given(self.text) or is_family(self.text)) and not is_ambiguous(self.text)

    @property
    def nameable(self) -> bool:
        """May be part of a name: in a list of names, or in no list of words."""
        if not self.capital or self.text.isupper() and 1 < len(self.text) <= 3 and not self.named:
            return False
        if not self.text.isupper() and re.search(r"(?<!Mc)(?<!Mac)(?<!['’-])(?<!^)[A-Z]", self.text):
            return False  # QTc, PaO
        return self.named or is_ambiguous(self.text) or not is_word(self.text)


def capitals_set(text: str) -> str:
    """A text with next to no capitals, with capitals where the lists of names ask for them."""
    if sum(one.isupper() for one in text) > SHARE_SMALL * len(text):
        return text
    made, before, paired = list(text), False, len(text) <= PAIRS_MAX_CHARS
    pair = started = letter = -1
    for one in TOKEN.finditer(text):
        word = one[0]
        if paired and len(word) == 1 and pair == one.start() and word not in "ai" and not before:
            pair, letter = one.end() + 1, one.start()  # "leidy t muris"
            continue
        named = is_given(word) and not is_listed(word) or is_family(word) and not is_word(word)
        named = named and not is_ambiguous(word) and not is_place(word)
        joins = (
            paired
            and pair == one.start()
            and not is_word(word)
            and len(word) > 2
            and not looks_like_word(word)
        )
        pair = (
            one.end() + 1 if joins or not (is_word(word) or looks_like_word(word)) and len(word) > 2 else -1
        )
        if joins:  # two words side by side that are in no list
            made[started] = made[started].upper()
            if started < letter:
                made[letter] = made[letter].upper()
        started = one.start()
        follows = (
            joins
            or before
            and (not is_word(word) and not looks_like_word(word) or is_ambiguous(word) or is_place(word))
            and word not in PARTICLES | WORD_FIRST
        )
        told = bool(_NAMED.search(text, max(0, one.start() - 12), one.start())) and not is_word(word)
        says = _SAID.match(text, one.end()) and not _OWNED.search(text, max(0, one.start() - 6), one.start())
        told = told or bool(says) and not is_word(word)
        told = told or paired and _somebody(text, one.start(), one.end())
        if named or follows or told:
            made[one.start()] = word[0].upper()
        elif before and len(word) == 1 and word not in "ai":
            made[one.start()] = word.upper()
        before = named or told or (before and (len(word) == 1 or word in PARTICLES))
    sure = {word.lower() for word in re.findall(rf"(?<![{LETTERS}])[A-ZÀ-Þ][{LETTERS}]{{2,}}", "".join(made))}
    return TOKEN.sub(
        lambda one: one[0].capitalize() if one[0] in sure else "".join(made[one.start() : one.end()]), text
    )


def _somebody(text: str, start: int, end: int) -> bool:
    """Whether an unknown word stands where a person is spoken of."""
    word = text[start:end]
    if len(word) < 4 or is_word(word) or looks_like_word(word):
        return False
    return bool(_SOMEBODY_BEFORE.search(text, max(0, start - 9), start) and _SOMEBODY_AFTER.match(text, end))
