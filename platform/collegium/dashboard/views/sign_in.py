"""Signing in and out, choosing a workspace and a language."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from collegium.accounts.asker import Asker
from collegium.accounts.models import User
from collegium.accounts.selectors import asker_for_user
from collegium.dashboard.access import WORKSPACE_KEY, page
from collegium.dashboard.language import language_cookie_set
from collegium.errors import Invalid


class SignIn(LoginView):
    template_name = "dashboard/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: object) -> HttpResponse:
        response = super().form_valid(form)
        if self.request.user.language:
            language_cookie_set(response, self.request.user.language)
        return response


class SignOut(LogoutView):
    http_method_names = ["post", "options"]


def _back(request: HttpRequest) -> HttpResponseRedirect:
    wanted = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else "/")


@require_POST
def language_set(request: HttpRequest) -> HttpResponse:
    """Change the language of this browser and, for a signed-in person, of their account."""
    language = request.POST.get("language", "")
    response = _back(request)
    if language in dict(settings.LANGUAGES):
        language_cookie_set(response, language)
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=language)
    return response


@page("read", methods=("POST",))
def workspace_set(request: HttpRequest, asker: Asker) -> HttpResponse:
    """Work in another workspace from now on; NotFound where the person is no member of it."""
    try:
        wanted = UUID(request.POST.get("workspace", ""))
    except ValueError:
        raise Invalid(_("Choose a workspace from the list.")) from None
    asker_for_user(request.user, wanted)
    request.session[WORKSPACE_KEY] = str(wanted)
    return redirect("/")


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """What a person sees after too many wrong passwords."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    return render(request, "dashboard/locked_out.html", {"minutes": minutes}, status=429)
