"""Requests and responses of the OpenAI surface. Members that a client sends beyond these are let through."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from collegium.api.answer_serializers import LANGUAGES, CitationSerializer
from collegium.api.fields import KnowledgeBasesField, StrictSerializer, json_text_check

MESSAGES_MAX = 400
CONTENT_MAX_CHARS = 200_000
INPUTS_MAX = 2048
INPUT_MAX_CHARS = 100_000


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "maxLength": CONTENT_MAX_CHARS},
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
                    "required": ["type", "text"],
                },
            },
            {"type": "null"},
        ]
    }
)
class ContentField(serializers.Field[str, Any, Any, Any]):
    """Text, or a list of text parts, read as one text."""

    def to_internal_value(self, data: Any) -> str:
        if data is None:
            return ""
        parts = [data] if isinstance(data, str) else data
        texts = [part if isinstance(part, str) else _part_text(part) for part in _listed(parts)]
        text = "\n".join(texts)
        if len(text) > CONTENT_MAX_CHARS:
            raise serializers.ValidationError(
                _("It is longer than %(limit)s characters.") % {"limit": CONTENT_MAX_CHARS}
            )
        json_text_check(text)
        return text

    def to_representation(self, value: Any) -> Any:
        return value


def _listed(parts: Any) -> list[Any]:
    if not isinstance(parts, list):
        raise serializers.ValidationError(_("Write a text, or a list of {type: text, text}."))
    return parts


def _part_text(part: Any) -> str:
    if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
        raise serializers.ValidationError(_("Only parts {type: text, text} are read here."))
    return part["text"]


class MessageSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(["system", "developer", "user", "assistant", "tool"])
    content = ContentField(required=False, allow_null=True, default="", help_text="Text or text parts.")


class StreamOptionsSerializer(serializers.Serializer[Any]):
    include_usage = serializers.BooleanField(required=False, default=False)


class ExtensionRequest(StrictSerializer):
    """What a question to a vertical may say beyond OpenAI's request."""

    knowledge_bases = KnowledgeBasesField()
    conversation = serializers.UUIDField(required=False, allow_null=True, default=None)
    language = serializers.ChoiceField(LANGUAGES, required=False, allow_null=True, default=None)


class ChatRequest(serializers.Serializer[Any]):
    model = serializers.CharField(max_length=300, help_text="A vertical, or the engine's own model.")
    messages = serializers.ListField(child=MessageSerializer(), min_length=1, max_length=MESSAGES_MAX)
    stream = serializers.BooleanField(required=False, allow_null=True, default=False)
    stream_options = StreamOptionsSerializer(required=False, allow_null=True, default=None)
    x = ExtensionRequest(required=False, allow_null=True, default=None)


class UsageSerializer(serializers.Serializer[Any]):
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField(required=False)
    total_tokens = serializers.IntegerField()


class ExtensionSerializer(serializers.Serializer[Any]):
    """What an answer of a vertical rests on."""

    answer = serializers.UUIDField()
    conversation = serializers.UUIDField()
    refused = serializers.BooleanField()
    citations = CitationSerializer(many=True)
    computations = serializers.ListField(child=serializers.DictField())
    interpretation = serializers.ListField(child=serializers.CharField())
    exhibits = serializers.ListField(child=serializers.DictField())


class ReplySerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    content = serializers.CharField(allow_null=True, allow_blank=True)
    x = ExtensionSerializer(required=False)


class ChoiceSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    message = ReplySerializer()
    finish_reason = serializers.CharField(allow_null=True)


class CompletionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField()
    model = serializers.CharField()
    choices = ChoiceSerializer(many=True)
    usage = UsageSerializer(required=False, allow_null=True)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "minLength": 1, "maxLength": INPUT_MAX_CHARS},
            {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": INPUT_MAX_CHARS},
                "minItems": 1,
                "maxItems": INPUTS_MAX,
            },
        ]
    }
)
class InputField(serializers.Field[list[str], Any, Any, Any]):
    """One text or a list of texts."""

    def to_internal_value(self, data: Any) -> list[str]:
        texts = [data] if isinstance(data, str) else data
        if not isinstance(texts, list) or not 1 <= len(texts) <= INPUTS_MAX:
            raise serializers.ValidationError(
                _("Write a text, or a list of 1 to %(limit)s texts.") % {"limit": INPUTS_MAX}
            )
        if not all(isinstance(text, str) for text in texts):
            raise serializers.ValidationError(
                _("Only texts are embedded here: tokens are refused. Send the text.")
            )
        for text in texts:
            if not text or len(text) > INPUT_MAX_CHARS:
                raise serializers.ValidationError(
                    _("A text has 1 to %(limit)s characters.") % {"limit": INPUT_MAX_CHARS}
                )
            json_text_check(text)
        return texts

    def to_representation(self, value: Any) -> Any:
        return value


class EmbeddingsRequest(serializers.Serializer[Any]):
    model = serializers.CharField(max_length=300)
    input = InputField(help_text="A text or a list of texts.")
    encoding_format = serializers.ChoiceField(["float", "base64"], required=False, default="float")
    dimensions = serializers.IntegerField(required=False, allow_null=True, default=None)


class EmbeddingSerializer(serializers.Serializer[Any]):
    object = serializers.CharField()
    index = serializers.IntegerField()
    embedding = serializers.JSONField(help_text="Numbers, or base64 of little-endian float32.")


class EmbeddingsSerializer(serializers.Serializer[Any]):
    object = serializers.CharField()
    data = EmbeddingSerializer(many=True)
    model = serializers.CharField()
    usage = UsageSerializer()


class ModelSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField()
    owned_by = serializers.CharField()


class ModelsSerializer(serializers.Serializer[Any]):
    object = serializers.CharField()
    data = ModelSerializer(many=True)
