"""The sentences of the data set pii_text, as notes: which of their labels name an identifier.

Labels differ from what identifies a patient: a year alone, a weekday, an age under 90, a country, an employer
and a form of address do not (45 CFR 164.514(b)(2)). Spans over these count neither as missed nor as false.
"""

import json
import re
from pathlib import Path
from typing import Any

from verticals.medical.deidentify.planted import Note, Planted

DATA_SET = "pii_text"
_KINDS = {
    "PERSON": "name",
    "STREET_ADDRESS": "address",
    "ZIP_CODE": "address",
    "CREDIT_CARD": "card",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "DOMAIN_NAME": "url",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "US_SSN": "ssn",
    "US_DRIVER_LICENSE": "record",
}
_TIME = re.compile(r"[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?$")
_DAY_OR_MONTH = re.compile(
    r"\d{1,4}[-/.]\d{1,2}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d|\d(?:st|nd|rd|th)?"
    r" (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    re.IGNORECASE,
)


def pii_read(folder: Path) -> list[Note]:
    """All sentences; every eighth template is set aside (unseen)."""
    notes = []
    for path in sorted(folder.glob("synth_*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            planted = tuple(_planted(one) for one in row["spans"])
            half = "unseen" if row["template_id"] % 8 == 7 else "tuned"
            notes.append(Note(row["full_text"], "en", half, f"pii/{row['template_id']}", planted, DATA_SET))
    return notes


def _planted(span: dict[str, Any]) -> Planted:
    value, end = span["entity_value"], span["end_position"]
    kind = _kind(span["entity_type"], value)
    if kind == "date" and (time := _TIME.search(value)):
        end -= len(time[0])  # the time of day may stay
    return Planted(span["start_position"], end, kind)


def _kind(label: str, value: str) -> str:
    """The kind of an identifier, or nothing for a label that names none."""
    if label == "DATE_TIME":
        return "date" if _DAY_OR_MONTH.search(value) else ""
    if label == "AGE":
        return "age" if value.isdigit() and int(value) >= 90 else ""
    return _KINDS.get(label, "")
