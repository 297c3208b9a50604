"""The terms that texts are tagged with: any iterable will do; ICD-10-CM and a list of our own come first.

Source of the codes: ICD-10-CM tabular list, National Center for Health Statistics, in the package
simple-icd-10-cm (MIT). Terms of another terminology are given to `Vocabulary` in the same form.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from verticals.medical.tagging.matcher import Found, Matcher

FINDINGS = Path(__file__).parent / "terms" / "findings.txt"
PACKAGE = "simple_icd_10_cm"
ICD10CM = "icd10cm"  # the terminology of our own codes
WORDS_MAX = 6  # a longer description is no phrase that a note would hold
CHARS_MIN = 4
_LEFT_OUT = re.compile(r"^[VWXYZ]|^[IVX]+$|-")  # causes from outside, contacts with care; chapters, blocks
_TAIL = re.compile(
    r",? (?:unspecified|NOS|not elsewhere classified|initial encounter)\b.*$|\s*[\(\[].*$", re.IGNORECASE
)
_VAGUE = re.compile(
    r"^(?:other|unspecified|encounter|personal|family|sequela|drug|specified)\b", re.IGNORECASE
)


class Term(NamedTuple):
    """What a concept is called in a language; the first term of a concept is its name."""

    code: str
    text: str
    language: str


class Vocabulary:
    """Terms, the concepts that they name, and a matcher over all of them."""

    def __init__(self, terms: Iterable[Term], terminology: str = ICD10CM) -> None:
        self.terminology = terminology
        self._terms: dict[str, list[Term]] = defaultdict(list)
        codes: dict[str, str] = {}
        for term in terms:
            self._terms[term.code].append(term)
            codes.setdefault(term.text, term.code)
        self._matcher = Matcher(codes)

    def find(self, text: str) -> list[Found]:
        """The concepts that a text names, the longest at each place, in order."""
        return self._matcher.find(text)

    def name(self, code: str, language: str) -> str:
        """What a concept is called, in the language where it has a name there."""
        terms = self._terms.get(code, [])
        return next((one.text for one in terms if one.language == language), terms[0].text if terms else code)

    def terminology_of(self, code: str) -> str:
        """The terminology that a code is of."""
        return self.terminology

    def synonyms(self, code: str, language: str = "") -> Sequence[str]:
        """All that a concept is called, in one language or in all."""
        return [one.text for one in self._terms.get(code, []) if language in ("", one.language)]

    def narrower(self, code: str) -> Sequence[str]:
        """The codes below a code: in ICD-10-CM they begin with it."""
        return [other for other in self._terms if other != code and other.startswith(code)]


def findings_lines() -> Iterator[list[Term]]:
    """The terms of our own list, in both languages, line by line: those of a line are of one meaning."""
    for line in FINDINGS.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            code, english, chinese = (part.strip() for part in line.split("|"))
            terms = [Term(code, one.strip(), "en") for one in english.split(";")]
            yield terms + [Term(code, one.strip(), "zh") for one in chinese.split(";") if one.strip()]


def findings_terms() -> Iterator[Term]:
    """The terms of our own list, in both languages."""
    for line in findings_lines():
        yield from line


def term_plain(text: str) -> str:
    """A term as a text would say it; empty where none would."""
    plain = _TAIL.sub("", text).strip()
    least = 2 if not plain.isascii() else CHARS_MIN
    if len(plain) < least or len(plain.split()) > WORDS_MAX or _VAGUE.match(plain):
        return ""
    return plain


def icd10cm_terms() -> Iterator[Term]:
    """What ICD-10-CM calls its categories and codes, as far as a text would say it like that."""
    icd = import_module(PACKAGE)
    for code in icd.get_all_codes():
        if not _LEFT_OUT.search(code):
            for text in (icd.get_description(code), *icd.get_inclusion_term(code)):
                if plain := term_plain(text):
                    yield Term(code, plain, "en")


@cache
def default_vocabulary() -> Vocabulary:
    """Our own list before ICD-10-CM. It takes about three seconds to make, once in a process."""
    return Vocabulary([*findings_terms(), *icd10cm_terms()])


@cache
def findings_vocabulary() -> Vocabulary:
    """Our own list alone: the words of notes and questions, and of expansion."""
    return Vocabulary(findings_terms())
