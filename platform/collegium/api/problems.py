"""Errors as responses: problem+json (RFC 9457) on the native surface, OpenAI's shape under /v1/."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from rest_framework import exceptions

from collegium.errors import Forbidden, Invalid, NotFound, Problem, TooLarge, Unavailable
from collegium.ops.logs import request_id
from engine.errors import ContextTooLong, EngineError, EngineRejected, EngineTimeout, EngineUnavailable

log = logging.getLogger(__name__)
PROBLEM_TYPE = "application/problem+json"
OPENAI_PREFIX = "/v1/"
DRF_CODES = {
    401: ("not_authenticated", _lazy("A valid key is needed")),
    403: ("forbidden", _lazy("Not permitted")),
    404: ("not_found", _lazy("Not found")),
    405: ("method_not_allowed", _lazy("This address does not know that method")),
    406: ("not_acceptable", _lazy("None of the accepted media types can be given")),
    415: ("unsupported_media_type", _lazy("This media type is not read here")),
    429: ("too_many_requests", _lazy("Too many requests")),
}
OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class TooMany(Problem):
    status = 429
    code = "too_many_requests"
    title = _lazy("Too many requests")

    def __init__(self, detail: str, *, retry_after_s: int, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after_s = retry_after_s


def problem_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The response to an exception of a DRF view; the unforeseen is logged, and told without internals."""
    request = context["request"]
    return problem_response(problem_from(exc), getattr(request, "_request", request), exc)


def problem_from(exc: BaseException) -> Problem:
    """The problem that an exception means to the caller."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, EngineError):
        return _from_engine(exc)
    if isinstance(exc, exceptions.ValidationError):
        errors = list(_field_errors(exc.detail))
        return Invalid(_summary(errors), errors=errors)
    if isinstance(exc, exceptions.APIException):
        return _from_drf(exc)
    if isinstance(exc, Http404):
        return NotFound(_("There is nothing at this address."))
    if isinstance(exc, PermissionDenied):
        return Forbidden(_("This is not permitted."))
    if isinstance(exc, RequestDataTooBig):
        return TooLarge(_("The request's body is too large."))
    if isinstance(exc, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        return TooLarge(
            _("More than %(most)s files were sent at once. Send them in several requests.") % {"most": most}
        )
    if isinstance(exc, SuspiciousOperation | UnreadablePostError):
        return Problem(_("The request's body cannot be read; check its format and length."), code="malformed")
    if isinstance(exc, OperationalError | InterfaceError):
        log.error("the database does not answer", exc_info=exc)
        return Unavailable(
            _("The database does not answer, or all its connections are in use; try again in a moment."),
            code="database_unavailable",
        )
    log.error("an unforeseen error", exc_info=exc)
    return Problem(
        _("Something failed on the server. Its log holds the cause under this request_id."),
        code="internal",
        status=500,
    )


def problem_response(
    problem: Problem, request: HttpRequest, exc: BaseException | None = None
) -> HttpResponse:
    """Write a problem in the shape that the address speaks, with the headers that its status asks for."""
    if request.path.startswith(OPENAI_PREFIX):
        if problem.status == 422:
            problem.status = 400  # OpenAI knows no 422
        body, media_type = openai_error(problem), "application/json"
    else:
        body, media_type = problem_body(problem), PROBLEM_TYPE
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False, default=str), status=problem.status, content_type=media_type
    )
    if challenge := getattr(exc, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if isinstance(problem, TooMany):
        response["Retry-After"] = str(problem.retry_after_s)
    response["Cache-Control"] = "no-store"
    return response


def problem_body(problem: Problem) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": str(problem.title),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": request_id(),
        **{key: value for key, value in problem.extra.items() if key not in {"status", "type"}},
    }


def openai_error(problem: Problem) -> dict[str, Any]:
    errors = problem.extra.get("errors") or [{}]
    fallback = "invalid_request_error" if problem.status < 500 else "server_error"
    return {
        "error": {
            "message": problem.detail,
            "type": OPENAI_TYPES.get(problem.status, fallback),
            "code": problem.code,
            "param": problem.extra.get("param") or errors[0].get("field"),
        }
    }


def _from_drf(exc: exceptions.APIException) -> Problem:
    status = exc.status_code
    if isinstance(exc, exceptions.ParseError):
        problem = Problem(str(exc.detail), code="malformed")
        problem.title = _("The request cannot be read")
        return problem
    code, title = DRF_CODES.get(status, ("bad_request", Problem.title))
    if status == 429:
        return TooMany(str(exc.detail), retry_after_s=int(getattr(exc, "wait", None) or 1))
    problem = Problem(str(exc.detail), code=code, status=status)
    problem.title = title
    return problem


def _from_engine(exc: EngineError) -> Problem:
    if isinstance(exc, EngineUnavailable):
        return Unavailable(_("The engine does not answer now; try again later."), code=exc.code)
    if isinstance(exc, EngineTimeout):
        return Unavailable(_("The engine took too long."), code=exc.code, status=504)
    if isinstance(exc, ContextTooLong):
        return Problem(_too_long(exc), code="context_length_exceeded", status=400)
    if isinstance(exc, EngineRejected):
        return Problem(str(exc), code=exc.code, status=400)
    log.error("the engine failed", exc_info=exc)
    return Unavailable(_("The engine broke off; try again."), code=exc.code, status=502)


def _too_long(exc: ContextTooLong) -> str:
    """With both lengths, where the engine named them."""
    if exc.prompt_tokens is None or exc.limit_tokens is None:
        return str(exc)
    return _("The prompt has %(count)s tokens; with what is to be written the model reads %(limit)s.") % {
        "count": exc.prompt_tokens,
        "limit": exc.limit_tokens,
    }


def _field_errors(detail: Any, path: str = "") -> Any:
    """The leaves of DRF's nested details as {field, code, message}."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            inner = path if key == "non_field_errors" else f"{path}.{key}".strip(".")
            yield from _field_errors(value, inner)
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, Mapping | list)
            yield from _field_errors(value, f"{path}[{index}]" if nested else path)
    else:
        yield {"field": path, "code": getattr(detail, "code", "invalid"), "message": str(detail)}


def _summary(errors: list[dict[str, str]]) -> str:
    if not errors:
        return _("The input is not valid.")
    first = errors[0]
    return f"{first['field']}: {first['message']}" if first["field"] else first["message"]
