"""Whose a note is, by what its head states: notes of one patient are one group."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

HEAD_CHARS = 3000
_NUMBER = re.compile(
    r"(?:\bMRN|\bmedical record (?:number|no)\.?|\bhospital (?:number|no)\.?|\bpatient (?:id|number|no)\.?"
    r"|\bchart (?:number|no)\.?|\bNHS number|病案号|病历号|住院号|门诊号|患者编号)\s*[:：#]?\s*"
    r"(?P<number>[A-Za-z]{0,4}[- ]?\d[\w-]{2,}(?: \d{3,4}){0,2})",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:\bpatient(?:['’]s)? name|\bname of (?:the )?patient|^[ \t]*name|患者姓名|病人姓名|^[ \t]*姓名)"
    r"\s*[:：]\s*"
    r"(?P<name>[^\W\d_][^\n:：,;，；。|\u3000]{1,60}?)(?=\s{2,}|\s*(?:$|[\n,;，；。|\u3000])|\s+\S+\s*[:：])",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class PatientMarks:
    """What a note states of its patient: a number, a name, or neither."""

    number: str = ""
    name: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """What other notes of the same patient have in common with it."""
        number = re.sub(r"\W", "", self.number).casefold()
        name = " ".join(self.name.casefold().split())
        return tuple(f"{kind} {one}" for kind, one in (("number", number), ("name", name)) if one)


def patient_marks(text: str) -> PatientMarks:
    """The first number and name that the head of a note states for its patient."""
    head = text[:HEAD_CHARS]
    number, name = _NUMBER.search(head), _NAME.search(head)
    return PatientMarks(number["number"] if number else "", name["name"].strip() if name else "")


def patients_of(notes: Iterable[tuple[UUID, PatientMarks]]) -> Mapping[UUID, str]:
    """The patient of each note, by a name that only notes of theirs have.

    Notes that share a number or a name are one patient's: where two of a name are two people, both are
    guarded as one, and where one note has the number alone and another the name, a third with both joins
    them. A note that states neither is a patient of its own.
    """
    over: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := over.setdefault(name, name)) != name:
            over[name] = over[above]
            name = above
        return name

    first: dict[UUID, str] = {}
    for document, marks in notes:
        keys = marks.keys or (f"document {document}",)
        first[document] = keys[0]
        for key in keys[1:]:
            low, high = sorted((root(keys[0]), root(key)))
            over[high] = low
    return {document: root(key) for document, key in first.items()}
