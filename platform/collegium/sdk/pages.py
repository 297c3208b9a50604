"""The addresses of the verticals' pages, each closed where its vertical is not enabled."""

import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import vertical_slugs
from collegium.errors import NotFound
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.vertical import Page, Vertical

if TYPE_CHECKING:
    from django.urls import URLPattern

log = logging.getLogger(__name__)


def vertical_urls() -> "list[URLPattern]":
    """v/<slug>/<path> for each page of each vertical, named `vertical-<slug>-` and its name or path."""
    urls = []
    for slug, vertical in loaded_verticals().items():
        for page in vertical.pages:
            view = view_imported(vertical, page.view)
            if view is not None:
                name = page_url_name(slug, page)
                urls.append(path(f"v/{slug}/{page.path}", _page_view(slug, page, view), name=name))
    return urls


def page_url_name(slug: str, page: Page) -> str:
    """vertical-<slug>-<name or path>; a path's parameter counts by its name, as a colon means a namespace."""
    path_named = re.sub(r"<(?:\w+:)?(\w+)>", r"\1", page.path.strip("/"))
    return f"vertical-{slug}-{page.name or path_named.replace('/', '-') or 'index'}"


def vertical_pages(asker: Asker) -> list[tuple[Vertical, Page]]:
    """The pages for the navigation of an asker: of enabled verticals, within the asker's scopes."""
    verticals = loaded_verticals()
    return [
        (verticals[slug], page)
        for slug in vertical_slugs(asker)
        if slug in verticals
        for page in verticals[slug].pages
        if page.navigation and asker.may(page.scope)
    ]


def vertical_open(asker: Asker, slug: str) -> None:
    """Raise NotFound where the vertical is not enabled in the asker's workspace or is closed to the asker."""
    if slug not in vertical_slugs(asker):
        raise NotFound(
            _("The vertical '%(slug)s' is not enabled in this workspace.") % {"slug": slug},
            code="vertical_not_enabled",
        )


def view_problems(vertical: Vertical) -> list[str]:
    """Which of a vertical's views cannot be imported, and why."""
    problems = []
    for dotted in [page.view for page in vertical.pages] + [route.view for route in vertical.api_routes]:
        try:
            import_string(dotted)
        except Exception as error:  # a plug-in's module may raise anything; its author is told
            problems.append(f"{dotted}: {type(error).__name__}: {error}")
    return problems


def view_imported(vertical: Vertical, dotted: str) -> Any:
    """The view, or None where its module is broken."""
    try:
        return import_string(dotted)
    except Exception:  # one broken page must not take the site down; `verticals check` reports it
        log.exception("the view %s of the vertical '%s' cannot be imported", dotted, vertical.slug)
        return None


def _page_view(slug: str, page: Page, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    from collegium.dashboard.access import page as for_members

    @wraps(view)
    def opened(request: HttpRequest, asker: Asker, **kwargs: Any) -> HttpResponse:
        vertical_open(asker, slug)
        return view(request, asker, **kwargs)

    return for_members(page.scope, methods=("GET", "POST"))(opened)
