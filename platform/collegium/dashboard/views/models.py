"""The models that answer: their lineage, figures and certificates; promotion, rollback, shares, archives."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.models import Workspace
from collegium.dashboard.access import page
from collegium.errors import Invalid, Problem
from collegium.jobs.models import Job
from collegium.serving.described import version_data, version_line
from collegium.serving.evaluation import KIND, evaluation_start
from collegium.serving.models import ModelMove, ModelVersion, WorkspaceShare
from collegium.serving.selectors import administrator_demand, is_administrator, version_get, visible_versions
from collegium.serving.services import (
    CANDIDATE,
    PREVIOUS,
    candidate_set,
    share_set,
    version_export,
    version_import,
    version_promote,
    version_rollback,
)
from collegium.serving.versions import version_retire

MOVES_SHOWN = 20
VERSIONS_SHOWN = 200
MEGABYTE = 1_000_000
RUNNING = ("queued", "running", "cancelling")


@page("read")
def models(request: HttpRequest, asker: Asker) -> HttpResponse:
    return _models_page(request, asker)


def _models_page(request: HttpRequest, asker: Asker, problem: Problem | None = None) -> HttpResponse:
    rows = visible_versions(asker).prefetch_related("aliases").order_by("-pk")[:VERSIONS_SHOWN]
    versions = [version_line(row) | {"base": row.base, "moves": ()} for row in rows]
    aliases = {alias: one for one in versions for alias in one["aliases"]}
    known: dict[str, Any] = {
        "versions": versions,
        "candidate": aliases.get(CANDIDATE),
        "previous": aliases.get(PREVIOUS),
        "administrates": is_administrator(asker),
        "problem": problem,
        "section": "models",
    }
    if known["administrates"]:
        shares = WorkspaceShare.objects.select_related("workspace").order_by("workspace__name")
        known |= {
            "moves": ModelMove.objects.select_related("model_version", "replaced", "by")[:MOVES_SHOWN],
            "share": next((row.percent for row in shares if row.workspace is None), 0),
            "named_shares": [row for row in shares if row.workspace is not None],
            "all_workspaces": Workspace.objects.order_by("name"),
            "max_megabytes": settings.UPLOAD_MAX_BYTES // MEGABYTE,
        }
    return render(request, "dashboard/models.html", known, status=problem.status if problem else 200)


@page("read")
def model(request: HttpRequest, asker: Asker, model_id: UUID) -> HttpResponse:
    return _model_page(request, asker, version_get(asker, model_id))


def _model_page(
    request: HttpRequest, asker: Asker, version: ModelVersion, problem: Problem | None = None
) -> HttpResponse:
    known = {
        "model": version_data(asker, version),
        "files": version.has_own_engine or version.directory,
        "administrates": is_administrator(asker),
        "problem": problem,
        "section": "models",
    } | _job_known(asker, version)
    return render(request, "dashboard/model.html", known, status=problem.status if problem else 200)


def _job_known(asker: Asker, version: ModelVersion) -> dict[str, Any]:
    """The newest evaluation of a version, for administrators."""
    if not is_administrator(asker):
        return {"job": None}
    job = Job.objects.filter(kind=KIND, subject=version.uid).order_by("-created_at").first()
    return {"job": job, "job_runs": job is not None and job.state in RUNNING, "model_id": version.uid}


@page("read")
def model_job(request: HttpRequest, asker: Asker, model_id: UUID) -> HttpResponse:
    """How far the evaluation is; asked again and again while it runs."""
    version = version_get(asker, model_id)
    known = _job_known(asker, version)
    response = render(request, "dashboard/_model_job.html", known)
    if not known.get("job_runs"):
        response["HX-Refresh"] = "true"  # its figures are elsewhere on the page
    return response


ACTIONS: dict[str, Callable[[Asker, UUID, str], str]] = {}


def _action(name: str) -> Callable[[Callable[[Asker, UUID, str], str]], Callable[[Asker, UUID, str], str]]:
    def keep(act: Callable[[Asker, UUID, str], str]) -> Callable[[Asker, UUID, str], str]:
        ACTIONS[name] = act
        return act

    return keep


@_action("promote")
def _promote(asker: Asker, model_id: UUID, reason: str) -> str:
    move = version_promote(asker=asker, version_id=model_id, reason=reason)
    return _("%(label)s answers now.") % {"label": move.model_version}


@_action("candidate")
def _candidate(asker: Asker, model_id: UUID, reason: str) -> str:
    candidate_set(asker=asker, version_id=model_id)
    return _("It is the candidate; its engine starts where it does not run.")


@_action("evaluate")
def _evaluate(asker: Asker, model_id: UUID, reason: str) -> str:
    evaluation_start(asker=asker, version_id=model_id)
    return _("The evaluation is queued.")


@_action("retire")
def _retire(asker: Asker, model_id: UUID, reason: str) -> str:
    return _("%(label)s is retired.") % {"label": version_retire(asker=asker, version_id=model_id)}


@page("read", methods=("POST",))
def model_act(request: HttpRequest, asker: Asker, model_id: UUID, act: str) -> HttpResponse:
    """Do what a button of the version's page says; what is refused is told on that page."""
    administrator_demand(asker)
    version = version_get(asker, model_id)
    if act not in ACTIONS:
        raise Invalid(_("There is no such action."), status=404)
    try:
        messages.success(request, ACTIONS[act](asker, model_id, request.POST.get("reason", "")))
    except Problem as problem:
        return _model_page(request, asker, version, problem)
    return redirect("model", model_id)


@page("read", methods=("POST",))
def model_rollback(request: HttpRequest, asker: Asker) -> HttpResponse:
    administrator_demand(asker)
    try:
        move = version_rollback(asker=asker)
    except Problem as problem:
        return _models_page(request, asker, problem)
    messages.success(request, _("%(label)s answers now.") % {"label": move.model_version})
    return redirect("models")


@page("read", methods=("POST",))
def model_share(request: HttpRequest, asker: Asker) -> HttpResponse:
    """Set the share of all workspaces or of a named one, or take the candidate back."""
    administrator_demand(asker)
    try:
        if request.POST.get("candidate") == "none":
            candidate_set(asker=asker, version_id=None)
        else:
            share_set(
                asker=asker,
                workspace=_workspace(request.POST.get("workspace", "")),
                percent=_percent(request.POST.get("percent", "")),
            )
    except Problem as problem:
        return _models_page(request, asker, problem)
    messages.success(request, _("Saved."))
    return redirect("models")


def _workspace(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(_("There is no such workspace."), status=404) from error


def _percent(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Invalid(_("Write a share from 0 to 100 percent."), code="bad_share")
    return int(text)


@page("read", methods=("POST",))
def model_import(request: HttpRequest, asker: Asker) -> HttpResponse:
    administrator_demand(asker)
    file = request.FILES.get("archive")
    try:
        if file is None:
            raise Invalid(_("Choose an archive."), code="no_file")
        version = version_import(asker=asker, stream=file)
    except Problem as problem:
        return _models_page(request, asker, problem)
    messages.success(request, _("%(label)s was imported.") % {"label": version})
    return redirect("model", version.uid)


@page("read")
def model_archive(request: HttpRequest, asker: Asker, model_id: UUID) -> Any:
    archive = version_export(asker=asker, version_id=model_id)
    response = StreamingHttpResponse(archive.pieces, content_type="application/x-tar")
    response["Content-Length"] = str(archive.size_bytes)
    response["Content-Disposition"] = f'attachment; filename="{archive.name}"'
    return response
