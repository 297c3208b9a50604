"""Recogniser of names in English text: titles and roles before them, lists of names, and what is no word."""

import re
from collections.abc import Iterable, Sequence

from verticals.medical.deidentify.lexicon import (
    LETTERS,
    is_ambiguous,
    is_ambiguous_given,
    is_family,
    is_given,
    is_medical,
    is_word,
    looks_like_word,
)
from verticals.medical.deidentify.name_neighbours import names_again, names_joined, names_three
from verticals.medical.deidentify.name_words import EPONYM, PARTICLES, TOKEN, Token, capitals_set
from verticals.medical.deidentify.span import Span

_TITLE = re.compile(
    r"(?:^|[^\w])(?:mr|mrs|ms|miss|mx|dr|drs|prof|professor|doctor|sir|dame|lord|nurse|sister|matron|rev"
    r"|reverend|fr|capt"
    r"|captain|sgt|mme|mlle|herr|frau|señora?|sra?|mister|madam|master)\.?\s+$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:(?:patient|pt|client|subject|participant|mother|mum|mom|father|dad|parents?|husband|wife"
    r"|spouse|partner|fianc[eé]e?"
    r"|son|daughter|brother|sister|uncle|aunt|niece|nephew|cousin|grand(?:mother|father|son|daughter)"
    r"|guardian|carer|caregiver"
    r"|neighbou?r|friend|surgeon|assistant|ana?esthetist|an[a]?esthesiologist|physician|consultant"
    r"|registrar|resident|intern"
    r"|co-?ordinator|interpreter|midwife|pharmacist|therapist|physiotherapist|dietitian|psychologist"
    r"|social worker|nurse|gp"
    r"|pcp|doctor|attending|driver|witness|employee|teacher|lawyer|kin|nok|emergency contact|contact"
    r"|author|scribe|operator)"
    r"(?:'s)?(?: (?:full |first |last )?names?)?(?: is| was|,? called|,? named)?"
    r"|names?(?: (?:is|was|are|on file))?|named|called|surname|(?:sur|last |first |full )name|known as"
    r"|signed(?: electronically)?|dear|hi|hello|hey|cc|attn|attention|regards|sincerely|faithfully|truly"
    r"|wishes"
    r"|spoke (?:to|with)|discussed with|seen with|lives with|letter to|informed|copied to|presented by"
    r"|present|thanks|i am"
    r"|i'm|this is|said|says|told|calls me|leave me|thank|[a-z]+ by|by)\s*[:,(–-]?\s*[\"“]?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:,? (?:M\.?D\.?|D\.?O\.?|RN|BSN|NP|PA(?:-C)?|PhD|FRC\w+|MRC\w+|MBBS|MBChB|DDS|OT|PT|SLT|CNM|LCSW"
    r"|Esq|Jr|Sr)\b"
    r"|,? \((?:wife|husband|son|daughter|mother|father|brother|sister|partner|carer|friend|neighbou?r"
    r"|niece|nephew|social)"
    r"|,? (?:is|was|said|says|has|had|reports?|reported|denie[sd]|lives|lived|attended|walked|took"
    r"|called|slept|describe[sd]"
    r"|complain(?:s|ed)|presented|told|asked|smokes|tolerated|continues|wants|went|came|became|knows"
    r"|felt|feels|wrote|writes"
    r"|his|her|agreed|declined|refused|points|explains|who|spent|returned|arrived|born|gave|spent|made"
    r"|met|got|sent|lost|left|won|ran|saw|thought|bought|brought|sat|stood|kept|held|led|put"
    r"|sold|spoke|taught|threw|drove|ate|drank|fell|flew|forgot|grew|began|broke|chose|built|doesn|didn"
    r"|isn|wasn|likes|and I|sang|plays|played"
    r"|moved|works?|worked)\b"
    r"|['’]s\b| et al\b|,? and colleagues| (?:family|household|brothers|sisters|siblings)\b"
    r"|, (?:could|can|please"
    r"|would|will you|I|we|thanks|thank you|you|are you)\b"
    r"| (?:will|would|could|might|should|knew|loved|hated)\b)"
)
# Written with a capital before a name; small they are words of other meaning.
_OFFICE = re.compile(
    r"(?:^|\W)(?:Senator|Governor|President|Minister|Coach|Officer|Detective|Judge|Mayor|Pastor|Colonel|Major"
    r"|General|Lieutenant|Inspector|Constable|Chancellor|Ambassador|Secretary|Uncle|Aunt|Auntie|Father|Brother"
    r"|Grandma|Grandpa|Chef|Actor|Actress|Singer|Guitarist|Composer|Author|Director|Agent|Corporal|Private"
    r"|Chairman|Chairwoman|Congressman|Congresswoman|Justice|Rabbi|Imam|Nurse|Midwife|Professor)\s$"
)
# What is said after "Patient:" begins with any word: "Patient: Nope, never".
_SAYS = re.compile(r":\s*$")
_SPEECH = re.compile(r"\s+[a-z]|[.!?…]|,\s+(?:I|we|it|so|and|but|no|yes|not|that)\b")
_DOSE = re.compile(
    r"\s*(?:\(?[\w/ ]{0,12}\)?\s?)?\d[\d.,]*\s?(?:mg|g|mcg|micrograms?|ml|mL|units?|IU|mmol|%|µg)\b"
)
_DRUG_BEFORE = re.compile(
    r"\b(?:start(?:ed|ing)?(?: on)?|stop(?:ped)?|on|taking|takes|took|with|prescribed|dose of|tolerated"
    r"|offered|given|level of|plus|and|or|to|increased?|decreased?|of|medications?:|allerg(?:ic"
    r"|ies)(?: to|:)?)\s*$",
    re.IGNORECASE,
)
# Before an unknown word these tell of a drug, a place or a part of the body, whatever its ending.
_THING_BEFORE = re.compile(
    r"\b(?:start(?:ed|ing)?(?: on)?|stop(?:ped)?|on|taking|takes|took|prescribed|dose of|tolerated"
    r"|offered|level of|plus"
    r"|increased?|decreased?|medications?:|allerg(?:ic|ies)(?: to|:)?|in|at|near|outside|visit(?:ed"
    r"|ing)?|towards?|around|via"
    r"|the|an?|southern|northern|western|eastern|(?:moved?|travel\w*|go(?:ing|es)?|went|came|come|flew"
    r"|fly|flight|back"
    r"|return\w*|transfer\w*|sent|trip|train|bus|way|here) (?:to|from)"
    r"|(?:sphincter|circle|tetralogy|angle|ligament|pouch|loop|islets?|ampulla|canal|foramen|node"
    r"|crypts?|triangle|city"
    r"|town|university|college|republic|state|kingdom|bank|port|part|mayor|north|south|east|west) of)\s+$",
    re.IGNORECASE,
)
_VERB_AFTER = re.compile(
    r",? (?:then |also |later |never |once |who )?(?:[a-z]{3,}ed|[a-z]{2,}[^s\W]s"
    r"|will|would|can|could|did|does)\b (?:[a-z]|$)"
)
_SMALL_TITLED = re.compile(
    r"\b(?i:mr|mrs|ms|miss|dr|prof)\.? (?P<id>[a-zß-ÿ][a-zß-ɏ'’-]{2,}(?: [a-zß-ÿ][a-zß-ɏ'’-]{2,})?)"
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n\"“(•]|\s[-–])\s*$")
_REVERSED = re.compile(
    rf"(?<![\w-])(?P<family>[A-ZÀ-ÖØ-Þ]{{2,}}(?:['’-][A-ZÀ-ÖØ-Þ]+)*(?: [A-ZÀ-ÖØ-Þ]{{2,}}"
    rf"(?:['’-][A-ZÀ-ÖØ-Þ]+)*){{0,2}}), "
    rf"(?P<given>[A-ZÀ-ÖØ-Þ][{LETTERS}]+)(?: [A-Z]\.?(?![\w]))?"
)


