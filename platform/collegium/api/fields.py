"""Fields that several requests share."""

import math
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MAX_DEPTH = 20


def json_text_check(value: Any, depth: int = 0) -> None:
    """Refuse what PostgreSQL's jsonb cannot hold: NUL characters and lone surrogates, also in keys."""
    if depth > MAX_DEPTH:
        raise serializers.ValidationError(
            _("It is nested deeper than %(limit)s levels.") % {"limit": MAX_DEPTH}
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise serializers.ValidationError(_("NaN and infinity are no JSON numbers."))
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise serializers.ValidationError(_("It holds a character that cannot be stored."))
    elif isinstance(value, dict):
        for key, inner in value.items():
            json_text_check(key, depth + 1)
            json_text_check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            json_text_check(inner, depth + 1)


class JsonObjectField(serializers.JSONField):
    """A JSON object; in a form it is written as text."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            value = super().to_internal_value(data)
        except RecursionError as error:
            raise serializers.ValidationError(_("The JSON is nested too deeply.")) from error
        if not isinstance(value, dict):
            raise serializers.ValidationError(_("Write a JSON object, such as {}."))
        json_text_check(value)
        return value


@extend_schema_field({"type": "string"})
class JsonTextField(JsonObjectField):
    """A JSON object written as text, as forms carry it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(binary=True, **options)


class QuestionField(serializers.CharField):
    """What a person asks: not empty, and not longer than the installation allows."""

    def __init__(self, **options: Any) -> None:
        limit = settings.QUESTION_MAX_CHARS
        message = _lazy(
            "It is longer than {max_length} characters, the limit of this installation "
            "(COLLEGIUM_MAX_QUESTION_CHARS). Shorten it."
        )
        messages = {"max_length": message, "blank": _lazy("Write something to look for.")}
        super().__init__(max_length=limit, error_messages=messages, **options)


class KnowledgeBasesField(serializers.ListField):
    """Ids of knowledge bases; empty means all that the key may see."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            child=serializers.UUIDField(), required=False, default=list, max_length=100, **options
        )


class NumberField(serializers.FloatField):
    """A finite number; one that no float holds is an error and not a crash."""

    def to_internal_value(self, data: Any) -> float:
        try:
            value = super().to_internal_value(data)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise serializers.ValidationError(_("NaN and infinity are no JSON numbers."))
        return value


class StrictSerializer(serializers.Serializer[Any]):
    """A request in which a misspelt member is an error, not silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(str(key)[:60] for key in set(data) - set(self.fields))
            if unknown:
                known = ", ".join(self.fields)
                message = _("There is no such member here; there are %(known)s.") % {"known": known}
                raise serializers.ValidationError({name: [message] for name in unknown})
        return super().to_internal_value(data)
