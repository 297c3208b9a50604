"""The language of pages that a person chose, kept in a cookie; Django's own middleware reads it."""

from django.conf import settings
from django.http import HttpResponse

YEAR_S = 365 * 24 * 3600


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
