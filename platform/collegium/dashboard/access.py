"""What stands before every page: a signed-in person, their workspace, the permission, plain errors."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import asker_for_user, workspaces_of
from collegium.errors import Forbidden, NotFound, Problem

WORKSPACE_KEY = "workspace"
View = Callable[..., HttpResponse]


def workspace_asker(request: HttpRequest) -> Asker | None:
    """Who asks, in the workspace of the session; else in their first one; None where they belong to none."""
    chosen = request.session.get(WORKSPACE_KEY)
    if chosen:
        try:
            return asker_for_user(request.user, UUID(chosen))
        except (NotFound, ValueError):
            del request.session[WORKSPACE_KEY]  # they left it: fall back to another
    first = workspaces_of(request.user).first()
    return asker_for_user(request.user, first.pk) if first else None


def page(scope: str = "read", *, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Make `view(request, asker, ...)` a page for signed-in people whose role grants the scope."""
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            asker = workspace_asker(request)
            if asker is None:
                return render(request, "dashboard/no_workspace.html", status=403)
            request.asker = asker  # type: ignore[attr-defined]
            try:
                if not asker.may(scope):
                    raise Forbidden(
                        _("Your role in this workspace does not allow this. Ask an administrator.")
                    )
                response = view(request, asker, *args, **kwargs)
            except Problem as problem:
                return problem_response(request, problem)
            if not response.has_header("Cache-Control"):
                response["Cache-Control"] = "private, no-store"
            return response

        return guarded

    return decorate


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Show a problem as a page, or as a notice where only a part of a page was asked for."""
    partial = bool(getattr(request, "htmx", False)) or request.headers.get("X-Part") == "1"
    template = "dashboard/_problem.html" if partial else "dashboard/problem.html"
    return render(request, template, {"problem": problem}, status=problem.status)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if not getattr(request, "htmx", False):
        return redirect_to_login(request.get_full_path())
    response = HttpResponse(status=204)
    response["HX-Redirect"] = redirect_to_login("/")["Location"]
    return response
