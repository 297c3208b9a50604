"""The open vocabulary for those who have no SNOMED CT: ICD-10-CM, of the tabular list that a package carries.

Source: ICD-10-CM tabular list of diseases and injuries, National Center for Health Statistics, public domain;
package simple-icd-10-cm, MIT.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import import_module, resources
from typing import Any, NamedTuple
from uuid import UUID

from verticals.medical import models
from verticals.medical.terminology.closure import lineages
from verticals.medical.terminology.components import DESCRIPTION, RELATIONSHIP, words_write
from verticals.medical.terminology.concepts import COLUMNS, Load
from verticals.medical.terminology.loading import Heard, Stages, load_alone, version_begin, version_fill
from verticals.medical.terminology.rows import ids_take, rows_copy
from verticals.medical.terminology.words import term_words

NAME = "icd10cm"
PACKAGE = "simple_icd_10_cm"
_FILE = re.compile(r"icd10c-tabular-([A-Za-z]+-\d{1,2}-\d{4})\.xml")


class Code(NamedTuple):
    """A chapter, block, category or code; a block of one category and that category are one."""

    code: str
    name: str
    parent: str  # empty for a chapter
    synonyms: tuple[str, ...]


@cache
def codes() -> tuple[Code, ...]:
    """All codes in the order of the list. The package takes two seconds to read it, once."""
    icd = import_module(PACKAGE)
    found = []
    for code in dict.fromkeys(icd.get_all_codes()):
        parent = icd.get_parent(code)
        above = icd.get_parent(code, prioritize_blocks=True) if parent == code else parent
        found.append(Code(code, icd.get_description(code), above, tuple(icd.get_inclusion_term(code))))
    return tuple(found)


def release_day() -> str:
    """YYYYMMDD from which the package's list is valid, as its file name says."""
    names = [_FILE.fullmatch(one.name) for one in resources.files(f"{PACKAGE}.data").iterdir()]
    days = [datetime.strptime(one[1], "%B-%d-%Y").replace(tzinfo=UTC) for one in names if one]
    return max(days).strftime("%Y%m%d")


def icd10cm_load(*, workspace: UUID, heard: Heard = lambda stage, done: None) -> models.TerminologyVersion:
    """Load ICD-10-CM into a workspace, beside the version that is there, and swap it in."""
    released = release_day()
    with load_alone(workspace, NAME):
        version = version_begin(
            workspace=workspace,
            terminology=NAME,
            label=f"ICD-10-CM {released}",
            released=released,
            kind="Snapshot",
            base=None,
            fingerprint=hashlib.sha256(repr(codes()).encode()).hexdigest(),
        )
        version_fill(Load(version, (), heard), STAGES)
    return version


def _concepts_write(load: Load) -> int:
    found = codes()
    ids = ids_take("medical_concept", len(found))
    load.ids = {one.code: number for one, number in zip(found, ids, strict=True)}
    above = lineages((load.ids[one.code], load.ids[one.parent]) for one in found if one.parent)

    def lines() -> Iterator[Sequence[Any]]:
        for one in found:
            number = load.ids[one.code]
            lineage = sorted((*above.get(number, ()), number))
            yield number, load.version.pk, one.code, one.name, True, False, "", load.version.released, lineage

    return rows_copy("medical_concept", COLUMNS, lines(), heard=lambda done: load.heard("concepts", done))


def _descriptions_write(load: Load) -> int:
    def lines() -> Iterator[Sequence[Any]]:
        for one in codes():
            for at, term in enumerate(dict.fromkeys((one.name, *one.synonyms))):
                kind = "synonym" if at else "name"
                yield (
                    load.version.pk, load.ids[one.code], f"{one.code}-{at}", "en", kind, term,
                    load.version.released, [], [], term_words(term),
                )  # fmt: skip

    heard = load.heard
    return rows_copy(
        "medical_description", DESCRIPTION, lines(), heard=lambda done: heard("descriptions", done)
    )


def _relationships_write(load: Load) -> int:
    lines = (
        (load.version.pk, "", load.ids[one.code], None, load.ids[one.parent], "", 0)
        for one in codes()
        if one.parent
    )
    heard = load.heard
    return rows_copy(
        "medical_relationship", RELATIONSHIP, lines, heard=lambda done: heard("relationships", done)
    )


STAGES: Stages = (
    ("concepts", _concepts_write),
    ("descriptions", _descriptions_write),
    ("relationships", _relationships_write),
    ("words", words_write),
)
