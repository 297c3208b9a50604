"""Reads of terminologies: each sees the versions that are current for the asker, and nothing else."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import NotFound
from verticals.medical import models
from verticals.medical.terminology.naming import name_in
from verticals.medical.terminology.visible import VERSION_ID, version_current

CHILDREN_MAX = 200
OUTCOMES = {(True, True): "equivalent", (True, False): "subsumed-by", (False, True): "subsumes"}


@dataclass(frozen=True, slots=True)
class ConceptRef:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A relationship that is not of the hierarchy; it has a destination or a concrete value."""

    type: ConceptRef
    destination: ConceptRef | None
    value: str
    group: int


@dataclass(frozen=True, slots=True)
class ConceptPage:
    """All that is shown of a concept; `name` is in the reader's language. Of children the first."""

    concept: models.Concept
    name: str
    version: models.TerminologyVersion
    parents: tuple[ConceptRef, ...]
    children: tuple[ConceptRef, ...]
    children_count: int
    descriptions: tuple[models.Description, ...]
    attributes: tuple[Attribute, ...]
    members: tuple[models.Member, ...]
    axioms: tuple[str, ...]


def concept_page(asker: Asker, terminology: str, code: str, *, shown: str = "") -> ConceptPage:
    """A concept with all around it, under names in the language `shown` where there are such.

    Raises NotFound where the asker sees none of that code.
    """
    version = version_current(asker, terminology)
    # A NUL, which an address may hold, the database refuses.
    rows = models.Concept.objects.filter(version=version, code=code) if "\x00" not in code else ()
    concept = next(iter(rows), None)
    if concept is None:
        raise _unknown(code, terminology)
    around = {"version": version.pk, "concept": concept.pk, "shown": shown}
    parents, attributes = _upwards(around)
    children, count = _children(around)
    own = {"version": version, "concept": concept}
    axioms = models.Axiom.objects.filter(**own).order_by("id").values_list("owl", flat=True)
    return ConceptPage(
        concept=concept,
        name=_name(around),
        version=version,
        parents=parents,
        children=children,
        children_count=count,
        descriptions=tuple(models.Description.objects.filter(**own).order_by("language", "kind", "term")),
        attributes=attributes,
        members=tuple(models.Member.objects.filter(**own).order_by("refset", "id")),
        axioms=tuple(axioms),
    )


def _name(around: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {name_in('c', around['shown'])} FROM medical_concept c "
            "WHERE c.version_id = %(version)s AND c.id = %(concept)s",
            around,
        )
        return cursor.fetchone()[0]


def _upwards(around: dict[str, Any]) -> tuple[tuple[ConceptRef, ...], tuple[Attribute, ...]]:
    """The parents of a concept, and its relationships beside the hierarchy."""
    kind, end = (name_in(alias, around["shown"]) for alias in ("k", "d"))
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT k.code, {kind}, d.code, {end}, r.value, r."group" FROM medical_relationship r '
            "LEFT JOIN medical_concept k ON k.version_id = %(version)s AND k.id = r.type_id "
            "LEFT JOIN medical_concept d ON d.version_id = %(version)s AND d.id = r.destination_id "
            'WHERE r.version_id = %(version)s AND r.source_id = %(concept)s ORDER BY r."group", r.id',
            around,
        )
        rows = cursor.fetchall()
    parents = tuple(ConceptRef(*row[2:4]) for row in rows if row[0] is None)
    attributes = (
        Attribute(ConceptRef(*row[:2]), ConceptRef(*row[2:4]) if row[2] else None, *row[4:])
        for row in rows
        if row[0] is not None
    )
    return parents, tuple(attributes)


def _children(around: dict[str, Any]) -> tuple[tuple[ConceptRef, ...], int]:
    """The first of a concept's active children by name, and how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.code, {name_in('c', around['shown'])}, count(*) OVER () FROM medical_concept c "
            "WHERE c.version_id = %(version)s AND c.active AND c.id IN (SELECT r.source_id "
            "FROM medical_relationship r WHERE r.version_id = %(version)s "
            "AND r.destination_id = %(concept)s AND r.type_id IS NULL) "
            "ORDER BY c.name, c.code LIMIT %(limit)s",
            {**around, "limit": CHILDREN_MAX},
        )
        rows = cursor.fetchall()
    return tuple(ConceptRef(*row[:2]) for row in rows), rows[0][2] if rows else 0


def subsumption(asker: Asker, terminology: str, code_a: str, code_b: str) -> str:
    """How concept A stands to B: equivalent, subsumes, subsumed-by or not-subsumed (HL7 FHIR $subsumes).

    Raises NotFound for a code that there is not.
    """
    codes = [one for one in (code_a, code_b) if "\x00" not in one]
    with connection.cursor() as cursor:
        # One statement, though the version is no constant in it then: to plan a second one takes longer.
        cursor.execute(
            "SELECT c.code, c.id, n.above FROM medical_concept c JOIN medical_closure n "
            "ON n.version_id = c.version_id AND n.id = c.id "
            f"WHERE c.version_id = {VERSION_ID} AND c.code = ANY(%(codes)s)",
            {"workspace": asker.workspace_id, "terminology": terminology, "codes": codes},
        )
        found = {code: (number, above) for code, number, above in cursor.fetchall()}
    for code in (code_a, code_b):
        if code not in found:
            raise _unknown(code, terminology)
    (a, above_a), (b, above_b) = found[code_a], found[code_b]
    return OUTCOMES.get((b in above_a, a in above_b), "not-subsumed")


def _unknown(code: str, terminology: str) -> NotFound:
    told = _("There is no concept '%(code)s' in '%(terminology)s'.")
    return NotFound(told % {"code": code[:60], "terminology": terminology}, code="unknown_concept")
