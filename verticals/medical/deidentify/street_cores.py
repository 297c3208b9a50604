"""The ways in which streets are written, each with how much it tells."""

import re
from dataclasses import dataclass

from verticals.medical.deidentify.street_words import (
    ENDING_ALONE,
    FOREIGN_ENDING,
    FOREIGN_WORD,
    FOREIGN_WORD_SMALL,
    RARE_SUFFIX,
    SMALL_WORD,
    SUFFIX,
    SURE_ENDING,
    UNIT,
    WORD_AFTER,
    WORD_AFTER_SURE,
)

# Bounded, so that a long run without a space costs no square of its length.
WORD = r"[^\W\d_][\w'’.∆-]{0,40}"
_NAME = r"[^\W\d_a-zß-ÿ][\w'’.∆-]{0,40}"  # written with a capital
_NUMBER = (
    r"(?<![\w./:,-])(?:(?<!\d )|(?<=\d{4} ))(?:(?:(?:H\.? ?)?No\.? ?)?\d{1,5}(?:[-/]\d{1,4})?(?:-?[A-Za-z])?)"
)
# A unit before the street: "Flat 9", "2675 Studio 2".
_UNIT = (
    rf"(?<!\w)(?:{_NUMBER} )?(?:(?<![\w/])\d{{1,4}} ?/|(?i:{UNIT}))(?:,?\s+(?i:{UNIT}))?,?\s+"
    r"(?:\d{1,5}[A-Za-z]? )?"
)
# After a name: "12", "12a", "4/3", "67-72", "# 85-8", "Nr. 86".
_AFTER = (
    r"(?:S/N\b|(?:#|[Nn](?:[ro]?[.°º]|[ro]:?))? ?\d{1,5}(?:[A-Za-zª]\b)?"
    r"(?: ?[-/] ?\d{1,4}[A-Za-z]?)?(?: \d{2,4})?(?!\w|[./:%]\d|[%]))"
)


@dataclass(frozen=True, slots=True)
class Core:
    """A way to write a street. `evidence`: it counts only where more parts follow, or the number is long."""

    name: str
    pattern: re.Pattern[str]
    score: float
    evidence: bool = False


