"""Pages of lists: `?limit=&cursor=` -> {data, next_cursor, has_more}."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from collegium.errors import Invalid

Row = TypeVar("Row")
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
    if cursor := request.query_params.get("cursor", ""):
        at, last = _cursor_read(cursor)
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=last))
    ordered = rows.order_by("-created_at", "-pk")
    return _page(request, lambda limit: list(ordered[:limit]), serialise, _cursor_write)


def keyed_page(
    request: Request,
    fetch: Callable[[Any, int], Sequence[Row]],
    serialise: Callable[[Row], Any],
    *,
    key: Callable[[Row], Any],
) -> dict[str, Any]:
    """One page of rows in the order of a key of texts and whole numbers.

    `fetch(after, limit)` gives the rows whose key comes after `after` (None: from the first). Raises Invalid
    for a limit or cursor that cannot be used.
    """
    cursor = request.query_params.get("cursor", "")
    after = _key_read(cursor) if cursor else None
    try:
        return _page(request, lambda limit: fetch(after, limit), serialise, lambda row: _encoded(key(row)))
    except TypeError as error:
        if after is None:
            raise
        raise _bad_cursor() from error  # a key of another list


def _page(
    request: Request,
    fetch: Callable[[int], Sequence[Row]],
    serialise: Callable[[Row], Any],
    cursor: Callable[[Row], str],
) -> dict[str, Any]:
    limit = _limit(request.query_params.get("limit"))
    found = fetch(limit + 1)
    page, more = found[:limit], len(found) > limit
    return {
        "data": [serialise(row) for row in page],
        "next_cursor": cursor(page[-1]) if more else None,
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
    return _encoded([row.created_at.isoformat(), str(row.pk)])


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _decoded(cursor: str) -> Any:
    raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    return json.loads(raw)


def _key_read(cursor: str) -> Any:
    """The key in a cursor: a text, a whole number, or a list of them."""
    try:
        key = _decoded(cursor)
    except (ValueError, RecursionError, binascii.Error) as error:
        raise _bad_cursor() from error
    parts = key if isinstance(key, list) else [key]
    sound = all(
        (isinstance(part, str) and "\x00" not in part)
        or (isinstance(part, int) and not isinstance(part, bool) and 0 <= part < 2**63)
        for part in parts
    )
    if not parts or not sound:
        raise _bad_cursor()
    return key


def _bad_cursor() -> Invalid:
    message = _("Pass next_cursor of the page before, unchanged.")
    return Invalid(f"cursor: {message}", errors=[{"field": "cursor", "code": "invalid", "message": message}])


def _cursor_read(cursor: str) -> tuple[datetime, uuid.UUID]:
    try:
        at, last = _decoded(cursor)
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment, uuid.UUID(last)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise _bad_cursor() from error
