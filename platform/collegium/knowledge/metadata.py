"""The fields that a vertical's documents carry: stated ones are checked, recognised ones are sifted."""

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from collegium.errors import Invalid
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.vertical import MetadataField, Vertical

TEXT_MAX_CHARS = 500


def metadata_check(vertical: Vertical, given: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """The uploader's metadata in the form that is stored; Invalid names the field and what it takes."""
    if isinstance(given, str):
        try:
            given = json.loads(given or "{}")
        except ValueError as error:
            raise Invalid(
                _("The metadata is not JSON: %(error)s.") % {"error": error}, code="invalid_metadata"
            ) from error
    if not given:
        return {}
    if not isinstance(given, Mapping):
        raise Invalid(_("The metadata is a JSON object of fields and values."), code="invalid_metadata")
    fields = {field.name: field for field in vertical.metadata_fields}
    unknown = sorted(str(name) for name in given if name not in fields)
    if unknown:
        raise Invalid(
            _("'%(vertical)s' has no metadata field %(unknown)s; it has %(known)s.")
            % {
                "vertical": vertical.slug,
                "unknown": ", ".join(unknown),
                "known": ", ".join(fields) or _("none"),
            },
            code="invalid_metadata",
        )
    checked = {}
    for name, value in given.items():
        if value is None or value == "":
            continue
        checked[name] = _value(fields[name], value)
    return checked


def metadata_sift(vertical: Vertical, recognised: Mapping[str, Any]) -> dict[str, Any]:
    """What a vertical recognised, without what it does not declare or what does not fit the declaration."""
    fields = {field.name: field for field in vertical.metadata_fields}
    kept = {}
    for name, value in recognised.items():
        if name in fields and value not in (None, ""):
            try:
                kept[name] = _value(fields[name], value)
            except Invalid:
                continue  # a guess that does not fit is no guess
    return kept


def metadata_described(slug: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say what a document is, of a vertical; all of them where it is not loaded."""
    vertical = loaded_verticals().get(slug)
    silent = {field.name for field in vertical.metadata_fields if not field.describes} if vertical else set()
    return {name: value for name, value in metadata.items() if name not in silent}


def _value(field: MetadataField, value: Any) -> Any:
    if field.kind == "number":
        return _number(field, value)
    if not isinstance(value, str | int | float | date) or isinstance(value, bool):
        raise _wrong(field, _("a text"))
    text = str(value).strip()
    if len(text) > TEXT_MAX_CHARS or "\x00" in text:
        raise _wrong(field, _("a text of at most %(limit)s characters") % {"limit": TEXT_MAX_CHARS})
    if field.kind == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise _wrong(field, _("a date such as 2024-12-31")) from error
    if field.kind == "choice" and text not in field.choices:
        raise _wrong(field, _("one of %(values)s") % {"values": ", ".join(field.choices)})
    return text


def _number(field: MetadataField, value: Any) -> int | float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _wrong(field, _("a number")) from error
    if isinstance(value, bool) or not math.isfinite(number):
        raise _wrong(field, _("a number"))
    return int(number) if number.is_integer() else number


def _wrong(field: MetadataField, expected: str) -> Invalid:
    return Invalid(
        _("The metadata field '%(name)s' takes %(expected)s.") % {"name": field.name, "expected": expected},
        code="invalid_metadata",
    )
