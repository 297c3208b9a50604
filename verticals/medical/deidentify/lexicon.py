"""The word lists that recognisers of names look into (lists/*.txt): names, and words that are none."""

import re
from functools import cache
from pathlib import Path

LISTS = Path(__file__).with_name("lists")
# Endings of drugs, diseases, procedures and of abstract words: an unknown word with one is taken for no name.
_WORD_ENDING = re.compile(
    r"(?:lol|pril|sartan|statin|mab|nib|cillin|mycin|micin|floxacin|azole|azine|idine|apine|epam|olam"
    r"|xaban|gliptin"
    r"|gliflozin|glutide|parin|formin|triptan|avir|ovir|setron|prazole|olone|asone|isone|amide|emide"
    r"|azide|oxide|oxetine"
    r"|afine|amine|icline|cycline|ubicin|platin|taxel|mustine|barbital|dronate|grel|lukast|terol|tropium"
    r"|profen|cort"
    r"|phylline|pressin|tide|zumab|ximab|itis|osis|iasis|aemia|emia|uria|oma|opathy|ectomy|ostomy|otomy"
    r"|plasty|oscopy"
    r"|ology|ologist|ography|ogram|trophy|plegia|algia|pnoea|pnea|cardia|megaly|penia|rrhoea|rrhea|ation"
    r"|ition|ution"
    r"|ction|sion|ption|ment|ness|ship|ical|ious|eous|ally|ency|ancy|ence|ity|ism|ular|able|ible|ative"
    r"|ology|graphy"
    r"|ceae|viridae|ically|fully|less|ive|ised|ized|ising|izing|wards?|metry|ylate|cillins)s?$"
)
LETTERS = "A-Za-zÀ-ÖØ-öø-ʯ\u0300-\u036fͰ-ϿЀ-ԯḀ-ỿ"
# Endings of family names in the languages that form them so: Slavic, Romanian, Greek, Nordic, Finnish,
# Turkish, German, Italian, Spanish, Portuguese, Baltic, Georgian, Armenian and Persian ones.
_FAMILY_ENDING = re.compile(
    r"(?:ova|ová|eva|ovič|ević|ović|enko|chuk|czuk|ski|ská|sky|ský|skaya|wicz|czyk|escu|eanu|opoulos|poulou|idis"
    r"|akis|sson|dottir|dóttir|kić|lić|nić|rić|čić|vich|oğlu|oglu|nen|strom|ström|quist|qvist|gaard|gård|dsen"
    r"|lsen|nsen|rsen|ssen|tsen|stein|berg|mann|meier|meyer|maier|huber|bauer|elli|etti|ucci|acci|ández|ínez"
    r"|guez|inho|eira|eiro|arães|auskas|aitis|aitė|ienė|idze|shvili|zadeh|zadə|nejad|nathan|swamy|oyan|eyan)$"
)
# Endings, and what stands in their place in the list: "studies", "noted", "stopping".
_INFLECTIONS = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", ""),
    ("er", ""), ("r", ""),
)  # fmt: skip


@cache
def lines_of(name: str) -> tuple[str, ...]:
    """The lines of a list, each an entry of several words; lines with # are remarks."""
    lines = (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


def patterns_of(name: str) -> str:
    """The patterns of a list, as one in which any of them may match; they are separated by |."""
    return "|".join(lines_of(name))


@cache
def words_of(name: str) -> frozenset[str]:
    """The entries of a list as they are written there."""
    return frozenset(word for line in lines_of(name) for word in line.split())


@cache
def _lower(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in words_of(name))


@cache
def family_zh() -> tuple[frozenset[str], frozenset[str]]:
    """Chinese family names: of one character, and of two."""
    words = words_of("family_zh")
    return frozenset("".join(one for one in words if len(one) > 2)), frozenset(
        one for one in words if len(one) == 2
    )


def is_given(word: str) -> bool:
    parts = [word.lower(), *word.lower().split("-")]
    return any(part in _lower("given") for part in parts[:1]) or (
        len(parts) > 2 and all(part in _lower("given") for part in parts[1:])
    )


@cache
def is_family(word: str) -> bool:
    """A family name by the list, or by an ending that family names have and the word is in no list."""
    lower = word.lower()
    if lower in _lower("family"):
        return True
    return len(lower) > 5 and bool(_FAMILY_ENDING.search(lower)) and not is_word(lower)


def is_ambiguous(word: str) -> bool:
    """A name that is a word as well, such as Rose or Young."""
    return word.lower() in _lower("ambiguous") or is_ambiguous_family(word)


def is_ambiguous_family(word: str) -> bool:
    """A family name that is a common word: it is never taken for a given name."""
    return word.lower() in _lower("ambiguous_family")


def is_ambiguous_given(word: str) -> bool:
    """An ambiguous name that is hardly ever written with a capital inside a sentence but as a name."""
    return word.lower() in _lower("ambiguous_given")


def is_medical(word: str) -> bool:
    return word.lower() in _lower("medical") or is_place(word)


def is_place(word: str) -> bool:
    """A country or a state."""
    return word.lower() in _lower("places")


def is_listed(word: str) -> bool:
    """Whether a word stands as it is in a list of words."""
    return word.lower() in _words()


@cache
def _words() -> frozenset[str]:
    return _lower("words") | _lower("words_more")


@cache
def is_word(word: str) -> bool:
    """Whether a word, or what it is made from, is in common or medical use; its case does not count."""
    lower = re.split(r"['’]", word.lower())[0]
    if re.search(r"n['’]t$", word.lower()):
        return True
    known, medical = _words(), _lower("medical")
    if lower in known or lower in medical or is_place(lower):
        return True
    if "-" in lower:
        return all(len(part) < 2 or is_word(part) for part in lower.split("-"))
    for ending, instead in _INFLECTIONS:
        stem = lower[: -len(ending)]
        if not lower.endswith(ending) or len(stem) < 3 or stem + instead not in known:
            continue
        if ending != "es" or re.search(r"(?:[sxzo]|ch|sh)$", stem):  # "Parkes" is no plural
            return True
    # "Planned", "stopping"
    return bool(re.fullmatch(r"(\w{2,})(\w)\2(?:ed|ing|er)", lower)) and lower.rstrip("edingr")[:-1] in known


@cache
def looks_like_word(word: str) -> bool:
    """Whether an unknown word ends as drugs, diseases and abstract words do."""
    return bool(_WORD_ENDING.search(word.lower()))
