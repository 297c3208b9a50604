"""Whether images are of one patient, so that a text beside them may leave with the same dates and names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from verticals.medical.imaging.copies import NO_NAMES
from verticals.medical.imaging.deidentify import patient_group

_TELLING = ("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate")


@dataclass(slots=True)
class Patients:
    """What the images of a study state of their patient: to be added before anything is changed in them."""

    _groups: set[str] = field(default_factory=set)
    _stated: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in _TELLING})

    def add(self, dataset: Dataset) -> None:
        self._groups.add(patient_group(dataset))
        for name, values in self._stated.items():
            values.add(_plain(dataset, name))

    def only(self) -> str | None:
        """The group of the one patient of all images; None where they may be of several.

        They are of one where nothing that is stated differs, and each states the number, or each the name.
        """
        if len(self._groups) != 1 or any(len(values - {""}) > 1 for values in self._stated.values()):
            return None
        known = any("" not in self._stated[name] for name in ("PatientID", "PatientName"))
        return next(iter(self._groups)) if known else None


def _plain(dataset: Dataset, name: str) -> str:
    """A value without what writers differ in: case, order and marks; empty where it names nobody."""
    first = str(dataset.get(name) or "").split("=")[0]  # a name in Latin letters, where it is in several
    words = sorted(_words(first))
    return "" if set(words) <= NO_NAMES else " ".join(words)


def _words(text: str) -> Iterator[str]:
    return (word.casefold() for word in re.split(r"[\^\s,.\0]+", text) if word)
