"""Knowledge bases: the list, one base with its documents, upload, and the stages of what is being read."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.dashboard.access import page
from collegium.dashboard.forms import KnowledgeBaseForm, metadata_fields, metadata_read
from collegium.dashboard.navigation import in_language, usable_verticals
from collegium.dashboard.selectors import bases_with_counts, document_page, document_rows
from collegium.errors import Invalid, Problem
from collegium.knowledge.models import Access, KnowledgeBase
from collegium.knowledge.selectors import knowledge_base_get
from collegium.knowledge.services import document_add, knowledge_base_create, parser_media_types
from collegium.knowledge.uploads import endings_read
from collegium.sdk.registry import vertical_get

MAX_WATCHED = 200


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why one of the uploaded files was not taken."""

    file: str
    problem: Problem


@page("read", methods=("GET", "POST"))
def knowledge_list(request: HttpRequest, asker: Asker) -> HttpResponse:
    verticals = usable_verticals(asker)
    language = get_language() or "en"
    form = KnowledgeBaseForm(request.POST or None, verticals=verticals, language=language)
    if request.method == "POST" and form.is_valid():
        base = knowledge_base_create(asker=asker, **form.cleaned_data)
        return redirect("knowledge_base", base.pk)
    names = {vertical.slug: in_language(vertical.name, language) for vertical in verticals}
    bases = bases_with_counts(asker)
    for base in bases:
        base.vertical_label = names.get(base.vertical, base.vertical)  # type: ignore[attr-defined]
    known = {"bases": bases, "form": form, "may_upload": asker.may("upload"), "section": "knowledge"}
    return render(request, "dashboard/knowledge_list.html", known)


@page("read")
def knowledge_base(request: HttpRequest, asker: Asker, base_id: UUID) -> HttpResponse:
    return _base_page(request, asker, knowledge_base_get(asker, base_id))


def _base_page(
    request: HttpRequest, asker: Asker, base: KnowledgeBase, problems: Sequence[FileProblem] = ()
) -> HttpResponse:
    shown = document_page(asker, base, request.GET.get("page", "1"))
    vertical = vertical_get(base.vertical)
    language = get_language() or "en"
    known = {
        "base": base,
        "vertical_label": in_language(vertical.name, language),
        "rows": shown.object_list,
        "page": shown,
        "page_numbers": list(shown.paginator.get_elided_page_range(shown.number, on_each_side=2, on_ends=1)),
        "watch": _watch([row.document.pk for row in shown.object_list if row.running]),
        "metadata_fields": metadata_fields(vertical, language, {}),
        "access_choices": Access.choices,
        "may_upload": asker.may("upload"),
        "endings": ",".join(endings_read(parser_media_types(vertical))),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_megabytes": settings.UPLOAD_MAX_BYTES // 1_000_000,
        "problems": problems,
        "section": "knowledge",
    }
    partial = getattr(request, "htmx", False)
    template = "dashboard/_documents.html" if partial else "dashboard/knowledge_base.html"
    return render(request, template, known)


def _watch(ids: Sequence[UUID]) -> str:
    return ",".join(str(value) for value in ids[:MAX_WATCHED])


@page("upload", methods=("POST",))
def upload(request: HttpRequest, asker: Asker, base_id: UUID) -> HttpResponse:
    """Take files: each is a document of its own, or all are one where they are said to belong together."""
    base = knowledge_base_get(asker, base_id)
    files = request.FILES.getlist("files")
    if not files:
        raise Invalid(_("Choose at least one file."), code="no_file")
    groups = [files] if request.POST.get("together") else [[file] for file in files]
    title = request.POST.get("title", "").strip() if len(groups) == 1 else ""
    metadata = metadata_read(vertical_get(base.vertical), request.POST)
    access = Access.RESTRICTED if request.POST.get("access") == Access.RESTRICTED else Access.WORKSPACE
    problems = []
    for group in groups:
        try:
            document_add(
                asker=asker, knowledge_base=base, files=group, title=title, metadata=metadata, access=access
            )
        except Problem as problem:
            problems.append(FileProblem(_names(group), problem))
    if problems or getattr(request, "htmx", False):
        return _base_page(request, asker, base, problems)
    return redirect("knowledge_base", base.pk)


def _names(files: Sequence[UploadedFile]) -> str:
    return ", ".join(file.name or "?" for file in files)


@page("read")
def stages(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The state of the watched documents; the answer asks for itself again only while something runs."""
    ids = []
    for text in request.GET.get("watch", "").split(",")[:MAX_WATCHED]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    rows = document_rows(asker, ids) if ids else []
    known = {
        "rows": rows,
        "watch": _watch([row.document.pk for row in rows if row.running]),
        "may_upload": asker.may("upload"),
    }
    response = render(request, "dashboard/_stages.html", known)
    shown = getattr(request, "htmx", None) and request.htmx.current_url_abs_path
    if not known["watch"] and shown and shown.startswith("/documents/"):
        response["HX-Refresh"] = "true"  # a document's own page shows more than its state
    return response
