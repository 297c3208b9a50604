"""Reads of terminologies: each sees the current versions of the asker's workspace, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from collegium.sdk.asker import Asker
from collegium.sdk.errors import NotFound
from verticals.medical import models
from verticals.medical.models import State
from verticals.medical.terminology.ecl_sql import CURRENT

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
    """All that is shown of a concept. Of many children the first are listed."""

    concept: models.Concept
    version: models.TerminologyVersion
    parents: tuple[ConceptRef, ...]
    children: tuple[ConceptRef, ...]
    children_count: int
    descriptions: tuple[models.Description, ...]
    attributes: tuple[Attribute, ...]
    members: tuple[models.Member, ...]
    axioms: tuple[str, ...]


def versions_current(asker: Asker) -> QuerySet[models.TerminologyVersion]:
    """The versions in use in the asker's workspace, one of each terminology."""
    return models.TerminologyVersion.objects.filter(workspace_id=asker.workspace_id, state=State.CURRENT)


def version_current(asker: Asker, terminology: str = "") -> models.TerminologyVersion:
    """The version in use of a terminology; without a name, of SNOMED CT, else of what there is.

    Raises NotFound where none is loaded.
    """
    found = {one.terminology: one for one in versions_current(asker)}
    name = terminology or ("snomed" if "snomed" in found else next(iter(sorted(found)), ""))
    if name not in found:
        what = f"The terminology '{terminology}' is not" if terminology else "No terminology is"
        raise NotFound(
            f"{what} loaded in this workspace. An operator loads one by "
            "`manage.py terminology load`; `load icd10cm` needs no licence.",
            code="no_terminology",
        )
    return found[name]


def concepts_visible(asker: Asker, terminology: str) -> QuerySet[models.Concept]:
    """The concepts of the terminology's current version in the asker's workspace."""
    return models.Concept.objects.filter(
        version__workspace_id=asker.workspace_id,
        version__terminology=terminology,
        version__state=State.CURRENT,
    )


def concept_page(asker: Asker, terminology: str, code: str) -> ConceptPage:
    """A concept with all around it. Raises NotFound where the workspace has none of that code."""
    rows = concepts_visible(asker, terminology).select_related("version")
    concept = rows.filter(code=code).first() if "\x00" not in code else None  # which the database refuses
    if concept is None:
        raise NotFound(f"There is no concept '{code[:60]}' in '{terminology}'.", code="unknown_concept")
    from_it = models.Relationship.objects.filter(source=concept).select_related("type", "destination")
    edges = list(from_it.order_by("group", "id"))
    below = models.Relationship.objects.filter(destination=concept, type=None, source__active=True)
    children = below.order_by("source__name").values_list("source__code", "source__name").distinct()
    refs = [ConceptRef(*row) for row in children[: CHILDREN_MAX + 1]]
    count = len(refs) if len(refs) <= CHILDREN_MAX else children.count()
    return ConceptPage(
        concept=concept,
        version=concept.version,
        parents=tuple(_ref(edge.destination) for edge in edges if edge.type is None),
        children=tuple(refs[:CHILDREN_MAX]),
        children_count=count,
        descriptions=tuple(
            models.Description.objects.filter(concept=concept).order_by("language", "kind", "term")
        ),
        attributes=tuple(_attribute(edge) for edge in edges if edge.type is not None),
        members=tuple(models.Member.objects.filter(concept=concept).order_by("refset", "id")),
        axioms=tuple(
            models.Axiom.objects.filter(concept=concept).order_by("id").values_list("owl", flat=True)
        ),
    )


def _ref(concept: models.Concept) -> ConceptRef:
    return ConceptRef(concept.code, concept.name)


def _attribute(edge: models.Relationship) -> Attribute:
    return Attribute(
        _ref(edge.type), _ref(edge.destination) if edge.destination else None, edge.value, edge.group
    )


def subsumption(asker: Asker, terminology: str, code_a: str, code_b: str) -> str:
    """How concept A stands to B: equivalent, subsumes, subsumed-by or not-subsumed (HL7 FHIR $subsumes).

    Raises NotFound for a code that there is not.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.code, c.id, c.lineage FROM medical_concept c "
            f"WHERE c.version_id = {CURRENT} AND c.code = ANY(%(codes)s)",
            {"workspace": asker.workspace_id, "terminology": terminology, "codes": [code_a, code_b]},
        )
        found: dict[str, tuple[int, Sequence[int]]] = {row[0]: row[1:] for row in cursor.fetchall()}
    for code in (code_a, code_b):
        if code not in found:
            raise NotFound(f"There is no concept '{code[:60]}' in '{terminology}'.", code="unknown_concept")
    (a, above_a), (b, above_b) = found[code_a], found[code_b]
    return OUTCOMES.get((b in above_a, a in above_b), "not-subsumed")


def maps_of(asker: Asker, terminology: str, *, target: str) -> list[dict[str, Any]]:
    """The concepts that map to a code of another classification, with the maps that say so."""
    rows = models.Member.objects.filter(
        version__workspace_id=asker.workspace_id,
        version__terminology=terminology,
        version__state=State.CURRENT,
        kind="map",
        target=target,
    )
    return list(rows.order_by("id").values("refset", "component", "concept__name", "fields"))
