"""Recogniser of streets in Latin script, with what follows them: unit, town, state, country and code."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from verticals.medical.deidentify.lexicon import is_medical, is_word, looks_like_word
from verticals.medical.deidentify.span import Span

_SUFFIX = (
    "Street|St|Str|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Crescent|Cres|Terrace"
    "|Ter|Place|Pl|Square|Sq|Way|Close|Grove|Parade|Pde|Highway|Hwy|Parkway|Pkwy|Row|Mews|Quay|Hill"
    "|Gardens|Park|Path|Trail|Trl|Circle|Cir|Loop|Alley|Esplanade|Rise|Walk|Wharf|Turnpike|Plaza|View"
    "|Green|Heights|Bypass|Expressway|Squares|Streets|Islands?|Islets?|Union|Coves?|Point|Creek|Motorway"
)
# Words for a street, or endings of them, in other languages.
_FOREIGN_ENDING = (
    "straße|strasse|straat|gatan|gata|gade|gränd|vägen|veien|vegen|vej|weg|gasse|platz|allee|laan|katu|tie"
    "|utca|terrasse|stræti|ulice|nagar|steig|damm|ufer|plein|kade|hof|hove|gracht|tänav"
)
_FOREIGN_WORD = (
    r"Rue|Avenue|Av|Via|Viale|Calle|Rua|Ulica|ul\.|Plaza|Piazza|Piazzetta|Avenida|Avda|Boulevard|Chemin"
    r"|Place|Corso"
    r"|Largo|Travessa|Vicolo|Strada|Passeig|Carrer|Camino|Paseo|Quai|Impasse|Allée|Postbox"
)
STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC"
    "|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|NSW"
    "|VIC|QLD|TAS|ACT"
)
UK_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_UNIT = r"(?:Flat|Unit|Apt\.?|Apartment|Suite|Ste\.?|Room|Rm\.?|Floor|Box|#)\s*[\w-]*\d[\w-]*"
_WORD = r"[^\W\d_][\w'’.∆-]*"
_NUMBER = r"(?<![\w./:,-])(?<!\d )(?:(?:No\.? ?)?\d{1,5}(?:[-/]\d{1,4})?[A-Za-z]?)"
_CODE = rf"(?:{UK_POSTCODE}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{{4,6}}(?:-\d{{3,4}})?|\d{{3}} \d{{2}})(?![\w/%])"
# Parts of names of places and streets that are written small.
_SMALL = frozenset(
    re.findall(
        r"\S+",
        "de la le les los las des del della dei di da do dos du e el am an der den upon sur "
        "van von ter of y i u u. na nad útja fejedelem utca terrasse tér út ul ul.",
    )
)
_PLACE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "new north south east west upper lower united saint st great port fort mount lake "
        "kingdom city republic island islands state park hill beach town village bay river "
        "springs falls grand old london paris",
    )
) | frozenset(_SUFFIX.lower().split("|"))
# Between two numbers these tell of a sentence: "mg on 26 July".
_SENTENCE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "on at of in for to and mg ml with by was is or from units x per than days weeks years "
        "hours times day week cm mm g kg",
    )
)


@dataclass(frozen=True, slots=True)
class _Core:
    """A way to write a street. `evidence`: it counts only where more parts follow, or the number is long."""

    name: str
    pattern: re.Pattern[str]
    score: float
    evidence: bool = False


_CORES = (
    _Core("box", re.compile(r"(?i:\bP\.? ?O\.? ?Box|\bPostbox|\bUnit \d+,? Box|\bPSC \d+,? Box) \d+"), 0.88),
    _Core(
        "suffix",
        re.compile(
            rf"(?:(?i:{_UNIT}),?\s+)?{_NUMBER},? (?:\d{{1,5}} )?(?:[NSEW]{{1,2}}\.? )?"
            rf"(?:{_WORD} ){{1,5}}?(?:{_SUFFIX})\b\.?"
            rf"(?:(?: [A-ZÀ-Þ][\w'’-]*){{0,2}} (?:{_SUFFIX})\b)?(?: (?:[NSEW]{{1,2}}|North|South|East"
            rf"|West)\b)?"
        ),
        0.88,
    ),
    _Core(
        "suffix_small",
        re.compile(
            r"(?<![\w.])\d{1,5} (?:\d{1,5} )?(?:[a-z'.]+ ){1,4}?(?:street|road|avenue|lane|drive"
            r"|boulevard|court|crescent)\b"
        ),
        0.6,
    ),
    _Core(
        "foreign_ending",
        re.compile(
            rf"(?:{_NUMBER} )?(?:\d{{1,5}} )?(?:\b{_WORD} ){{0,2}}?\b[^\W\d_][\w'’.-]*"
            rf"(?:{_FOREIGN_ENDING})(?: \d{{1,4}}[A-Za-z]?(?![\w./]))?",
            re.IGNORECASE,
        ),
        0.62,
        evidence=True,
    ),
    _Core(
        "foreign_word",
        re.compile(rf"(?:{_NUMBER} )?(?:\d{{1,5}} )?(?:\b[^\W\d_a-zß-ÿ]\w+ and )?(?<!\w)(?:{_FOREIGN_WORD}) "
            rf"(?:{_WORD} ){{0,5}}?\d{{1,4}}[A-Za-z]?\b(?![./]\d)"),
        0.66,
    ),
    _Core(
        "foreign_word_after",
        re.compile(rf"{_NUMBER} (?:\d{{1,5}} )?(?:{_FOREIGN_WORD}|rue|rua|calle|ulica)(?: {_WORD}){{1,5}}"),
        0.64,
    ),
    _Core("two_numbers", re.compile(rf"{_NUMBER} (?:\d{{1,5}} )?"
        rf"(?:{_WORD},? ){{1,5}}?\d{{1,5}}[A-Za-z]?\b(?![./:%]\d|[%/])(?:\.(?=\s+(?i:{_UNIT})))?"),
          0.6, evidence=True),
    _Core("number_first", re.compile(rf"{_NUMBER} (?:\d{{1,5}} )?[^\W\d_a-zß-ÿ]{_WORD[9:]}"
        rf"(?: {_WORD}){{0,3}}?(?=\s*[,\n])"), 0.59, evidence=True),
    _Core(
        "no_number",
        re.compile(r"(?<!\w)(?:[A-ZÀ-Þ][\w'’-]+ ){1,3}(?:Street|Road|Avenue|Lane|Boulevard|Crescent"
            r"|Drive|Terrace|Turnpike|Str\.)(?!\w)"),
        0.72,
    ),
    _Core("two_before", re.compile(r"(?<![\w./:,-])(?<!\d )\d{3,5} \d{1,5}(?: [A-ZÀ-Þ][\w'’-]+){1,4}"), 0.6),
    _Core("before_unit", re.compile(rf"{_NUMBER} (?:\d{{1,5}} )?(?:{_WORD}\s+){{1,5}}?(?="
        rf"(?i:{_UNIT}))"), 0.7),
    _Core("number_last", re.compile(rf"(?<![\w])(?:{_WORD} ){{1,4}}?\d{{1,4}}[A-Za-z]?\b(?![./:%]\d"
        rf"|[%/])"), 0.58, evidence=True),
)  # fmt: skip


_BEFORE = re.compile(
    r"\b(?:at|on|off|near|to|from|in|is|of|live[sd]?|living|address|located|corner|opposite|behind"
    r"|along)\W{1,2}(?:the )?$",
    re.IGNORECASE,
)


def streets_find(text: str) -> Iterable[Span]:
    """Streets with the lines and parts that follow them."""
    for core in _CORES:
        for match in core.pattern.finditer(text):
            start = match.start()
            if core.evidence:
                start += _lead(match[0])
            if core.name != "box" and not _street_words(text[start : match.end()], core):
                continue
            end, known = _tail(text, match.start() + len(match[0].rstrip()), small=match[0].islower())
            if core.evidence and not known and not _told(text, start, core):
                continue
            yield Span(start, end, "address", f"address.{core.name}", core.score)


def _told(text: str, start: int, core: _Core) -> bool:
    """Whether a street without town or code is told by a long house number or by the words before it."""
    if core.name == "number_first":
        return False
    # a number of three figures or with a nought before it is hardly a count of something
    return bool(re.match(r"0\d|\d{3}", text[start:]) or _BEFORE.search(text, max(0, start - 24), start))


def _lead(core: str) -> int:
    """How many characters before the street belong to the sentence: "deliver to Joaquin Suarez 12"."""
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


def _street_words(core: str, kind: _Core) -> bool:
    """Whether the words between the numbers may be the name of a street."""
    words = [
        word
        for word in re.findall(rf"{_WORD}", core)
        if not re.fullmatch(rf"(?i:{_UNIT.split(')')[0][3:]})", word)
    ]
    if not words:
        return False
    small = [word for word in words if word.islower() and word not in _SMALL and is_word(word)]
    if kind.name == "suffix_small":
        return not any(word in _SENTENCE_WORDS for word in words)
    joined = {"and"} if kind.name == "foreign_word" else set()  # "Hanne and ul. Polna 28" is a corner
    if any(word in _SENTENCE_WORDS and word not in _SMALL | joined for word in words):
        return False
    if not kind.evidence and kind.name != "before_unit":
        return kind.name != "suffix" or len(small) <= 1
    # in a text all in small letters no word has a capital to go by
    if small and not core.islower() or core.islower() and kind.name == "number_last":
        return False
    return any(
        not is_word(word) and not is_medical(word) and not looks_like_word(word)
        for word in words
        if word not in _SMALL
    )


_SEPARATOR = re.compile(r"\s*,\s*|\s*\n\s*|[ \t]+")
_KNOWN = re.compile(
    rf"(?i:{_UNIT})|(?:{STATES})\b\.?|{_CODE}|[A-Za-z\d]{{2,3}}(?=\s{{1,3}}\d{{4,6}}\b)"
    rf"|\(Greek\)|nan\b"
)
_PLACE_WORD = re.compile(_WORD)


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


def _place_end(text: str, at: int, *, small: bool) -> int:
    """The end of at most five words that may name a place; `small`: in an address without capitals."""
    end = at
    for _count in range(5):
        word = _PLACE_WORD.match(text, end + (text[end : end + 1] == " " and end > at))
        if word is None:
            break
        plain = word[0].strip(".").lower()
        if plain in _SMALL and end > at and re.match(r" [^\W\d_a-z]", text[word.end() : word.end() + 2]):
            end = word.end()
            continue
        capital = small or not word[0][0].islower()
        if not capital or (is_word(plain) and plain not in _PLACE_WORDS and not is_medical(plain)):
            break
        # a full stop ends it, but for "St." and letters alone
        end = word.end()
        if word[0].endswith(".") and len(plain) > 3:
            return end - 1
    return end
