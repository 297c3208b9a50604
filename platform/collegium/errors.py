"""Errors that reach people: each carries a code, a status and a sentence that says what to do."""

from typing import Any


class Problem(Exception):
    """What went wrong, in the form that the API returns as problem+json and that jobs store.

    `code` is stable and machine-readable, `detail` is for people, `extra` holds further members such as the
    id of an existing document. Nothing in it may be secret.
    """

    status = 400
    code = "bad_request"
    title = "The request cannot be carried out"

    def __init__(self, detail: str, *, code: str = "", status: int = 0, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.status = status or self.status
        self.extra = extra

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "title": self.title, "detail": self.detail, **self.extra}


class NotFound(Problem):
    """There is no such thing, or the asker may not know that there is."""

    status = 404
    code = "not_found"
    title = "Not found"


class Forbidden(Problem):
    status = 403
    code = "forbidden"
    title = "Not permitted"


class Conflict(Problem):
    status = 409
    code = "conflict"
    title = "Conflict"


class TooLarge(Problem):
    status = 413
    code = "too_large"
    title = "Too large"


class Unsupported(Problem):
    status = 415
    code = "unsupported_media_type"
    title = "Unsupported"


class Invalid(Problem):
    status = 422
    code = "invalid"
    title = "The input is not valid"


class Unavailable(Problem):
    """A part of the installation does not answer; trying again later may help."""

    status = 503
    code = "unavailable"
    title = "Not available now"


class NoSpace(Unavailable):
    status = 507
    code = "no_space"
    title = "No disk space"