def english_names_find(text: str) -> Iterable[Span]:
    """Names by context and lists; a part of a sure name is found wherever it stands again."""
    text = capitals_set(text)
    found = list(_reversed(text))
    tokens = [Token(one.start(), one.end(), one[0]) for one in TOKEN.finditer(text)]
    at = 0
    while at < len(tokens):
        run = _run(text, tokens, at)
        if run:
            found += _judged(text, run, tokens[at + len(run) :])
        at += max(1, len(run))
    found += names_three(text)
    found += _small_titled(text)
    found += names_joined(text, tokens, found)
    return found + list(names_again(text, tokens, found))


def _run(text: str, tokens: Sequence[Token], at: int) -> list[Token]:
    """The tokens from `at` on that may be one name: "Anna M. de la Cruz"."""
    first = tokens[at]
    particle_first = first.text.lower() in PARTICLES and first.capital and len(first.text) > 1
    if not (first.nameable or particle_first) and not (
        first.initial
        and _gap(text, tokens, at) in (". ", " ")
        and text[first.start - 1 : first.start] in ("", " ", "\n", "(")
    ):
        return []
    run = [first]
    for place in range(at, min(at + 5, len(tokens) - 1)):
        gap, following = _gap(text, tokens, place), tokens[place + 1]
        if gap not in (" ", ". ", ".") or (gap != " " and not tokens[place].initial):
            break
        joins = following.initial or following.nameable or following.text.lower() in PARTICLES
        # a family name may be any word: "Karin Beer"
        joins = joins or (
            gap == " " and following.proper and tokens[place].named and is_given(tokens[place].text)
        )
        if not joins:
            break
        run.append(following)
    while run and not run[-1].nameable and not (len(run) > 1 and run[-1].proper and is_given(run[-2].text)):
        run.pop()
    # "A Smith" at the start of a sentence is an article
    return run if any(one.nameable and not one.initial for one in run) else []


