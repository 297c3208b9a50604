"""The least that a vertical is: a slug and a name, a page and two recipes. All else is the SDK's default."""

from django.http import HttpRequest, HttpResponse

from collegium.sdk.asker import Asker
from collegium.sdk.vertical import Page, Vertical
from tests.verticals.dummy import tuning


class Dummy(Vertical):
    slug = "dummy"
    name = {"en": "Dummy", "zh": "示例"}
    pages = (Page(path="", label={"en": "Dummy", "zh": "示例"}, view="tests.verticals.dummy.vertical.home"),)
    recipes = (tuning.OPEN, tuning.PRIVATE)


def home(request: HttpRequest, asker: Asker) -> HttpResponse:
    return HttpResponse("dummy page")
