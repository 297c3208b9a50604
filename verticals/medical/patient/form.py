"""The patient beside a question on the dashboard: fields, or a FHIR R4 Bundle as a file."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from collegium.sdk.errors import Invalid
from verticals.medical.patient.context import LISTS

PREFIX = "patient_"
BUNDLE_FIELD = f"{PREFIX}bundle"
BUNDLE_MAX_BYTES = 5_000_000


def patient_posted(posted: Mapping[str, str], files: Mapping[str, UploadedFile]) -> dict[str, Any]:
    """The context that the form states, empty where it states nothing; it is checked as any other.

    Raises Invalid for a file that is no JSON or too large, and for fields beside a bundle.
    """
    stated: dict[str, Any] = {}
    if age := posted.get(f"{PREFIX}age", "").strip():
        stated["age"] = _age(age)
    for name in ("sex", "birth_date"):
        if value := posted.get(PREFIX + name, "").strip():
            stated[name] = value
    for name in LISTS:
        lines = [" ".join(line.split()) for line in posted.get(PREFIX + name, "").splitlines()]
        if items := [line for line in lines if line]:
            stated[name] = items
    bundle = files.get(BUNDLE_FIELD)
    if bundle is None or not bundle.size:
        return stated
    if stated:
        raise _invalid(_("State the patient by the fields or by a bundle, not by both."))
    return _bundle(bundle)


def _age(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise _invalid(_("The age is a whole number of years, not '%(age)s'.") % {"age": text[:40]})
    return int(text)


def _bundle(file: UploadedFile) -> dict[str, Any]:
    size = file.size or 0
    if size > BUNDLE_MAX_BYTES:
        raise _invalid(
            _("The bundle has %(size)s MB; at most %(most)s MB are read.")
            % {"size": round(size / 1e6, 1), "most": BUNDLE_MAX_BYTES // 1_000_000}
        )
    try:
        read = json.loads(file.read().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _invalid(_("The bundle is no JSON: %(why)s.") % {"why": str(error)[:120]}) from error
    # what is no object is refused as no bundle, with its kind
    return read if isinstance(read, dict) and "resourceType" in read else {"resourceType": _kind(read)}


def _kind(read: Any) -> str:
    return str(read.get("resourceType", "an object")) if isinstance(read, dict) else type(read).__name__


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, code="invalid_context")
