"""Pages that verticals bring, at /v/<slug>/<path>, for those who may use the vertical."""

from django.http import HttpRequest, HttpResponse

from collegium.accounts.asker import Asker
from collegium.dashboard.access import page


@page("read", methods=("GET", "POST"))
def vertical_page(request: HttpRequest, asker: Asker, slug: str, path: str) -> HttpResponse:
    return HttpResponse("")
