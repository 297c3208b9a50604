"""Whether a text that stays in an image identifies somebody: a name may stand in a device's description."""

import re
from collections.abc import Iterator, Set
from functools import lru_cache

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from verticals.medical.deidentify.recognise import TextUnreadable, identifiers_find
from verticals.medical.imaging.codes import code_meaning
from verticals.medical.imaging.copies import BINARY, values_written
from verticals.medical.imaging.profile import maker_words, technical_texts

CODES = {"CodeValue", "LongCodeValue"}
VERSIONS = {"SoftwareVersions", "CodingSchemeVersion"}  # which are dates for many a maker and scheme
# Unknown words, and a word with a number after it, are products as a rule here, not names and places.
_NO_SIGN = {"name.unknown", "name.unknown_start", "address.number_last", "address.place_code"}
_LISTED, _PAIR = "name.list", "name.unknown_pair"
_CHOSEN_KINDS = {"phone", "email", "ssn", "resident", "insurance", "card", "name"}
_CHOSEN_SCORE = 0.88  # of a name: by a title or role, as institutions and devices are named for people too
_VOWEL = re.compile(r"[^\x00-\x7f]|[AEIOUY]")  # without one it is no name but letters of a maker
_LONG_NUMBER = re.compile(r"\d{7}")
_VERSION_DATE = re.compile(r"(?:199|20\d)\d\.?\d\d?\.?\d\d?|\d\d?\.\d\d?\.\d\d?")
_COMPACT_DATE = re.compile(r"(?<!\d)(?:199|20\d)\d[01]\d[0-3]\d(?!\d)")
# A concept's identifier ends in its partition, 00 or 10, and a check digit.
_SNOMED = re.compile(r"\d{3,15}[01]0\d")
_SNOMED_SCHEMES = {"SCT", "SRT", "2.16.840.1.113883.6.96"}


def texts_blank(dataset: Dataset, dates: Set[str], path: str = "") -> Iterator[tuple[str, str]]:
    """Empty every technical text in which an identifier is found; gives path and keyword of each.

    Args:
        dates: those that the data set stated, of which none is a version (see dates_stated).
    """
    for element in dataset:
        here = f"{path}{element.keyword or element.tag}"
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from texts_blank(item, dates, f"{here}[{number}].")
        elif element.keyword in technical_texts() and _text_identifies(dataset, element, dates):
            element.value = ""
            yield here, element.keyword


def dates_stated(dataset: Dataset) -> Iterator[str]:
    """The dates of a data set that may tell of a person, at all depths, as yyyymmdd."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from dates_stated(item)
        elif element.VR in {"DA", "DT"} and not element.keyword.startswith("ContextGroup"):
            yield from (value.replace(".", "")[:8] for value in values_written(element))


def chosen_identifies(value: str) -> bool:
    """Whether a text that somebody chose to keep, as of a device or institution, tells of a person too."""
    found = _found(value)
    if found is None:
        return True
    return any(
        kind in _CHOSEN_KINDS and (kind != "name" or score >= _CHOSEN_SCORE)
        for kind, _rule, score, _text in found
    )


def _text_identifies(dataset: Dataset, element: DataElement, dates: Set[str]) -> bool:
    if element.VR in BINARY | {"CS"} or _is_known_code(dataset, element.keyword):  # of CS the words are known
        return False
    return any(_value_identifies(value, element.keyword, dates) for value in values_written(element))


def _value_identifies(value: str, keyword: str, dates: Set[str]) -> bool:
    found = _found(value)
    if found is None or (keyword not in CODES and _has_long_number(value, keyword)):
        return True
    return any(
        not _is_technical(rule, text) and not (kind == "date" and _is_version(text, keyword, dates))
        for kind, rule, _score, text in found
    )


def _has_long_number(value: str, keyword: str) -> bool:
    rest = _COMPACT_DATE.sub("", value) if keyword in VERSIONS else value
    return bool(_LONG_NUMBER.search(rest))


@lru_cache(maxsize=4096)  # the images of a series say the same
def _found(value: str) -> tuple[tuple[str, str, float, str], ...] | None:
    """Kind, rule, score and text of each identifier; None where the text cannot be read."""
    plain = re.sub(r"[_^=]", " ", value) if "@" not in value else value
    try:
        spans = identifiers_find(plain)
    except TextUnreadable:
        return None
    return tuple((one.kind, one.rule, one.score, plain[one.start : one.end]) for one in spans)


def _is_technical(rule: str, text: str) -> bool:
    """Whether what a weak rule found is a word of makers, or a version that is written as an address is."""
    if rule in _NO_SIGN:
        return True
    if rule == "ip.v4":
        return sum(len(part) > 2 for part in text.split(".")) < 2
    words = re.findall(r"[^\W\d_]+", text.upper())
    if rule == _LISTED:
        return all(word in maker_words() or len(word) <= 2 for word in words)
    return rule == _PAIR and any(word in maker_words() or not _VOWEL.search(word) for word in words)


def _is_version(text: str, keyword: str, dates: Set[str]) -> bool:
    figures = "".join(part.zfill(2) for part in text.split("."))
    return keyword in VERSIONS and bool(_VERSION_DATE.fullmatch(text)) and figures not in dates


def _is_known_code(dataset: Dataset, keyword: str) -> bool:
    if keyword not in CODES:
        return False
    scheme, code = (str(dataset.get(name) or "").strip() for name in ("CodingSchemeDesignator", keyword))
    return bool(code_meaning(scheme, code)) or (scheme in _SNOMED_SCHEMES and bool(_SNOMED.fullmatch(code)))
