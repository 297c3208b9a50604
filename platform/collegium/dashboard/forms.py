"""What the pages' forms accept."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from collegium.dashboard.navigation import in_language
from collegium.knowledge.models import Access
from collegium.sdk.vertical import MetadataField, Vertical


class KnowledgeBaseForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    vertical = forms.ChoiceField(label=_("Field"))
    description = forms.CharField(label=_("Description"), max_length=2000, required=False)
    access = forms.ChoiceField(label=_("Who may see it"), choices=Access.choices, initial=Access.WORKSPACE)

    def __init__(self, *args: Any, verticals: list[Vertical], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(vertical.slug, in_language(vertical.name, language)) for vertical in verticals]
        self.fields["vertical"].choices = choices  # type: ignore[attr-defined]


def metadata_field_name(field: MetadataField) -> str:
    return f"meta-{field.name}"


def metadata_fields(vertical: Vertical, language: str, stated: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The vertical's fields as inputs, filled with what is known."""
    return [
        {
            "name": metadata_field_name(field),
            "label": in_language(field.label, language),
            "kind": field.kind,
            "choices": field.choices,
            "value": str(stated.get(field.name, "")),
        }
        for field in vertical.metadata_fields
    ]


def metadata_changed(vertical: Vertical, data: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were filled in otherwise than they were; emptied ones are None."""
    given = metadata_read(vertical, data)
    names = {field.name for field in vertical.metadata_fields}
    return {
        name: given.get(name)
        for name in sorted(names)
        if str(given.get(name, "")) != str(known.get(name, ""))
    }


def metadata_read(vertical: Vertical, data: Any) -> dict[str, Any]:
    """The vertical's fields that were filled in."""
    given: dict[str, Any] = {}
    for field in vertical.metadata_fields:
        value = str(data.get(metadata_field_name(field), "")).strip()
        if value:
            given[field.name] = value
    return given
