"""Whether words that may be a name are one, by lists and by what stands before and after them."""

import re
from collections.abc import Sequence

from verticals.medical.deidentify.lexicon import (
    is_ambiguous,
    is_ambiguous_family,
    is_ambiguous_given,
    is_family,
    is_given,
    is_medical,
    is_word,
    looks_like_word,
)
from verticals.medical.deidentify.name_signs import (
    AFTER,
    CALLED_AFTER,
    DOSE,
    DRUG_BEFORE,
    FAMILY_AFTER,
    FAMILY_BEFORE,
    HEADLINE_AFTER,
    KIN_AFTER,
    MAKER_AFTER,
    NUMBER_AFTER,
    OFFICE,
    ROLE,
    SAID_AFTER,
    SAYS,
    SENTENCE_START,
    SIGN_OFF,
    SMALL_AFTER,
    SPEECH,
    THING_BEFORE,
    TITLE,
    VERB_AFTER,
    WORD_FIRST,
)
from verticals.medical.deidentify.name_words import Token

_INSIDE = re.compile(r"[a-zß-ɏ,] $")


def verdict_of(run: Sequence[Token], before: str, after: str) -> tuple[str, float] | None:
    """The rule by which the words are a name, and how sure it is; none where they are no name."""
    whole = [one for one in run if not one.initial]
    starts = bool(SENTENCE_START.search(before))
    dose = is_drug(run, before, after)
    if TITLE.search(before):
        return "title", 0.95
    if OFFICE.search(before) and not all(is_word(one.text) and not is_ambiguous(one.text) for one in whole):
        return "office", 0.86
    if (
        ROLE.search(before)
        and not dose
        and not _speech_begins(whole, before, after)
        and not all(looks_like_word(one.text) and not one.named for one in whole)
    ):
        return "role", 0.9
    if SIGN_OFF.search(before) and not dose and re.match(r"[ \t.,]*(?:\n|$)", after):
        return "sign_off", 0.8
    if _initials(run) and not dose and not NUMBER_AFTER.match(after):
        return "initials", 0.75
    if len(run) > 1 and _is_first(whole[0].text):
        plain = (
            is_ambiguous(whole[0].text)
            and all(is_ambiguous(one.text) for one in whole)
            and starts
            and whole[0].text.lower() in WORD_FIRST
            and not AFTER.match(after)
        )
        return None if plain else ("given_and_family", 0.87)
    if re.match(r",? (?:M\.?D|RN|FRC|MRC|\()", after) and AFTER.match(after):
        return "degree", 0.9
    if any(one.named for one in whole):
        # "Berg 44/56" is a score
        return (
            None
            if len(whole) == 1 and is_medical(whole[0].text) and re.match(r"[ :]*\d", after)
            else ("list", 0.7)
        )
    if (
        len(whole) == 1
        and not starts
        and is_ambiguous_given(whole[0].text)
        and not THING_BEFORE.search(before)
    ):
        # "thank you Ruby for", but neither "Will" in "Ward Will" nor a heading
        return ("given_inside", 0.55) if _ends(after) or HEADLINE_AFTER.match(after) else None
    if len(whole) > 1 and not is_word(whole[0].text) and is_ambiguous(whole[-1].text) and not dose:
        return "unknown_pair", 0.55
    if (
        FAMILY_BEFORE.search(before)
        and FAMILY_AFTER.match(after)
        and not all(is_medical(one.text) or looks_like_word(one.text) for one in whole)
    ):
        return "the_family", 0.55
    if KIN_AFTER.match(after) and not all(is_medical(one.text) for one in whole):
        return "kin", 0.6
    if any(is_ambiguous(one.text) for one in whole):
        # "more than Freeman did"
        if (
            len(whole) == 1
            and _INSIDE.search(before)
            and _ends(after)
            and whole[0].text.lower() not in WORD_FIRST
        ):
            return None if THING_BEFORE.search(before) else ("ambiguous_inside", 0.5)
        # "Rose walked", but not "Will follow" at the start of a sentence
        word = starts and is_word(whole[0].text) and not re.match(r"['’]s [a-z]", after)
        person = not THING_BEFORE.search(before) and not word
        return ("after", 0.6) if person and (AFTER.match(after) or HEADLINE_AFTER.match(after)) else None
    return _unknown(whole, starts, dose, before, after)


def _is_first(word: str) -> bool:
    return is_given(word) or is_ambiguous(word) and not is_ambiguous_family(word)


def _initials(run: Sequence[Token]) -> bool:
    """Whether the name begins with letters alone: "R. V. Jaroch", but not "H. Pylori" nor "A Rose"."""
    last = run[-1].text
    known = is_medical(last) or is_word(last) and not (is_ambiguous(last) or is_family(last))
    return (
        len(run) > 1
        and len(run[0].text) == 1
        and run[1].start - run[0].end > 1
        and not known
        and not looks_like_word(last)
    )


def _speech_begins(whole: Sequence[Token], before: str, after: str) -> bool:
    """Whether a word after "Patient:" begins what the patient says."""
    known = any(one.named or is_ambiguous(one.text) for one in whole)
    said = bool(SAYS.search(before)) and len(whole) == 1 and not known
    return said and bool(SPEECH.match(after)) and not AFTER.match(after)


def _unknown(
    whole: Sequence[Token], starts: bool, dose: bool, before: str, after: str
) -> tuple[str, float] | None:
    """Capitalised words that no list holds: a name unless they look like a drug, a place or a maker."""
    if dose or all(looks_like_word(one.text) or is_medical(one.text) for one in whole):
        return None
    headline = HEADLINE_AFTER.match(after)
    if re.match(r" [A-Z][a-z]", after) and not headline:
        return None
    if MAKER_AFTER.match(after) or NUMBER_AFTER.match(after):
        return None
    if AFTER.match(after) or headline:
        return "unknown_after", 0.6
    if len(whole) > 1:
        return "unknown_pair", 0.55
    if starts and VERB_AFTER.match(after) and len(whole[0].text) > 3:
        return "unknown_verb", 0.5
    if (
        starts
        and len(whole[0].text) > 2
        and not whole[0].text.isupper()
        and not looks_like_word(whole[0].text)
    ):
        if re.search(r"(?:^|\n)$", before) and SAID_AFTER.match(after):
            return "says", 0.5
        if SMALL_AFTER.match(after) or CALLED_AFTER.match(after):
            return "unknown_start", 0.45
    if starts or THING_BEFORE.search(before) or whole[0].text.isupper():
        return None
    return "unknown", 0.5


def _ends(after: str) -> bool:
    return bool(re.match(r"[,.;:!?]?[\"”’']?(?:\s+[a-z(]|\s*$|['’]s)", after))


def is_drug(run: Sequence[Token], before: str, after: str) -> bool:
    """Whether a dose follows, or a word that ends as drugs do stands where a drug is named."""
    whole = [one for one in run if not one.initial]
    return bool(DOSE.match(after)) or (
        len(whole) == 1 and bool(DRUG_BEFORE.search(before)) and looks_like_word(whole[0].text)
    )
