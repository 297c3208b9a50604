"""Copies of removed identifiers in what is kept: a name in a device's description, a number in a code."""

import re
from collections.abc import Iterator, Set
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from verticals.medical.imaging.short_names import code_names, short_names_found, short_names_written

BINARY = {"OB", "OD", "OF", "OL", "OV", "OW"}
IDENTIFYING = {
    "PatientID", "AccessionNumber", "OtherPatientIDs", "InstitutionName", "StationName", "DeviceSerialNumber",
    "AdmissionID", "StudyID",
}  # fmt: skip
PEOPLE = ("PatientName", "ReferringPhysicianName", "PerformingPhysicianName")
NO_NAMES = {"none", "anonymous", "unknown", "removed"}
WORD_MIN_CHARS = 4
_HAN = re.compile("[一-鿿]{2}")
_NEEDED = {"PhotometricInterpretation", "SpecificCharacterSet"}
_NO_WORDS = BINARY | {"SQ", "UI", "DS", "IS", "DA", "TM", "DT", "US", "SS", "UL", "SL", "FL", "FD", "AT"}


def values_written(element: DataElement) -> list[str]:
    """The values of an element as text; none for bytes."""
    value = element.value
    if value is None or value == "" or isinstance(value, bytes):
        return []
    if not isinstance(value, MultiValue | list):
        value = [value]
    return [_as_written(one) for one in value if one is not None]


def _as_written(value: Any) -> str:
    """A number as its text has it; anything else as text."""
    written = getattr(value, "original_string", None)
    return written if isinstance(written, str) else str(value)


def identifying_words(element: DataElement) -> set[str]:
    """The words of a name or number that is being removed, of items of a sequence too."""
    if element.VR == "SQ":
        return {word for item in element.value for inner in item for word in identifying_words(inner)}
    if element.VR != "PN" and element.keyword not in IDENTIFYING:
        return set()
    words = (word for value in values_written(element) for word in re.split(r"[\^=\s,;]+", value))
    return {
        word.casefold()
        for word in words
        if (len(word) >= WORD_MIN_CHARS or _HAN.match(word)) and word.casefold() not in NO_NAMES
    }


def identifying_names(element: DataElement) -> set[str]:
    """The names with a short part that are being removed, of items of a sequence too."""
    if element.VR == "SQ":
        return {name for item in element.value for inner in item for name in identifying_names(inner)}
    return short_names_written(set(values_written(element))) if element.VR == "PN" else set()


def copies_blank(
    dataset: Dataset, identifiers: Set[str], names: Set[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Empty every value in which one of the words or names stands; gives path and keyword of each."""
    if not identifiers and not names:
        return
    for element, path in _elements(dataset, ""):
        if element.keyword in _NEEDED or element.VR in _NO_WORDS:
            continue
        text = " ".join(values_written(element))
        if _has_word(text.casefold(), identifiers) or _has_name(element, text, names):
            element.value = ""
            yield path, element.keyword


def _has_word(text: str, words: Set[str]) -> bool:
    return any(word in text for word in words)


def _has_name(element: DataElement, text: str, names: Set[str]) -> bool:
    if element.VR == "CS" and code_names(text, names):
        return True
    return any(short_names_found(text, names))


def _elements(dataset: Dataset, path: str) -> Iterator[tuple[DataElement, str]]:
    for element in dataset:
        here = f"{path}{element.keyword or element.tag}"
        yield element, here
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from _elements(item, f"{here}[{number}].")
