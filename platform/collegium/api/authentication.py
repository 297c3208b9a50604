"""Who a request's key acts for."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import asker_for_key

MAX_KEY_CHARS = 200
CHALLENGE = 'Bearer realm="collegium"'


class BearerKey(BaseAuthentication):
    """Reads `Authorization: Bearer <key>` and sets request.asker; request.user stays None."""

    def authenticate(self, request: Request) -> tuple[None, Asker] | None:
        header = request.headers.get("Authorization", "")
        if not header.strip():
            return None
        scheme, _space, key = header.strip().partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise AuthenticationFailed(_("Send a key as 'Authorization: Bearer <key>'."))
        asker = (
            asker_for_key(key) if len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable() else None
        )
        if asker is None:
            raise AuthenticationFailed(_("This key is unknown, revoked or expired; make another one."))
        request._request.asker = asker  # type: ignore[attr-defined]
        return None, asker

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def request_asker(request: Request | HttpRequest | Any) -> Asker:
    """The asker of a request that BearerKey let through."""
    asker = getattr(request, "auth", None)
    if not isinstance(asker, Asker):
        raise AuthenticationFailed(_("Send a key as 'Authorization: Bearer <key>'."))
    return asker
