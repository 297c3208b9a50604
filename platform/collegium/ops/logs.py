"""Log lines as JSON, each with the id of the request or job that it belongs to."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request or job that this code runs for, or an empty string."""
    return _current.get()


def request_id_set(value: str) -> None:
    _current.set(value)


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _current.get()
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line; `extra={"fields": {...}}` of a log call adds members."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if wanted := getattr(record, "request_id", ""):
            line["request_id"] = wanted
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
