"""The open vocabulary that every workspace has: ICD-10-CM, of the tabular list that a package carries.

It is the installation's, loaded once for all workspaces; several hundred concepts have Chinese names beside.
Source: ICD-10-CM tabular list of diseases and injuries, National Center for Health Statistics, public domain;
package simple-icd-10-cm, MIT. The Chinese names are this project's own.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import import_module, metadata, resources
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import QuerySet

from verticals.medical import models
from verticals.medical.models import State
from verticals.medical.terminology.closure import lineages
from verticals.medical.terminology.components import DESCRIPTION, RELATIONSHIP, words_write
from verticals.medical.terminology.concepts import Load, closure_write, concept_rows_write
from verticals.medical.terminology.loading import Heard, Stages, load_alone, version_begin, version_fill
from verticals.medical.terminology.rows import ids_take, rows_copy, stage_table
from verticals.medical.terminology.words import term_words

NAME = "icd10cm"
PACKAGE, DISTRIBUTION = "simple_icd_10_cm", "simple-icd-10-cm"
CHINESE = Path(__file__).with_name("icd10cm_zh.tsv")
FORM = 1  # of what is written: a change makes installations load it anew
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


@cache
def chinese_names() -> dict[str, tuple[str, ...]]:
    """code -> its names in Chinese, the one to show first; of the concepts that have such."""
    lines = CHINESE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {code: tuple(names) for code, *names in rows}


def icd10cm_load(*, heard: Heard = lambda stage, done: None) -> models.TerminologyVersion:
    """Load ICD-10-CM for all workspaces beside the version that is there, swap it in, and remove that."""
    released = release_day()
    with load_alone(None, NAME):
        version = version_begin(
            workspace=None,
            terminology=NAME,
            label=f"ICD-10-CM {released}",
            released=released,
            kind="Snapshot",
            base=None,
            fingerprint=_fingerprint(),
        )
        version_fill(Load(version, (), heard), STAGES)
        for former in _versions().exclude(pk=version.pk):
            former.delete()
    return version


def icd10cm_ensure() -> models.TerminologyVersion | None:
    """Load ICD-10-CM where the installation lacks it, or has it from another list or other names."""
    if _versions().filter(state=State.CURRENT, fingerprint=_fingerprint()).exists():
        return None
    return icd10cm_load()


def _versions() -> QuerySet[models.TerminologyVersion]:
    return models.TerminologyVersion.objects.filter(workspace=None, terminology=NAME)


def _fingerprint() -> str:
    """Of what is loaded; told without reading the package's list, which takes seconds."""
    digest = hashlib.sha256(f"{FORM} {release_day()} {metadata.version(DISTRIBUTION)}".encode())
    digest.update(CHINESE.read_bytes())
    return digest.hexdigest()


def _concepts_write(load: Load) -> int:
    found = codes()
    ids = ids_take("medical_concept", len(found))
    load.ids = {one.code: number for one, number in zip(found, ids, strict=True)}
    above = lineages((load.ids[one.code], load.ids[one.parent]) for one in found if one.parent)

    version, released = load.version.pk, load.version.released
    written = concept_rows_write(
        load, ((load.ids[one.code], version, one.code, one.name, True, False, "", released) for one in found)
    )
    closure_write(load, above)
    return written


def _descriptions_write(load: Load) -> int:
    def lines() -> Iterator[Sequence[Any]]:
        for one in codes():
            terms = {"en": (one.name, *one.synonyms), "zh": chinese_names().get(one.code, ())}
            for language, found in terms.items():
                for at, term in enumerate(dict.fromkeys(found)):
                    code, kind = f"{one.code}-{language}-{at}", "synonym" if at else "name"
                    yield (
                        load.version.pk, load.ids[one.code], code, language, kind, term,
                        load.version.released, "{}", "{}", term_words(term),
                    )  # fmt: skip

    return _copied(load, "descriptions", "medical_description", DESCRIPTION, lines())


def _relationships_write(load: Load) -> int:
    lines = (
        (load.version.pk, "", load.ids[one.code], None, load.ids[one.parent], "", 0)
        for one in codes()
        if one.parent
    )
    return _copied(load, "relationships", "medical_relationship", RELATIONSHIP, lines)


def _copied(
    load: Load, stage: str, table: str, columns: Sequence[str], lines: Iterator[Sequence[Any]]
) -> int:
    version = load.version.pk
    stage_table(table, version)
    return rows_copy(table, columns, lines, version=version, heard=lambda done: load.heard(stage, done))


STAGES: Stages = (
    ("concepts", _concepts_write),
    ("descriptions", _descriptions_write),
    ("relationships", _relationships_write),
    ("words", words_write),
)
