"""Copies of removed identifiers in what is kept: a name in a device's description, a number in a code."""

import re
from collections.abc import Iterator, Set
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

BINARY = {"OB", "OD", "OF", "OL", "OV", "OW"}
IDENTIFYING = {
    "PatientID", "AccessionNumber", "OtherPatientIDs", "InstitutionName", "StationName", "DeviceSerialNumber",
    "AdmissionID", "StudyID",
}  # fmt: skip
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


def copies_blank(dataset: Dataset, identifiers: Set[str]) -> Iterator[tuple[str, str]]:
    """Empty every value in which one of the words stands; gives path and keyword of each."""
    if not identifiers:
        return
    for element, path in _elements(dataset, ""):
        if element.keyword in _NEEDED or element.VR in _NO_WORDS:
            continue
        text = " ".join(values_written(element)).casefold()
        if text and any(word in text for word in identifiers):
            element.value = ""
            yield path, element.keyword


def _elements(dataset: Dataset, path: str) -> Iterator[tuple[DataElement, str]]:
    for element in dataset:
        here = f"{path}{element.keyword or element.tag}"
        yield element, here
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from _elements(item, f"{here}[{number}].")
