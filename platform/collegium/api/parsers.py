"""Reading request bodies with limits on their size."""

import codecs
import json
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.settings import api_settings

from collegium.errors import TooLarge

FORM_ALLOWANCE_BYTES = 1_000_000  # what a multipart body may hold beside its files


class LimitedJsonParser(JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes; nesting too deep to read is malformed."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise body_too_large(limit)
        encoding = (parser_context or {}).get("encoding") or "utf-8"
        try:
            text = codecs.decode(raw, encoding)
            return json.loads(text, parse_constant=_constant_refuse if api_settings.STRICT_JSON else None)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
        except (ValueError, LookupError) as error:
            raise ParseError(_("The body is not JSON: %(error)s") % {"error": error}) from error


def _constant_refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def body_too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(
        _("The request's body is larger than %(limit)s MB, the limit here.")
        % {"limit": limit_bytes // 1_000_000},
        limit_bytes=limit_bytes,
    )


def upload_too_large() -> TooLarge:
    """The refusal of an upload beyond the installation's limit, which it names."""
    limit = settings.UPLOAD_MAX_BYTES
    return TooLarge(
        _(
            "The upload is larger than %(limit)s MB, the limit of this installation "
            "(COLLEGIUM_MAX_UPLOAD_MB). Split the document or ask the operator."
        )
        % {"limit": limit // 1_000_000},
        limit_bytes=limit,
    )


class UploadLimit(FileUploadHandler):
    """Refuses an upload as soon as its declared or received size passes the limit."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.received = 0

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        if content_length > settings.UPLOAD_MAX_BYTES + FORM_ALLOWANCE_BYTES:
            raise upload_too_large()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_MAX_BYTES:
            raise upload_too_large()
        return raw_data  # the next handler keeps it

    def file_complete(self, file_size: int) -> None:
        return None
