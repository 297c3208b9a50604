"""Requests and responses about model versions."""

from typing import Any

from rest_framework import serializers

from collegium.api.fields import StrictSerializer
from collegium.api.knowledge_serializers import PageSerializer
from collegium.serving.models import ModelState, MoveKind
from collegium.serving.promotion import REASON_CHARS

ADMINISTRATORS = "For administrators of the installation; null for others."


class ModelLineSerializer(serializers.Serializer[Any]):
    """A version of a model. Its certificate, where it was trained on private data, is everybody's to see."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.CharField()
    state = serializers.ChoiceField(ModelState.choices)
    aliases = serializers.ListField(
        child=serializers.CharField(), help_text="production, previous, candidate."
    )
    digest = serializers.CharField(allow_blank=True, help_text="Of its manifest; empty for a remote engine.")
    languages = serializers.ListField(child=serializers.CharField())
    licence = serializers.CharField(allow_blank=True)
    max_tokens = serializers.IntegerField(allow_null=True)
    certificate = serializers.DictField(
        allow_null=True, help_text="Its privacy guarantee: epsilon, delta, unit."
    )
    created_at = serializers.DateTimeField()


class ModelBaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True, help_text="Null where the base is not registered here.")
    name = serializers.CharField(allow_blank=True)
    version = serializers.CharField(allow_blank=True)
    digest = serializers.CharField(allow_blank=True)


class FigureSerializer(serializers.Serializer[Any]):
    """A threshold of the gate and what was measured."""

    suite = serializers.CharField()
    metric = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    minimum = serializers.FloatField(allow_null=True)
    production = serializers.FloatField(allow_null=True)
    worse_by = serializers.FloatField(allow_null=True, help_text="Worse than production by at most so much.")
    higher_is_better = serializers.BooleanField()
    problem = serializers.ChoiceField(
        ["", "not_measured", "below", "worse", "not_compared"], help_text="Empty where it is passed."
    )


class GateSerializer(serializers.Serializer[Any]):
    passed = serializers.BooleanField()
    figures = FigureSerializer(many=True)


class ModelEvaluationSerializer(serializers.Serializer[Any]):
    suite = serializers.CharField()
    metrics = serializers.DictField(child=serializers.FloatField())
    data_fingerprint = serializers.CharField(allow_blank=True)
    code_version = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class ModelMoveSerializer(serializers.Serializer[Any]):
    """Who let which version answer."""

    kind = serializers.ChoiceField(MoveKind.choices)
    model = serializers.UUIDField()
    label = serializers.CharField()
    replaced = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_null=True)
    reason = serializers.CharField(
        allow_blank=True, help_text="Why a gate that it did not pass did not count."
    )
    figures = FigureSerializer(many=True)
    at = serializers.DateTimeField()


class ModelEngineSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)


class ModelVersionSerializer(ModelLineSerializer):
    base = ModelBaseSerializer(allow_null=True, help_text=ADMINISTRATORS)
    run = serializers.UUIDField(allow_null=True, help_text=f"The tuning that made it. {ADMINISTRATORS}")
    card = serializers.DictField(allow_null=True, help_text=f"What it was trained on. {ADMINISTRATORS}")
    metrics = serializers.DictField(allow_null=True, help_text=f"Of its training. {ADMINISTRATORS}")
    evaluations = ModelEvaluationSerializer(many=True, allow_null=True, help_text=ADMINISTRATORS)
    gate = GateSerializer(allow_null=True, help_text=ADMINISTRATORS)
    moves = ModelMoveSerializer(many=True, allow_null=True, help_text=ADMINISTRATORS)
    engine = ModelEngineSerializer(allow_null=True, help_text=ADMINISTRATORS)


class ModelPage(PageSerializer):
    data = ModelLineSerializer(many=True)


class PromotionRequest(StrictSerializer):
    reason = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=REASON_CHARS,
        help_text="Needed where the gate is not passed; it is kept.",
    )


class ShareRequest(StrictSerializer):
    workspace = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Null: all without a share of their own."
    )
    percent = serializers.IntegerField(
        min_value=0,
        max_value=100,
        allow_null=True,
        help_text="A named workspace takes 0 or 100; null forgets.",
    )


class ShareSerializer(serializers.Serializer[Any]):
    workspace = serializers.UUIDField(allow_null=True)
    percent = serializers.IntegerField(allow_null=True)


class ModelJobSerializer(serializers.Serializer[Any]):
    """Work that goes on: its job is at the address in Location."""

    id = serializers.UUIDField(help_text="The model version.")
    job = serializers.UUIDField()
