"""Fields of FHIR resources, each read as the type that R4 gives it; another is refused with its place."""

import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collegium.sdk.errors import Invalid

Resource = Mapping[str, Any]
NUMBER_MAX = 1e15  # no count of blood cells in a litre comes near
DECIMALS_MAX = 6  # of a number from 1 on: what follows was left by a computer's division
NUMBER_CHARS = 20  # what is longer with all its noughts is written with an exponent
CHARS_SHOWN = 40
COMPARATORS = ("<", "<=", ">=", ">")
_TEXT, _LIST = gettext_lazy("a text"), gettext_lazy("a list")
_OBJECT, _NUMBER = gettext_lazy("an object"), gettext_lazy("a number below 10^15")
_UNSTORABLE = re.compile("[\x00-\x1f\ud800-\udfff]+")  # what neither the database nor UTF-8 holds, and breaks


def text_plain(text: str) -> str:
    """A text on one line, without characters that cannot be stored."""
    return " ".join(_UNSTORABLE.sub(" ", text).split())


def shown(value: Any) -> str:
    """A value as an error may quote it: the beginning of a text or number, else of which kind it is."""
    if isinstance(value, str):
        return text_plain(value[:CHARS_SHOWN])
    if isinstance(value, float) or isinstance(value, int) and abs(value) < NUMBER_MAX:
        return str(value)
    return type(value).__name__


def string_of(resource: Resource, field: str, place: str = "") -> str:
    """A text field, plain; empty where there is none."""
    value = resource.get(field) or None
    if value is not None and not isinstance(value, str):
        raise _mistyped(place or _place(resource, field), _TEXT)
    return text_plain(value or "")


def object_of(resource: Resource, field: str, place: str = "") -> Resource:
    value = resource.get(field) or None
    if value is not None and not isinstance(value, Mapping):
        raise _mistyped(place or _place(resource, field), _OBJECT)
    return value or {}


def objects_of(resource: Resource, field: str, place: str = "") -> list[Resource]:
    """A list of objects; empty where there is none."""
    value = resource.get(field) or None
    place = place or _place(resource, field)
    if value is not None and not isinstance(value, list):
        raise _mistyped(place, _LIST)
    for number, one in enumerate(value or ()):
        if not isinstance(one, Mapping):
            raise _mistyped(f"{place}[{number}]", _OBJECT)
    return value or []


def quantity_of(resource: Resource, field: str, place: str = "") -> float | None:
    """The value of a quantity; None where it has none."""
    value = object_of(resource, field, place).get("value")
    if value is None:
        return None
    place = f"{place or _place(resource, field)}.value"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _mistyped(place, _NUMBER)
    if not -NUMBER_MAX < value < NUMBER_MAX or not math.isfinite(value):
        raise _mistyped(place, _NUMBER)
    return float(value)


def comparator_of(resource: Resource, field: str) -> str:
    """How the true value of a quantity stands to the stated one; empty where it is that one."""
    place = f"{_place(resource, field)}.comparator"
    comparator = string_of(object_of(resource, field), "comparator", place)
    if comparator and comparator not in COMPARATORS:
        raise _mistyped(place, " | ".join(COMPARATORS))
    return comparator


def quantity_said(resource: Resource, field: str) -> str:
    """A quantity that has a value as it is stated: its comparator, number and unit."""
    value = object_of(resource, field)["value"]
    stated = Decimal(str(value))
    if abs(stated) >= 1 and int(stated.as_tuple().exponent) < -DECIMALS_MAX:
        stated = round(stated, DECIMALS_MAX)
    number = format(stated, "f")
    number = number if len(number) <= NUMBER_CHARS else str(value)
    unit = string_of(object_of(resource, field), "unit", f"{_place(resource, field)}.unit")
    return f"{comparator_of(resource, field)}{number} {unit[:CHARS_SHOWN]}".strip()


def is_true(resource: Resource, field: str) -> bool:
    """A field that is true or false; false where there is none."""
    value = resource.get(field)
    if value is not None and not isinstance(value, bool):
        raise _mistyped(_place(resource, field), "true | false")
    return bool(value)


def codes_of(concept: Resource, place: str) -> Iterator[str]:
    """The codes of a CodeableConcept."""
    return (string_of(one, "code", f"{place}.coding.code") for one in _codings(concept, place))


def name_of(concept: Resource, place: str) -> str:
    """What a CodeableConcept says: its text, or the display of its first coding that has one."""
    if said := string_of(concept, "text", f"{place}.text"):
        return said
    displays = (string_of(one, "display", f"{place}.coding.display") for one in _codings(concept, place))
    return next((one for one in displays if one), "")


def _codings(concept: Resource, place: str) -> list[Resource]:
    return objects_of(concept, "coding", f"{place}.coding")


def _place(resource: Resource, field: str) -> str:
    return f"{shown(resource.get('resourceType') or '')}.{field}"


def _mistyped(place: str, expected: object) -> Invalid:
    return Invalid(
        _("%(place)s has another type than in FHIR R4, where it is %(expected)s. Correct the bundle.")
        % {"place": place, "expected": expected},
        code="invalid_bundle",
    )
