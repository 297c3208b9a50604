"""A body over the limit, as programs and as people are told of it."""

import asyncio
import json

import pytest

from collegium.api.body_limit import BodyLimit


def refused(
    path: str, content_type: str = "multipart/form-data; boundary=x", *, language: str = "", cookie: str = ""
) -> tuple[int, str, str]:
    """(status, content type, body) of a request that announces 300 MB."""
    sent = []

    async def app(scope, receive, send):
        raise AssertionError("the body was let through")

    async def receive():
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message):
        sent.append(message)

    headers = [(b"content-type", content_type.encode()), (b"content-length", b"300000000")]
    headers += [(b"accept-language", language.encode()), (b"cookie", cookie.encode())]
    scope = {"type": "http", "path": path, "headers": headers}
    asyncio.run(BodyLimit(app)(scope, receive, send))
    start, body = sent
    return start["status"], dict(start["headers"])[b"content-type"].decode(), body["body"].decode()


def test_a_program_is_told_by_a_problem():
    status, kind, body = refused("/api/v1/documents")
    assert (status, kind) == (413, "application/problem+json")
    assert "COLLEGIUM_MAX_UPLOAD_MB" in json.loads(body)["detail"]
    assert "error" in json.loads(refused("/v1/embeddings", "application/json")[2])


@pytest.mark.parametrize("path", ["/knowledge/1/upload/", "/admin/knowledge/document/add/", "/apiary/"])
def test_a_person_is_told_by_a_notice_and_not_by_json(path):
    status, kind, body = refused(path)
    assert status == 413 and kind.startswith("text/html")
    assert 'role="alert"' in body and "COLLEGIUM_MAX_UPLOAD_MB" in body and "{" not in body
