"""Pages of lists: `?limit=&cursor=` -> {data, next_cursor, has_more}, newest first."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from collegium.errors import Invalid

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
PAGE_PARAMETERS = [
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT}
    ),
    OpenApiParameter("cursor", str, description="next_cursor of the page before."),
]


def page_of(request: Request, rows: QuerySet[Any], serialise: Callable[[Any], Any]) -> dict[str, Any]:
    """One page of rows that have created_at and a UUID as id.

    Raises Invalid for a limit or cursor that cannot be used.
    """
    limit = _limit(request.query_params.get("limit"))
    cursor = request.query_params.get("cursor", "")
    if cursor:
        at, last = _cursor_read(cursor)
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=last))
    found = list(rows.order_by("-created_at", "-pk")[: limit + 1])
    page, more = found[:limit], len(found) > limit
    return {
        "data": [serialise(row) for row in page],
        "next_cursor": _cursor_write(page[-1]) if more else None,
        "has_more": more,
    }


def _limit(value: str | None) -> int:
    if not value:
        return LIMIT_DEFAULT
    if not (value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= LIMIT_MAX):
        message = _("Write a whole number from 1 to %(limit)s.") % {"limit": LIMIT_MAX}
        raise Invalid(
            f"limit: {message}",
            errors=[{"field": "limit", "code": "invalid", "message": message}],
        )
    return int(value)


def _cursor_write(row: Any) -> str:
    raw = json.dumps([row.created_at.isoformat(), str(row.pk)])
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _cursor_read(cursor: str) -> tuple[datetime, uuid.UUID]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        at, last = json.loads(raw)
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment, uuid.UUID(last)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        message = _("Pass next_cursor of the page before, unchanged.")
        raise Invalid(
            f"cursor: {message}",
            errors=[{"field": "cursor", "code": "invalid", "message": message}],
        ) from error
