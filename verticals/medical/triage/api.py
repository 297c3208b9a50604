"""Emergency recognition over HTTP: `POST /api/v1/medical/triage`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.sdk.api import ApiView, StrictSerializer
from verticals.medical.features.switch import feature_open
from verticals.medical.triage.recognise import TEXT_CHARS
from verticals.medical.triage.result import triage_data


class TriageRequest(StrictSerializer):
    text = serializers.CharField(max_length=TEXT_CHARS, trim_whitespace=False)
    age = serializers.FloatField(required=False, min_value=0, max_value=130, help_text="Years.")
    birth_date = serializers.DateField(required=False)
    sex = serializers.ChoiceField(choices=("female", "male", "other"), required=False)
    vitals = serializers.DictField(child=serializers.FloatField(), required=False)
    language = serializers.CharField(required=False, max_length=20, help_text="en or zh.")


class TriageSpan(serializers.Serializer[Any]):
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()


class TriageReading(serializers.Serializer[Any]):
    measure = serializers.CharField()
    value = serializers.FloatField()
    start = serializers.IntegerField(allow_null=True)
    end = serializers.IntegerField(allow_null=True)


class TriageRule(serializers.Serializer[Any]):
    rule = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    citation = serializers.CharField()
    spans = TriageSpan(many=True)
    vitals = TriageReading(many=True)


class TriageModelScore(serializers.Serializer[Any]):
    score = serializers.FloatField()
    threshold = serializers.FloatField()
    signs = TriageRule(many=True)


class TriageResult(serializers.Serializer[Any]):
    emergency = serializers.BooleanField()
    language = serializers.CharField()
    rules = TriageRule(many=True)
    escalated_by_model = serializers.BooleanField()
    model = TriageModelScore(allow_null=True)
    age_years = serializers.FloatField(allow_null=True)
    vitals = TriageReading(many=True)
    contradictions = serializers.ListField(child=serializers.CharField())
    limits = serializers.CharField()


class TriageView(ApiView):
    required_scope = "ask"

    @extend_schema(operation_id="medical_triage", request=TriageRequest, responses=TriageResult)
    def post(self, request: Request) -> Response:
        """Look for red flags in a text. Off until an administrator turns it on for the workspace."""
        feature_open(self.asker, "triage")
        given = self.read(TriageRequest)
        sex = given.pop("sex", "")
        return Response(triage_data(given.pop("text"), sex={"other": ""}.get(sex, sex), **given))
