"""What happens around every request: its id, and its count and duration."""

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse

from collegium.ops.logs import request_id_set
from collegium.ops.metrics import REQUEST_SECONDS, REQUESTS

log = logging.getLogger("collegium.requests")
QUIET_ROUTES = {"healthz", "readyz", "metrics"}  # asked every few seconds by machines
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
Next = Callable[[HttpRequest], HttpResponse] | Callable[[HttpRequest], Awaitable[HttpResponse]]


class _AroundRequest:
    """A middleware that serves synchronous and asynchronous handlers alike."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if self.is_async:
            return self._call_async(request)
        state = self.before(request)
        return self.after(request, self.get_response(request), state)  # type: ignore[arg-type]

    async def _call_async(self, request: HttpRequest) -> HttpResponse:
        state = self.before(request)
        return self.after(request, await self.get_response(request), state)  # type: ignore[misc]

    def before(self, request: HttpRequest) -> float:
        return 0.0

    def after(self, request: HttpRequest, response: HttpResponse, state: float) -> HttpResponse:
        return response


class RequestIdMiddleware(_AroundRequest):
    """Gives each request an id, or keeps the client's, and returns it in X-Request-ID."""

    def before(self, request: HttpRequest) -> float:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        request_id_set(request.request_id)  # type: ignore[attr-defined]
        return 0.0

    def after(self, request: HttpRequest, response: HttpResponse, state: float) -> HttpResponse:
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


class MetricsMiddleware(_AroundRequest):
    """Counts and logs requests by route, never by address: no ids in labels, no questions in logs."""

    def before(self, request: HttpRequest) -> float:
        return time.perf_counter()

    def after(self, request: HttpRequest, response: HttpResponse, state: float) -> HttpResponse:
        route = request.resolver_match.route if request.resolver_match else "none"
        REQUESTS.labels(request.method or "", route, str(response.status_code)).inc()
        seconds = time.perf_counter() - state
        REQUEST_SECONDS.labels(route).observe(seconds)
        fields = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 1),
        }
        log.log(logging.DEBUG if route in QUIET_ROUTES else logging.INFO, "request", extra={"fields": fields})
        return response
