"""The language of a page: the person's choice, kept in a cookie, else what the browser asks for."""

from django.conf import settings
from django.http import HttpResponse
from django.middleware.locale import LocaleMiddleware

YEAR_S = 365 * 24 * 3600


class LanguageMiddleware(LocaleMiddleware):
    """Django's choice by cookie and Accept-Language, under a name of our own so that settings stay put."""


def language_cookie_set(response: HttpResponse, language: str) -> None:
    """Remember the language in this browser."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR_S,
        samesite="Lax",
        secure=settings.HTTPS,
        httponly=True,
    )
