"""Concepts over HTTP: `GET /api/v1/medical/concepts`, `/concepts/{id}`, `/expand` and `/subsumes`."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.sdk.api import PAGE_PARAMETERS, ApiView, keyed_page
from verticals.medical import models
from verticals.medical.api.serializers import (
    ConceptQuery,
    ConceptSerializer,
    ConceptsQuery,
    ExpandQuery,
    ExpansionSerializer,
    FoundConceptsSerializer,
    SubsumesQuery,
    SubsumptionSerializer,
)  # fmt: skip
from verticals.medical.terminology.ecl_sql import FoundConcept, expand, expansion_count
from verticals.medical.terminology.search import FoundTerm, concepts_search
from verticals.medical.terminology.selectors import (
    Attribute,
    ConceptPage,
    ConceptRef,
    concept_page,
    subsumption,
)  # fmt: skip
from verticals.medical.terminology.visible import version_current


class ConceptList(ApiView):
    required_scope = "read"

    @extend_schema(
        operation_id="medical_concepts", parameters=[ConceptsQuery], responses=FoundConceptsSerializer
    )
    def get(self, request: Request) -> Response:
        """The concepts whose terms hold what is looked for, the nearest first; slips are forgiven."""
        given = self.read_query(ConceptsQuery)
        version = version_current(self.asker, given["terminology"])
        found = concepts_search(
            self.asker, version.terminology, given["q"], language=given["language"], limit=given["most"]
        )
        return Response({"version": version_data(version), "data": [found_data(one) for one in found]})


class ConceptDetail(ApiView):
    required_scope = "read"

    @extend_schema(operation_id="medical_concept", parameters=[ConceptQuery], responses=ConceptSerializer)
    def get(self, request: Request, code: str) -> Response:
        """A concept: its names, parents, children, attributes, reference sets and maps."""
        given = self.read_query(ConceptQuery)
        version = version_current(self.asker, given["terminology"])
        return Response(concept_data(concept_page(self.asker, version.terminology, code)))


class Expand(ApiView):
    required_scope = "read"

    @extend_schema(
        operation_id="medical_expand",
        parameters=[ExpandQuery, *PAGE_PARAMETERS],
        responses=ExpansionSerializer,
    )
    def get(self, request: Request) -> Response:
        """The active concepts that an expression constraint (ECL) names."""
        given = self.read_query(ExpandQuery)
        version = version_current(self.asker, given["terminology"])
        name, ecl = version.terminology, given["ecl"]

        def after(last: Any, limit: int) -> Sequence[FoundConcept]:
            if last is not None and not isinstance(last, int):
                raise TypeError("no id")
            return expand(self.asker, name, ecl, after=last or 0, limit=limit)

        page = keyed_page(request, after, ref_data, key=lambda one: one.id)
        total = expansion_count(self.asker, name, ecl)
        return Response({"version": version_data(version), "total": total, **page})


class Subsumes(ApiView):
    required_scope = "read"

    @extend_schema(
        operation_id="medical_subsumes", parameters=[SubsumesQuery], responses=SubsumptionSerializer
    )
    def get(self, request: Request) -> Response:
        """How concept A stands to concept B in the hierarchy."""
        given = self.read_query(SubsumesQuery)
        version = version_current(self.asker, given["terminology"])
        outcome = subsumption(self.asker, version.terminology, given["code_a"], given["code_b"])
        return Response({"version": version_data(version), "outcome": outcome})


def version_data(version: models.TerminologyVersion) -> dict[str, str]:
    return {"terminology": version.terminology, "label": version.label, "released": version.released}


def ref_data(concept: ConceptRef | FoundConcept) -> dict[str, str]:
    return {"code": concept.code, "name": concept.name}


def found_data(found: FoundTerm) -> dict[str, Any]:
    return {
        "code": found.code,
        "name": found.name,
        "term": found.term,
        "language": found.language,
        "active": found.active,
        "exact": found.exact,
    }


def concept_data(page: ConceptPage) -> dict[str, Any]:
    concept = page.concept
    return {
        "code": concept.code,
        "name": concept.name,
        "version": version_data(page.version),
        "active": concept.active,
        "defined": concept.defined,
        "module": concept.module,
        "effective": concept.effective,
        "parents": [ref_data(one) for one in page.parents],
        "children": [ref_data(one) for one in page.children],
        "children_count": page.children_count,
        "descriptions": [_description_data(one) for one in page.descriptions],
        "attributes": [_attribute_data(one) for one in page.attributes],
        "members": [
            {"refset": one.refset, "kind": one.kind, "target": one.target, "columns": one.fields}
            for one in page.members
        ],
        "axioms": list(page.axioms),
    }


def _description_data(one: models.Description) -> dict[str, Any]:
    return {
        "term": one.term,
        "language": one.language,
        "kind": one.kind,
        "preferred_in": one.preferred_in,
        "acceptable_in": one.acceptable_in,
    }


def _attribute_data(one: Attribute) -> dict[str, Any]:
    return {
        "type": ref_data(one.type),
        "destination": ref_data(one.destination) if one.destination else None,
        "value": one.value,
        "group": one.group,
    }
