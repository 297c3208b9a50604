"""What surrounds a request on the asynchronous server: pages keep their sessions, the API does without."""

from asgiref.sync import async_to_sync
from django.test import AsyncClient

HEADERS = ("X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy", "X-Request-ID")


def asked(method: str, address: str, client: AsyncClient | None = None, **more):
    return async_to_sync(getattr(client or AsyncClient(), method))(address, **more)


def test_pages_and_api_are_answered_with_the_headers_that_protect_them(db):
    for address in ("/accounts/login/", "/api/v1/knowledge-bases", "/v1/models"):
        reply = asked("get", address)
        assert all(reply.headers.get(name) for name in HEADERS), (address, dict(reply.headers))


def test_the_api_sees_no_session(owner):
    client = AsyncClient()
    async_to_sync(client.aforce_login)(owner)
    assert asked("get", "/", client).status_code == 200
    reply = asked("get", "/api/v1/knowledge-bases", client)
    assert reply.status_code == 401 and not reply.cookies


def test_a_form_without_its_token_is_refused_on_pages_and_not_needed_by_the_api(owner):
    client = AsyncClient(enforce_csrf_checks=True)
    async_to_sync(client.aforce_login)(owner)
    assert asked("post", "/language/", client, data={"language": "zh-hans"}).status_code == 403
    reply = asked("post", "/api/v1/knowledge-bases", client, data={}, content_type="application/json")
    assert reply.status_code == 401


def test_the_language_of_a_problem_is_the_one_that_was_asked_for(db):
    english = asked("get", "/api/v1/knowledge-bases", headers={"accept-language": "en"}).json()
    chinese = asked("get", "/api/v1/knowledge-bases", headers={"accept-language": "zh-hans"}).json()
    assert english["code"] == chinese["code"] and english["detail"] != chinese["detail"]