def _gap(text: str, tokens: Sequence[Token], at: int) -> str:
    return text[tokens[at].end : tokens[at + 1].start] if at + 1 < len(tokens) else ""


def _judged(text: str, run: Sequence[Token], rest: Sequence[Token]) -> Iterable[Span]:
    before, after = text[max(0, run[0].start - 45) : run[0].start], text[run[-1].end : run[-1].end + 40]
    if EPONYM.match(after) and not _TITLE.search(before):
        return
    verdict = _verdict(run, before, after)
    if verdict is not None:
        rule, score = verdict
        yield Span(run[0].start, run[-1].end, "name", f"name.{rule}", score)


def _verdict(run: Sequence[Token], before: str, after: str) -> tuple[str, float] | None:
    whole = [one for one in run if not one.initial]
    starts = bool(_SENTENCE_START.search(before))
    dose = bool(_DOSE.match(after)) or (
        len(whole) == 1 and bool(_DRUG_BEFORE.search(before)) and looks_like_word(whole[0].text)
    )
    if _TITLE.search(before):
        return "title", 0.95
    if _OFFICE.search(before) and not all(is_word(one.text) and not is_ambiguous(one.text) for one in whole):
        return "office", 0.86
    if (
        _ROLE.search(before)
        and not dose
        and not _speech_begins(whole, before, after)
        and not all(looks_like_word(one.text) and not one.named for one in whole)
    ):
        return "role", 0.9
    if len(run) > 1 and any(is_given(one.text) or is_ambiguous(one.text) for one in whole[:1]):
        plain = (
            is_ambiguous(whole[0].text)
            and all(is_ambiguous(one.text) for one in whole)
            and starts
            and not _AFTER.match(after)
        )
        return None if plain else ("given_and_family", 0.87)
    if re.match(r",? (?:M\.?D|RN|FRC|MRC|\()", after) and _AFTER.match(after):
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
        and not _THING_BEFORE.search(before)
    ):
        # "thank you Ruby for", but neither "Will" in "Ward Will" nor a heading
        return ("given_inside", 0.55) if re.match(r"[,.;:!?]?(?:\s+[a-z(]|\s*$|['’]s)", after) else None
    if len(whole) > 1 and not is_word(whole[0].text) and is_ambiguous(whole[-1].text) and not dose:
        return "unknown_pair", 0.55
    if any(is_ambiguous(one.text) for one in whole):
        # "Rose walked", but not "Will follow" at the start of a sentence
        person = not _THING_BEFORE.search(before) and not (starts and is_word(whole[0].text))
        return ("after", 0.6) if person and _AFTER.match(after) else None
    return _unknown(whole, starts, dose, before, after)


def _speech_begins(whole: Sequence[Token], before: str, after: str) -> bool:
    """Whether a word after "Patient:" begins what the patient says."""
    known = any(one.named or is_ambiguous(one.text) for one in whole)
    said = bool(_SAYS.search(before)) and len(whole) == 1 and not known
    return said and bool(_SPEECH.match(after)) and not _AFTER.match(after)


def _unknown(
    whole: Sequence[Token], starts: bool, dose: bool, before: str, after: str
) -> tuple[str, float] | None:
    """Capitalised words that no list holds: a name unless they look like a drug, a place or a maker."""
    if dose or all(looks_like_word(one.text) or is_medical(one.text) for one in whole):
        return None
    if re.match(r" [A-Z][a-z]", after) or re.match(r",? (?:Inc|Ltd|LLC|Corp|GmbH|AG|Co)\b", after):
        return None
    if _AFTER.match(after):
        return "unknown_after", 0.6
    if len(whole) > 1:
        return "unknown_pair", 0.55
    if starts and _VERB_AFTER.match(after) and len(whole[0].text) > 3:
        return "unknown_verb", 0.5
    if starts or _THING_BEFORE.search(before) or whole[0].text.isupper():
        return None
    return "unknown", 0.5


def _small_titled(text: str) -> Iterable[Span]:
    """Names written small after a title: "ms. okoye"."""
    for match in _SMALL_TITLED.finditer(text):
        words = match["id"].split()
        if not is_word(words[0]):
            last = len(words) > 1 and not is_word(words[1])
            end = match.end("id") if last else match.start("id") + len(words[0])
            yield Span(match.start("id"), end, "name", "name.title_small", 0.8)


def _reversed(text: str) -> Iterable[Span]:
    """SURNAME, Given."""
    for match in _REVERSED.finditer(text):
        family, given = match["family"].split()[-1], match["given"]
        known = is_given(given) or is_ambiguous(given)
        if (known or not is_word(given) and not looks_like_word(given)) and (
            not is_word(family) or is_ambiguous(family) or is_family(family)
        ):
            yield Span(match.start(), match.end(), "name", "name.reversed", 0.93)
