"""One document: its versions and metadata, and what an editor can do with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.dashboard.access import page
from collegium.dashboard.forms import metadata_changed, metadata_fields
from collegium.dashboard.navigation import in_language
from collegium.dashboard.selectors import DocumentRow, document_rows
from collegium.errors import Invalid
from collegium.jobs.selectors import job_get
from collegium.jobs.services import job_cancel, job_retry
from collegium.knowledge.models import DocumentVersion
from collegium.knowledge.selectors import document_get
from collegium.knowledge.services import document_delete, document_describe, document_reindex, version_add
from collegium.sdk.registry import loaded_verticals, vertical_get


@page("read")
def document(request: HttpRequest, asker: Asker, document_id: UUID) -> HttpResponse:
    shown = document_get(asker, document_id)
    rows = document_rows(asker, [shown.pk])
    versions = DocumentVersion.objects.filter(document=shown).prefetch_related("files").order_by("-number")
    vertical = loaded_verticals().get(shown.knowledge_base.vertical)
    stated = rows[0].version.metadata if rows[0].version else {}
    language = get_language() or "en"
    known = {
        "document": shown,
        "base": shown.knowledge_base,
        "row": rows[0],
        "versions": versions,
        "metadata": metadata_labelled(shown.knowledge_base.vertical, rows[0]),
        "metadata_fields": metadata_fields(vertical, language, stated) if vertical else [],
        "watch": str(shown.pk) if rows[0].running else "",
        "may_upload": asker.may("upload"),
        "section": "knowledge",
    }
    return render(request, "dashboard/document.html", known)


def metadata_labelled(slug: str, row: DocumentRow) -> list[tuple[str, Any]]:
    """The newest version's metadata, each field under the vertical's name for it."""
    language = get_language() or "en"
    vertical = loaded_verticals().get(slug)
    fields = vertical.metadata_fields if vertical else ()
    labels = {field.name: in_language(field.label, language) for field in fields}
    metadata = row.version.metadata if row.version else {}
    return [(labels.get(name) or name, value) for name, value in metadata.items()]


@page("upload", methods=("POST",))
def version_upload(request: HttpRequest, asker: Asker, document_id: UUID) -> HttpResponse:
    shown = document_get(asker, document_id)
    files = request.FILES.getlist("files")
    if not files:
        raise Invalid(_("Choose at least one file."), code="no_file")
    version_add(asker=asker, document=shown, files=files)
    return redirect("document", shown.pk)


@page("upload", methods=("POST",))
def reindex(request: HttpRequest, asker: Asker, document_id: UUID) -> HttpResponse:
    document_reindex(asker=asker, document_id=document_get(asker, document_id).pk)
    return redirect("document", document_id)


@page("upload", methods=("POST",))
def describe(request: HttpRequest, asker: Asker, document_id: UUID) -> HttpResponse:
    """Correct what is known of a document: the fields that were changed, against what its page showed."""
    shown = document_get(asker, document_id)
    rows = document_rows(asker, ids=[shown.pk])
    known = rows[0].version.metadata if rows[0].version else {}
    changed = metadata_changed(vertical_get(shown.knowledge_base.vertical), request.POST, known)
    if changed:
        document_describe(asker=asker, document_id=shown.pk, metadata=changed)
    return redirect("document", document_id)


@page("upload", methods=("POST",))
def delete(request: HttpRequest, asker: Asker, document_id: UUID) -> HttpResponse:
    shown = document_get(asker, document_id)
    base_id, title = shown.knowledge_base_id, shown.title
    document_delete(asker=asker, document_id=shown.pk)
    messages.success(request, _("“%(title)s” was deleted.") % {"title": title})
    return redirect("knowledge_base", base_id)


@page("upload", methods=("POST",))
def cancel(request: HttpRequest, asker: Asker, job_id: UUID) -> HttpResponse:
    job = job_get(asker, job_id)
    job_cancel(asker=asker, job_id=job.pk)
    return _job_answer(request, asker, job.document)


@page("upload", methods=("POST",))
def retry(request: HttpRequest, asker: Asker, job_id: UUID) -> HttpResponse:
    job = job_get(asker, job_id)
    job_retry(asker=asker, job_id=job.pk)
    return _job_answer(request, asker, job.document)


def _job_answer(request: HttpRequest, asker: Asker, document_id: UUID | None) -> HttpResponse:
    """The document's fresh state with a poller of its own, or its page where scripts are off."""
    if document_id is None:
        return redirect("knowledge")
    if not getattr(request, "htmx", False):
        return redirect("document", document_id)
    rows = document_rows(asker, [document_id])
    known = {"rows": rows, "watch": str(document_id), "may_upload": True}
    return render(request, "dashboard/_stages.html", known)
