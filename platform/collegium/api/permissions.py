"""What a key may do."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from collegium.accounts.asker import Asker
from collegium.errors import Forbidden

if TYPE_CHECKING:  # importing it here would go round: rest_framework.views reads this class from the settings
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Lets a key through that has the view's `required_scope`: a scope, or {method: scope}.

    A view without it needs a valid key and nothing more.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        asker = request.auth
        if not isinstance(asker, Asker):
            raise NotAuthenticated(_("Send a key as 'Authorization: Bearer <key>'."))
        scope = required_scope(view, request.method or "")
        if scope:
            scope_demand(asker, scope)
        return True


def required_scope(view: "APIView", method: str) -> str:
    """The scope that a view's method needs, or an empty string."""
    wanted = getattr(view, "required_scope", "")
    return wanted.get(method, "") if isinstance(wanted, dict) else wanted or ""


def scope_demand(asker: Asker, scope: str) -> None:
    """Raise Forbidden, naming the scope, where the asker lacks it."""
    if not asker.may(scope):
        raise Forbidden(
            _("This needs a key with the scope '%(scope)s'. Ask an administrator of the workspace for one.")
            % {"scope": scope},
            code="scope_missing",
            scope=scope,
        )