CORES: tuple[Core, ...] = (
    Core("box", re.compile(r"(?i:\bP\.? ?O\.? ?Box|\bPostbox|\bUnit \d+,? Box|\bPSC \d+,? Box) \d+"), 0.88),
    Core(
        "unit",
        re.compile(r"(?<!\w)(?i:Suite|Apt\.?|Apartment|Flat) (?i:no\.? )?#?\d{1,4}[A-Za-z]?(?![\w./]\d)"),
        0.6,
    ),
    Core(
        "suffix",
        re.compile(
            rf"(?:{_UNIT}|{_NUMBER},? )(?:\d{{1,5}}(?:/\d{{1,4}},?)? )?(?:[NSEW]{{1,2}}\.? )?"
            rf"(?:(?:{WORD}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,5}}?(?:{SUFFIX})\b\.?"
            rf"(?:(?: [A-ZÀ-Þ][\w'’-]*){{0,2}} (?:{SUFFIX})\b)?(?: (?:[NSEW]{{1,2}}|North|South|East"
            rf"|West)\b)?"
        ),
        0.88,
    ),
    Core(
        "suffix_small",
        re.compile(
            r"(?<![\w.])\d{1,5} (?:\d{1,5} )?(?:[A-Za-zÀ-ɏ'.]+ ){1,4}?(?:street|road|avenue|lane|drive"
            r"|boulevard|court|crescent)\b"
        ),
        0.6,
    ),
    Core(
        "foreign_ending",
        re.compile(
            rf"(?:\b{WORD} ){{0,2}}?\b[^\W\d_][\w'’.-]{{1,40}}(?:{FOREIGN_ENDING}),? {_AFTER}"
            rf"|{_NUMBER} (?:\d{{1,5}} )?(?:\b{WORD} ){{0,2}}?\b[^\W\d_][\w'’.-]{{1,40}}"
            rf"(?:{FOREIGN_ENDING}|{SURE_ENDING})(?!\w)(?: {_AFTER})?",
            re.IGNORECASE,
        ),
        0.62,
        evidence=True,
    ),
    Core(
        "foreign_word",
        re.compile(rf"(?:{_NUMBER} )?(?:\d{{1,5}} )?(?:\b[^\W\d_a-zß-ÿ]\w+ and )?(?<!\w)(?:{FOREIGN_WORD}) "
            rf"(?:{WORD} ){{0,5}}?\d{{1,4}}[A-Za-z]?\b(?![./]\d)"),
        0.66,
    ),
    Core(
        "foreign_word_after",
        re.compile(
            rf"{_NUMBER} (?:\d{{1,5}} )?(?:{FOREIGN_WORD}|rue|rua|calle|ulica)"
            rf"(?: (?:{SMALL_WORD} )*{_NAME}){{1,4}}"
        ),
        0.64,
    ),
    Core(
        "sure_ending",
        re.compile(
            rf"(?<!\w)(?:{_NUMBER},? )?(?:{_NAME} ){{0,2}}?[^\W\d_][\w'’.-]{{1,40}}"
            rf"(?:{SURE_ENDING}),? {_AFTER}",
            re.IGNORECASE,
        ),
        0.76,
    ),
    Core("word_before", re.compile(rf"(?<!\w)(?:{FOREIGN_WORD}|(?i:{FOREIGN_WORD_SMALL}))"
        rf"(?: (?:{WORD}|\d{{1,3}}[A-Zª]?)){{1,6}}?,? {_AFTER}(?: ?# ?\d{{1,3}}[A-Z]?-\d{{1,3}})?"
        rf"(?: (?:Sur|Norte|Este|Oeste)\b)?"), 0.7),
    Core("word_number", re.compile(r"(?<!\w)(?:Calle|Cl\.?|Carrera|Cra?\.?|Kra\.?|Diagonal|Tr\.|Transversal"
        r"|Av\.?|Avenida) \d{1,3}[A-Zª]{0,2}(?: (?:Bis|Sur|Norte|Este|Oeste))? ?# ?\d{1,3}[A-Z]? ?- ?\d{1,3}"
        r"(?: (?:Sur|Norte|Este|Oeste)\b)?"), 0.85),
    Core("number_word", re.compile(rf"{_NUMBER},? "
        rf"(?:(?i:{FOREIGN_WORD_SMALL})|{FOREIGN_WORD}|route|place|via)"
        rf"(?: (?:de|du|des|la|le|les|l'))*(?: {_NAME}){{1,4}}"), 0.8),
    Core("word_alone", re.compile(rf"(?<!\w)(?i:{FOREIGN_WORD_SMALL})"
        rf"(?: {SMALL_WORD})*(?: {_NAME}){{1,3}}"), 0.66),
    Core("word_after_alone", re.compile(rf"(?<!\w){_NAME} (?:{WORD_AFTER_SURE})(?!\w)"), 0.66),
    Core("ending_alone", re.compile(rf"(?i:(?<!\w)[^\W\d_]\w{{2,}}(?:{ENDING_ALONE})(?!\w))"), 0.62),
    Core("initials", re.compile(rf"{_NUMBER} [^\W\d_a-zß-ÿ]\.[^\W\d_a-zß-ÿ][\w'’]{{2,}}"), 0.6),
    Core("suffix_alone", re.compile(rf"(?<!\w)(?:{_NAME} ){{1,3}}?(?:{SUFFIX}|{RARE_SUFFIX})(?!\w)"),
        0.58, evidence=True),
    Core("word_after", re.compile(rf"(?<!\w)(?:{_NAME} ){{1,4}}?(?:{WORD_AFTER}|{SURE_ENDING})"
        rf" {_AFTER}"), 0.78),
    Core("accented", re.compile(rf"(?<!\w)(?=[^\s\d]{{0,40}}[À-ɏ])"
        rf"{_NAME}(?: {WORD})? {_AFTER}"), 0.57),
    Core("suffix_rare", re.compile(rf"(?:{_UNIT}|{_NUMBER},? (?:\d{{1,5}}(?:/\d{{1,4}})?,? )?)"
        rf"(?:{_NAME} ){{1,4}}?(?:{RARE_SUFFIX})\b(?: (?:Road|Street|Avenue)\b)?"), 0.74, evidence=True),
    Core("unit_name", re.compile(rf"(?:{_NUMBER} )?"
        rf"(?i:(?:Flat|Studio|Apartment|Apt\.?|Unit|Level) \d{{1,4}}[A-Za-z]?,?"
        rf"\s+(?:{_NAME} ){{1,3}}?(?:{SUFFIX}|{RARE_SUFFIX})\b)"), 0.8),
    Core("two_numbers", re.compile(rf"{_NUMBER} (?:\d{{1,5}} )?"
        rf"(?:{WORD},? ){{1,5}}?\d{{1,5}}(?:[A-Za-z]/\d{{1,3}}|[A-Za-z]?)\b(?![./:%]\d|[%/])"
        rf"(?:\.(?=\s+(?i:{UNIT})))?"),
          0.6, evidence=True),
    Core(
        "no_number",
        re.compile(r"(?<!\w)(?:[A-ZÀ-Þ][\w'’-]+ ){1,3}(?:Street|Road|Avenue|Lane|Boulevard|Crescent"
            r"|Drive|Terrace|Turnpike|Str\.)(?!\w)"),
        0.72,
    ),
    Core("two_before", re.compile(r"(?<![\w./:,-])(?<!\d )\d{3,5} \d{1,5}(?: [A-ZÀ-Þ][\w'’-]+){1,4}"), 0.6),
    Core("before_unit", re.compile(rf"{_NUMBER} (?:\d{{1,5}}(?:/\d{{1,4}})? )?(?:{WORD}\s+){{1,5}}?(?="
        rf"(?i:{UNIT}))"), 0.7),
    Core("name_number", re.compile(rf"(?<!\w){_NAME}(?: (?:{SMALL_WORD} )*{_NAME}){{0,4}}, "
        rf"\d{{1,4}}[A-Za-z]?\b(?![./:%]\d|[%/]| [^\W\d_a-zß-ÿ])"), 0.57, evidence=True),
    Core("number_last", re.compile(rf"(?<![\w])(?:{WORD} ){{1,4}}?\d{{1,4}}(?:[A-Za-z]/\d{{1,3}}|[A-Za-z]?)\b"
        rf"(?![./:%]\d|[%/])"), 0.58, evidence=True),
)  # fmt: skip
