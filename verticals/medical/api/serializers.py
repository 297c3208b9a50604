"""Requests and responses about concepts of terminologies."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from collegium.sdk.api import PageSerializer, StrictSerializer
from verticals.medical.terminology.ecl import TEXT_MAX_CHARS as ECL_MAX_CHARS
from verticals.medical.terminology.search import TEXT_MAX_CHARS

_WHICH = "snomed, icd10cm; without it SNOMED CT where it is loaded, else what is."
FOUND_MAX = 200


class _TerminologyQuery(StrictSerializer):
    terminology = serializers.SlugField(required=False, default="", max_length=40, help_text=_WHICH)


class ConceptsQuery(_TerminologyQuery):
    q = serializers.CharField(
        max_length=TEXT_MAX_CHARS, help_text="Beginnings of words, a term with slips, or a code."
    )
    language = serializers.CharField(required=False, default="", max_length=10, help_text="Such as en.")
    most = serializers.IntegerField(required=False, default=20, min_value=1, max_value=FOUND_MAX)


class ConceptQuery(_TerminologyQuery):
    pass


class ExpandQuery(_TerminologyQuery):
    ecl = serializers.CharField(max_length=ECL_MAX_CHARS, help_text="Such as << 404684003 |Clinical finding|")


class SubsumesQuery(_TerminologyQuery):
    code_a = serializers.CharField(max_length=40)
    code_b = serializers.CharField(max_length=40)


class VersionSerializer(serializers.Serializer[Any]):
    """The version that was asked."""

    terminology = serializers.CharField()
    label = serializers.CharField()
    released = serializers.CharField(help_text="YYYYMMDD, as the release names itself.")


class ConceptRefSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class FoundConceptSerializer(ConceptRefSerializer):
    """A concept with the term that was found."""

    term = serializers.CharField()
    language = serializers.CharField(allow_blank=True)
    active = serializers.BooleanField()
    exact = serializers.BooleanField(help_text="False where words were taken for mistyped.")


class FoundConceptsSerializer(serializers.Serializer[Any]):
    version = VersionSerializer()
    data = FoundConceptSerializer(many=True)


class ExpansionSerializer(PageSerializer):
    version = VersionSerializer()
    total = serializers.IntegerField()
    data = ConceptRefSerializer(many=True)


class SubsumptionSerializer(serializers.Serializer[Any]):
    version = VersionSerializer()
    outcome = serializers.ChoiceField(["equivalent", "subsumes", "subsumed-by", "not-subsumed"])


class DescriptionSerializer(serializers.Serializer[Any]):
    term = serializers.CharField()
    language = serializers.CharField()
    kind = serializers.ChoiceField(["name", "synonym", "definition"])
    preferred_in = serializers.ListField(child=serializers.CharField(), help_text="Language reference sets.")
    acceptable_in = serializers.ListField(child=serializers.CharField())


class AttributeSerializer(serializers.Serializer[Any]):
    """A relationship beside the hierarchy: to a concept, or with a concrete value."""

    type = ConceptRefSerializer()
    destination = ConceptRefSerializer(allow_null=True)
    value = serializers.CharField(allow_blank=True, help_text='#5, "text", or empty.')
    group = serializers.IntegerField()


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class FieldsField(serializers.DictField):
    """Column -> value."""


class MemberSerializer(serializers.Serializer[Any]):
    """Membership of a reference set; of a map, with the code that it leads to."""

    refset = serializers.CharField()
    kind = serializers.ChoiceField(["simple", "association", "map"])
    target = serializers.CharField(allow_blank=True)
    columns = FieldsField(child=serializers.CharField(allow_blank=True), help_text="Of a map, the rest.")


class ConceptSerializer(ConceptRefSerializer):
    """A concept with its place in the hierarchy and all that is said of it."""

    version = VersionSerializer()
    active = serializers.BooleanField()
    defined = serializers.BooleanField(help_text="Its definition is sufficient.")
    module = serializers.CharField(allow_blank=True)
    effective = serializers.CharField(allow_blank=True)
    parents = ConceptRefSerializer(many=True)
    children = ConceptRefSerializer(many=True, help_text="The first of them.")
    children_count = serializers.IntegerField()
    descriptions = DescriptionSerializer(many=True)
    attributes = AttributeSerializer(many=True)
    members = MemberSerializer(many=True)
    axioms = serializers.ListField(child=serializers.CharField(), help_text="In OWL, as released.")
