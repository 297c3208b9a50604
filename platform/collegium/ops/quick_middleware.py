"""Django's middlewares for an asynchronous server: those that wait for nothing run in the event loop.

Django hands each step of a synchronous middleware to a thread, which costs more than the step. What reads
sessions, and so the database, is left to threads, and out of the way of the API, whose callers have keys.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from csp.middleware import CSPMiddleware as Csp
from django.contrib.auth.middleware import AuthenticationMiddleware as Authentication
from django.contrib.messages.middleware import MessageMiddleware as Messages
from django.contrib.sessions.middleware import SessionMiddleware as Sessions
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware as XFrameOptions
from django.middleware.common import CommonMiddleware as Common
from django.middleware.csrf import CsrfViewMiddleware as Csrf
from django.middleware.locale import LocaleMiddleware as Locale
from django.middleware.security import SecurityMiddleware as Security
from whitenoise.middleware import WhiteNoiseMiddleware

API_PREFIXES = ("/api/v1/", "/v1/")


class _InLoop:
    """A middleware whose steps read and write nothing but the request and its response."""

    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        before = getattr(self, "process_request", None)
        after = getattr(self, "process_response", None)
        response = before(request) if before else None
        if response is None:
            response = await self.get_response(request)
        return after(request, response) if after else response


class _PagesOnly:
    """A middleware that the API does without."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(API_PREFIXES):
            return self.get_response(request)  # type: ignore[attr-defined]
        return super().__call__(request)  # type: ignore[misc]


class SecurityMiddleware(_InLoop, Security):
    pass


class CommonMiddleware(_InLoop, Common):
    pass


class LanguageMiddleware(_InLoop, Locale):
    pass


class XFrameOptionsMiddleware(_InLoop, XFrameOptions):
    pass


class CSPMiddleware(_InLoop, Csp):
    pass


class SessionMiddleware(_PagesOnly, Sessions):
    pass


class AuthenticationMiddleware(_PagesOnly, Authentication):
    pass


class MessageMiddleware(_PagesOnly, Messages):
    pass


class CsrfViewMiddleware(_InLoop, Csrf):
    """A form is read in a thread: it may hold files."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            self.process_view = self._process_view_async

    async def _process_view_async(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> Any:
        check = super().process_view
        if getattr(view, "csrf_exempt", False):
            return check(request, view, args, kwargs)
        return await sync_to_async(check)(request, view, args, kwargs)


class StaticMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise's, which knows no asynchronous requests."""

    async_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self._serve_async(request) if iscoroutinefunction(self) else super().__call__(request)

    async def _serve_async(self, request: HttpRequest) -> HttpResponse:
        if self.autorefresh:
            found = await sync_to_async(self.find_file)(request.path_info)
        else:
            found = self.files.get(request.path_info)
        if found is None:
            return await self.get_response(request)
        return await sync_to_async(self.serve)(found, request)
