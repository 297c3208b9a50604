"""Requests and responses about companies and their facts."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from collegium.sdk.api import PageSerializer, StrictSerializer

NAME_MAX_CHARS = 300
DIMS_CHOICES = (("none", "of the whole entity"), ("all", "also of its parts"))


class EntitiesQuery(StrictSerializer):
    knowledge_base = serializers.UUIDField(required=False, default=None, help_text="Only of this one.")


class EntitySerializer(serializers.Serializer[Any]):
    """A company that filings are about; `key` names it in other requests."""

    key = serializers.CharField()
    identifier = serializers.CharField(allow_blank=True, help_text="CIK, credit code, or empty.")
    name = serializers.CharField(help_text="As its latest filing writes it.")
    names = serializers.ListField(child=serializers.CharField())
    ticker = serializers.CharField(allow_blank=True)
    gaap = serializers.CharField(allow_blank=True)
    currency = serializers.CharField(allow_blank=True)
    fiscal_year_end = serializers.CharField(allow_blank=True, help_text="--12-31")
    filings = serializers.IntegerField()
    first = serializers.DateField(allow_null=True, help_text="The end of the earliest period reported on.")
    last = serializers.DateField(allow_null=True)


class EntityPage(PageSerializer):
    data = EntitySerializer(many=True)


class FactsQuery(StrictSerializer):
    knowledge_base = serializers.UUIDField(required=False, default=None, help_text="Only of this one.")
    entity = serializers.CharField(
        required=False, default="", max_length=NAME_MAX_CHARS, help_text="An identifier, a name or a ticker."
    )
    concept = serializers.CharField(
        required=False, default="", max_length=NAME_MAX_CHARS, help_text="Such as us-gaap:Revenues."
    )
    start = serializers.DateField(required=False, default=None)
    end = serializers.DateField(required=False, default=None, help_text="An instant has only this.")
    dims = serializers.ChoiceField(DIMS_CHOICES, required=False, default="none")
    unit = serializers.CharField(
        required=False, default="", max_length=NAME_MAX_CHARS, help_text="Such as USD."
    )
    as_of = serializers.DateField(required=False, default=None, help_text="What was known on that day.")
    history = serializers.BooleanField(
        required=False, default=False, help_text="Every filing's statement, also those replaced later."
    )
    duplicates = serializers.BooleanField(
        required=False, default=False, help_text="Also less precise statements of the same filing."
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given["entity"] and not given["concept"]:
            raise serializers.ValidationError("Name an entity or a concept: the facts of all would not end.")
        if given["start"] and given["end"] and given["start"] > given["end"]:
            raise serializers.ValidationError({"start": ["It lies after the end."]})
        return given


class FilingRefSerializer(serializers.Serializer[Any]):
    """The filing that states a fact."""

    id = serializers.IntegerField()
    form = serializers.CharField(allow_blank=True)
    known_on = serializers.DateField(help_text="From which day its values count.")


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class DimsField(serializers.DictField):
    """Axis -> member."""


class FactSerializer(serializers.Serializer[Any]):
    """A figure as a filing states it, with the place where it stands."""

    id = serializers.IntegerField()
    entity = serializers.CharField()
    identifier = serializers.CharField(allow_blank=True)
    concept = serializers.CharField()
    value = serializers.CharField(allow_null=True, help_text="A decimal number; null where stated to be nil.")
    unit = serializers.CharField()
    decimals = serializers.IntegerField(
        allow_null=True, help_text="Accurate to that place (-3: thousands); null for exact values."
    )
    start = serializers.DateField(allow_null=True, help_text="Null for an instant.")
    end = serializers.DateField()
    dims = DimsField(child=serializers.CharField())
    document = serializers.UUIDField()
    version = serializers.UUIDField()
    filing = FilingRefSerializer()
    locator = serializers.DictField()
    footnotes = serializers.ListField(child=serializers.CharField())
    duplicate = serializers.BooleanField()


class FactPage(PageSerializer):
    data = FactSerializer(many=True)
