"""Giving a study's images out of the workspace: de-identified, with the reports that are linked to them."""

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.audit import audit_record
from collegium.sdk.derived import derived_file
from collegium.sdk.documents import document_text
from collegium.sdk.errors import Forbidden, Invalid, NotFound
from verticals.medical.deidentify.project import NAME_MAX_CHARS, project_open
from verticals.medical.imaging.models import ImagingInstance
from verticals.medical.imaging.profile import OPTION_CODES
from verticals.medical.imaging.release import released_of_version
from verticals.medical.imaging.selectors import study_instances, study_reports

EXPORTER = "verticals.medical.imaging.export.images_export"
TEXTS_MAX = 20
TEXT_MAX_CHARS = 200_000


def study_export(
    *,
    asker: Asker,
    study: str,
    version: str,
    project: str,
    keep: Sequence[str] = (),
    report_only: bool = False,
) -> bytes:
    """An archive (.zip) of a study's images in one document, and its linked reports; it goes on record.

    Args:
        version: of the document, one that the study is in; the only one where it is empty.
        project: the same workspace and project give the same pseudonyms.
        keep: options of the profile, keys of OPTION_CODES.
        report_only: leave out the files, and write the report of changes alone.

    Raises: Forbidden where the asker may not upload; NotFound; Invalid.
    """
    if not asker.may("upload"):
        raise Forbidden(_("Your role in this workspace does not allow this. Ask an administrator."))
    instances = study_instances(asker, study)
    chosen = _version_chosen(instances, version)
    name = " ".join(project.split())
    if not 1 <= len(name) <= NAME_MAX_CHARS:
        raise Invalid(_("Name the project, in at most %(count)s characters.") % {"count": NAME_MAX_CHARS})
    if unknown := sorted(set(keep) - set(OPTION_CODES)):
        raise Invalid(
            _("There is no option '%(option)s'; there are %(options)s.")
            % {"option": unknown[0][:40], "options": ", ".join(OPTION_CODES)}
        )
    options: dict[str, Any] = {
        "study": study,
        "secret": project_open(asker.workspace_id, name).secret.hex(),
        "project": name,
        "keep": list(keep),
        "released": released_of_version(asker, chosen),
        "texts": _texts(asker, [one for one in instances if one.version_id == chosen]),
        "report_only": report_only,
    }
    content = derived_file(
        asker, chosen, maker=EXPORTER, name="export", options=options, keep=False, slow=True
    )
    if not report_only:
        audit_record(asker=asker, action="imaging.export", target=str(chosen), project=name, keep=list(keep))
    return content


def study_changes(**given: Any) -> dict[str, Any]:
    """The report of changes that an export of the same arguments comes with (see study_export)."""
    with zipfile.ZipFile(io.BytesIO(study_export(**given, report_only=True))) as archive:
        found: dict[str, Any] = json.loads(archive.read("report.json"))
    return found


def _version_chosen(instances: Sequence[ImagingInstance], version: str) -> UUID:
    chosen = {str(one.version_id): one.version_id for one in instances}
    if not version and len(chosen) == 1:
        return next(iter(chosen.values()))
    if version not in chosen:
        raise NotFound(_("There is no such document."))
    return chosen[version]


def _texts(asker: Asker, instances: Sequence[ImagingInstance]) -> list[dict[str, str]]:
    """The reports that name the study or order of these images, as far as the asker may see them."""
    reports = [one for one in study_reports(asker, instances) if one.metadata.get("kind") != "image"]
    return [
        {"title": one.title, "text": document_text(asker, one.version)[:TEXT_MAX_CHARS]}
        for one in reports[:TEXTS_MAX]
    ]
