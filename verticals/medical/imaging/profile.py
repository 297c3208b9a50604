"""The Basic Application Level Confidentiality Profile as data (PS3.15, table E.1-1), and its options."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("profile.csv")
TECHNICAL = Path(__file__).with_name("technical.txt")
TERMS = Path(__file__).with_name("terms.txt")
MAKERS = Path(__file__).with_name("makers.txt")
TERM_FIGURES_MAX = 6
REPEATING = {"50": 0x5000, "60": 0x6000}  # curves and overlays: even groups 50xx and 60xx
# DCM codes of what was done (PS3.16, CID 7050).
PROFILE_CODE = ("113100", "Basic Application Confidentiality Profile")


@dataclass(frozen=True, slots=True)
class Options:
    """What is kept beyond the profile; each is a choice of whoever gives the images away."""

    uids: bool = False
    full_dates: bool = False
    modified_dates: bool = False
    patient_characteristics: bool = False
    device_identity: bool = False
    institution: bool = False
    safe_private: bool = False
    descriptors: bool = False  # free descriptions, with what identifies a person in them replaced

    def chosen(self) -> tuple[str, ...]:
        return tuple(one.name for one in fields(self) if getattr(self, one.name))


OPTION_CODES = {
    "uids": ("113110", "Retain UIDs Option"),
    "full_dates": ("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    "modified_dates": ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    "patient_characteristics": ("113108", "Retain Patient Characteristics Option"),
    "device_identity": ("113109", "Retain Device Identity Option"),
    "institution": ("113112", "Retain Institution Identity Option"),
    "safe_private": ("113111", "Retain Safe Private Option"),
    "descriptors": ("113105", "Clean Descriptors Option"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of an attribute: X, Z, D, U or a choice of them by how much an image needs it, as in the
    standard; `options`: option -> K (kept) or C (cleaned).
    """

    keyword: str
    action: str
    options: Mapping[str, str]

    def settled(self, options: Options) -> str:
        """One action: K, C, U, D, Z or X. Of a choice the one that leaves the image conformant."""
        for name in options.chosen():
            if (action := self.options.get(name)) is not None and not self._withheld(name, options):
                return action
        for action in ("U", "D", "Z", "X"):
            if action in self.action.split("/"):
                return action
        raise ValueError(f"{self.keyword}: there is no action {self.action}")

    @staticmethod
    def _withheld(name: str, options: Options) -> bool:
        """Full dates are kept only where nobody asked for moved ones."""
        return name == "full_dates" and options.modified_dates


@cache
def table() -> Mapping[int, Rule]:
    """Tag -> rule; the repeating groups by their first group."""
    rules = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            options = dict(one.split(":") for one in row["options"].split())
            tag = int(row["tag"].replace("xxxxxx", "000000").replace("xx", "00"), 16)
            rules[tag] = Rule(row["keyword"], row["action"], options)
    return rules


def rule_of(tag: int) -> Rule | None:
    """The rule of an attribute of any group; None where the table does not name it."""
    found = table().get(tag)
    if found is None and tag >> 24 in (0x50, 0x60):
        base = (tag >> 24) << 24
        return table().get(base) if tag >> 24 == 0x50 else table().get(base | tag & 0xFFFF)
    return found


@cache
def technical_texts() -> frozenset[str]:
    """Keywords of attributes whose short text describes how an image was made and of whom nothing."""
    return _words(TECHNICAL)


def maker_words() -> frozenset[str]:
    """Words of makers and devices, in capitals, that are no names of people in a technical text."""
    return _words(MAKERS)


def is_coded_term(value: str) -> bool:
    """Whether a value of a code string consists of words that the standard or makers use, without a number
    that is long enough for one of a person.
    """
    known = _words(TERMS)
    return sum(one.isdigit() for one in value) <= TERM_FIGURES_MAX and all(
        len(word) <= 3 or word.isdigit() or word in known for word in value.replace("_", " ").split()
    )


def is_term(word: str) -> bool:
    """Whether a word of a code string is one that the standard or makers use, however short."""
    return word.upper() in _words(TERMS)


@cache
def _words(path: Path) -> frozenset[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
