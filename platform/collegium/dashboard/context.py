"""What every page's template knows."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from collegium.accounts.selectors import workspaces_of
from collegium.dashboard.navigation import vertical_links
from collegium.dashboard.selectors import conversations_recent


def site(request: HttpRequest) -> dict[str, Any]:
    """The site's name; for a signed-in person their workspaces, verticals' pages and recent conversations."""
    asker = getattr(request, "asker", None)
    known: dict[str, Any] = {"site_name": "Collegium", "asker": asker}
    if asker is None:
        return known
    user = request.user

    def workspaces() -> list[Any]:
        return list(workspaces_of(user))

    return known | {
        "may_manage": asker.may("manage"),
        "workspaces": SimpleLazyObject(workspaces),
        "vertical_links": vertical_links(asker, get_language() or "en"),
        "conversations": SimpleLazyObject(lambda: conversations_recent(asker)),
    }
