"""Addresses under the API's prefixes that there are not."""

from typing import Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.request import Request

from collegium.api.api_view import ApiView
from collegium.errors import NotFound


class Unknown(ApiView):
    """Answers every method with 404 in the shape of errors that the prefix has."""

    authentication_classes = []
    permission_classes = []
    schema = None  # type: ignore[assignment]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotFound(
            _("There is nothing at this address; /api/docs/ lists what there is."), code="no_such_route"
        )
