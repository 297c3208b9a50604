"""Requests and responses about metrics."""

from typing import Any

from rest_framework import serializers

from collegium.sdk.api import StrictSerializer
from verticals.finance.api.serializers import NAME_MAX_CHARS

BASES = ("reported", "derived", "not_reported")
LISTS_MAX_CHARS = 1000


class MetricsQuery(StrictSerializer):
    entity = serializers.CharField(max_length=NAME_MAX_CHARS, help_text="An identifier, a name or a ticker.")
    metric = serializers.CharField(
        max_length=LISTS_MAX_CHARS,
        help_text="Codes or names, such as gross_margin,毛利率; commas between them.",
    )
    period = serializers.CharField(
        required=False,
        default="",
        max_length=LISTS_MAX_CHARS,
        help_text="FY2023, 2023Q3, 2023H1, 2023-9M, TTM-2023Q3, 2023-01-01/2023-06-30; commas between them. "
        "Without it, the latest year.",
    )
    knowledge_base = serializers.UUIDField(required=False, default=None, help_text="Only of this one.")
    as_of = serializers.DateField(required=False, default=None, help_text="What was known on that day.")
    language = serializers.ChoiceField(
        ("en", "zh"), required=False, default="en", help_text="Of reasons, notes and `shown`."
    )


class ReasonSerializer(serializers.Serializer[Any]):
    """Why there is no value."""

    code = serializers.CharField()
    detail = serializers.CharField()


class NamesSerializer(serializers.Serializer[Any]):
    en = serializers.CharField()
    zh = serializers.CharField()


class MetricSerializer(serializers.Serializer[Any]):
    """A metric of a company in a period, with the facts that it was read or computed from."""

    entity = serializers.CharField(help_text="The company's key.")
    metric = serializers.CharField()
    names = NamesSerializer()
    period = serializers.CharField()
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)
    value = serializers.CharField(
        allow_null=True, help_text="A decimal number, of percentages the fraction; null where not reported."
    )
    unit = serializers.CharField(allow_blank=True)
    shown = serializers.CharField(allow_blank=True, help_text="The value as an answer writes it.")
    basis = serializers.ChoiceField(BASES)
    formula = serializers.CharField(allow_blank=True, help_text="Or the concept that states it.")
    inputs = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids of facts, as /facts shows them."
    )
    notes = serializers.ListField(child=serializers.CharField())
    reason = ReasonSerializer(allow_null=True)


class MetricsAnswer(serializers.Serializer[Any]):
    data = MetricSerializer(many=True)
