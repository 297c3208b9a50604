"""Errors that reach people: each carries a code, a status and a sentence that says what to do."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Problem(Exception):
    """What went wrong, in the form that the API returns as problem+json and that jobs store.

    `code` is stable and machine-readable, `title` and `detail` are for people, in the language of the
    request; `extra` holds further members such as the id of an existing document. Nothing may be secret.
    """

    status = 400
    code = "bad_request"
    title: Any = _("The request cannot be carried out")  # lazy: told in the language of whoever is told

    def __init__(self, detail: str, *, code: str = "", status: int = 0, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.status = status or self.status
        self.extra = extra

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "title": str(self.title), "detail": self.detail, **self.extra}


class NotFound(Problem):
    """There is no such thing, or the asker may not know that there is."""

    status = 404
    code = "not_found"
    title = _("Not found")


class Forbidden(Problem):
    status = 403
    code = "forbidden"
    title = _("Not permitted")


class Conflict(Problem):
    status = 409
    code = "conflict"
    title = _("Conflict")


class TooLarge(Problem):
    status = 413
    code = "too_large"
    title = _("Too large")


class Unsupported(Problem):
    status = 415
    code = "unsupported_media_type"
    title = _("Unsupported")


class Invalid(Problem):
    status = 422
    code = "invalid"
    title = _("The input is not valid")


class Unavailable(Problem):
    """A part of the installation does not answer; trying again later may help."""

    status = 503
    code = "unavailable"
    title = _("Not available now")


class NoSpace(Unavailable):
    status = 507
    code = "no_space"
    title = _("No disk space")


def problem_told(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A stored problem in the reader's language, where its words are known there.

    What a job met was stored in English, with the sentence and what was filled into it.
    """
    told = {key: value for key, value in stored.items() if key not in {"message", "params"}}
    if title := str(stored.get("title") or ""):
        told["title"] = gettext(title)
    message = str(stored.get("message") or stored.get("detail") or "")
    translated = gettext(message) if message else ""
    if translated != message:  # a sentence of ours: what a process that reads uploads says may be anything
        with suppress(KeyError, TypeError, ValueError):
            told["detail"] = translated % dict(stored.get("params") or {})
    return told
