"""Errors: their shapes, and what they must not tell."""

import json
import logging
import uuid

import pytest
from django.db import OperationalError

from collegium.accounts.models import ApiKey
from collegium.api.problems import problem_from
from engine.errors import ContextTooLong, EngineBrokenStream, EngineTimeout, EngineUnavailable
from tests.collegium.api.conftest import Caller

pytestmark = pytest.mark.django_db
NOBODYS = "6b0d9d3e-0d0c-4d43-9c39-0d41a4f1c5aa"  # the id of nothing
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


def problem(reply, status: int) -> dict:
    assert reply.status_code == status, reply.content
    assert reply["Content-Type"] == "application/problem+json"
    body = json.loads(reply.content)
    assert set(body) >= MEMBERS and body["status"] == status
    return body


def openai_problem(reply, status: int) -> dict:
    assert reply.status_code == status, reply.content
    body = json.loads(reply.content)
    assert set(body) == {"error"} and set(body["error"]) == {"message", "type", "code", "param"}
    return body["error"]


def test_an_unknown_key_is_answered_with_a_challenge(db):
    reply = Caller("col_wrong")("GET", "/api/v1/verticals")
    assert problem(reply, 401)["code"] == "not_authenticated"
    assert reply["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["Basic dTpw", "Bearer", "Bearer ", "Bearer a b", "Bearer \udcff", "Bearer " + "k" * 5000]
)
def test_a_header_that_holds_no_key_is_401(anonymous, header):
    assert anonymous.client.get("/api/v1/verticals", HTTP_AUTHORIZATION=header).status_code == 401


def test_a_revoked_an_expired_and_a_former_members_key_are_401(workspace, editor, key_make):
    from django.utils import timezone

    from collegium.accounts.models import Membership

    key = key_make(workspace, user=editor)
    assert Caller(key)("GET", "/api/v1/verticals").status_code == 200
    for change, back in (
        ({"revoked_at": timezone.now()}, {"revoked_at": None}),
        ({"expires_at": timezone.now()}, {"expires_at": None}),
    ):
        ApiKey.objects.update(**change)
        assert Caller(key)("GET", "/api/v1/verticals").status_code == 401
        ApiKey.objects.update(**back)
    editor.is_active = False
    editor.save()
    assert Caller(key)("GET", "/api/v1/verticals").status_code == 401
    editor.is_active = True
    editor.save()
    Membership.objects.filter(user=editor).delete()
    assert Caller(key)("GET", "/api/v1/verticals").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/v1/documents", "read"),
        ("POST", "/api/v1/documents", "upload"),
        ("DELETE", f"/api/v1/documents/{NOBODYS}", "upload"),
        ("POST", "/api/v1/knowledge-bases", "upload"),
        ("POST", f"/api/v1/jobs/{NOBODYS}/cancel", "upload"),
        ("POST", "/api/v1/search", "search"),
        ("POST", "/api/v1/finance/answers", "ask"),
        ("GET", "/api/v1/answers", "read"),
    ],
)
def test_a_missing_scope_is_named(workspace, key_make, method, path, scope):
    others = {"read", "search", "ask", "upload", "models"} - {scope}
    body = problem(Caller(key_make(workspace, *others))(method, path), 403)
    assert body["code"] == "scope_missing" and body["scope"] == scope and f"'{scope}'" in body["detail"]


def test_the_openai_surface_asks_for_its_scopes(workspace, key_make):
    call = Caller(key_make(workspace, "read"))
    assert (
        openai_problem(call("POST", "/v1/embeddings", {"model": "m", "input": "x"}), 403)["code"]
        == "scope_missing"
    )
    chat = {"model": "finance", "messages": [{"role": "user", "content": "Net sales?"}]}
    assert openai_problem(call("POST", "/v1/chat/completions", chat), 403)["type"] == "permission_error"
    assert call("GET", "/v1/models").json()["data"] == []


def test_a_role_limits_its_keys(workspace, colleague, key_make):
    call = Caller(key_make(workspace, user=colleague))
    assert (
        problem(call("POST", "/api/v1/knowledge-bases", {"name": "x", "vertical": "finance"}), 403)["scope"]
        == "upload"
    )


@pytest.mark.parametrize("prefix", ["/api/v1/", "/api/", "/v1/"])
def test_an_unknown_address_is_404_in_the_shape_of_its_surface(caller, prefix):
    check = openai_problem if prefix == "/v1/" else problem
    assert check(caller("GET", prefix + "nothing/here"), 404)["code"] == "no_such_route"


@pytest.mark.parametrize("name", ["knowledge-bases", "documents", "jobs", "answers"])
@pytest.mark.parametrize("one", ["17", "not-a-uuid", "%00", "é", NOBODYS])
def test_what_is_no_id_is_the_id_of_nothing(caller, name, one):
    assert problem(caller("GET", f"/api/v1/{name}/{one}"), 404)["code"] in {"not_found", "no_such_route"}


def test_a_method_that_is_not_there_is_405_and_says_which_are(caller):
    reply = caller("PATCH", "/api/v1/documents")
    assert problem(reply, 405)["code"] == "method_not_allowed" and "GET, POST" in reply["Allow"]
    assert problem(caller("OPTIONS", "/api/v1/finance/answers"), 405)
    assert openai_problem(caller("GET", "/v1/chat/completions"), 405)


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"query": NaN}', b'{"query": 1' + b"0" * 5000 + b"}"]
)
def test_a_body_that_is_not_json_is_malformed(caller, body):
    reply = caller("POST", "/api/v1/search", data=body, content_type="application/json")
    assert problem(reply, 400)["code"] == "malformed"


def test_another_media_type_is_415(caller):
    reply = caller(
        "POST", "/api/v1/search", data=b"query=x", content_type="application/x-www-form-urlencoded"
    )
    assert problem(reply, 415)["code"] == "unsupported_media_type"
    reply = caller("POST", "/api/v1/documents", {"file": "x"})
    assert problem(reply, 415)


def test_an_unknown_accept_is_406(caller):
    assert problem(caller("GET", "/api/v1/documents", headers={"Accept": "image/png"}), 406)


@pytest.mark.parametrize("body", [[], "text", 5, None, {"query": {}}, {"query": ["a"]}, {"query": None}, {}])
def test_a_body_of_another_shape_is_422_and_names_the_field(caller, body):
    reply = caller("POST", "/api/v1/search", data=json.dumps(body), content_type="application/json")
    assert problem(reply, 422)["errors"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"query": "x" * 10_000}, "query"),
        ({"query": "x", "limit": 1000}, "limit"),
        ({"query": "x", "knowledge_bases": ["5"]}, "knowledge_bases.0"),
        ({"query": "x", "filters": {"a": {"b": 1}}}, "filters"),
        ({"query": "x", "filters": {"a": "\x00"}}, "filters"),
        ({"query": "x", "filtres": {}}, "filtres"),
        ({"query": "a\x00b"}, "query"),
        ({"query": "\ud800"}, "query"),
    ],
)
def test_what_is_wrong_is_named(caller, body, field):
    errors = problem(caller("POST", "/api/v1/search", body), 422)["errors"]
    assert [error["field"] for error in errors] == [field] and errors[0]["message"]


def test_a_question_that_is_too_long_names_the_limit(caller, settings):
    body = problem(caller("POST", "/api/v1/finance/answers", {"question": "x" * 10_000}), 422)
    assert str(settings.QUESTION_MAX_CHARS) in body["detail"] and body["errors"][0]["field"] == "question"


def test_a_page_has_limits_and_cursors_that_are_checked(caller, workspace):
    from collegium.accounts.selectors import asker_for_key
    from collegium.knowledge.services import knowledge_base_create

    asker = asker_for_key(caller.key)
    made = [
        str(knowledge_base_create(asker=asker, name=f"Base {n}", vertical="finance").pk) for n in range(5)
    ]
    seen, cursor = [], ""
    while True:
        page = caller("GET", f"/api/v1/knowledge-bases?limit=2&cursor={cursor}").json()
        assert len(page["data"]) <= 2 and page["has_more"] == (page["next_cursor"] is not None)
        seen += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert seen == made[::-1]
    for query in (
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=-1",
        "limit=1e9",
        "cursor=%00",
        "cursor=abc",
        "cursor=W10",
    ):
        assert problem(caller("GET", f"/api/v1/knowledge-bases?{query}"), 422)["errors"][0]["field"] in {
            "limit",
            "cursor",
        }


def test_what_nobody_foresaw_is_500_without_internals_and_is_logged(caller, monkeypatch, caplog):
    def broken(asker):
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("collegium.api.views.knowledge_bases.visible_knowledge_bases", broken)
    with caplog.at_level(logging.ERROR):
        reply = caller("GET", "/api/v1/knowledge-bases")
    body = problem(reply, 500)
    assert "hunter2" not in reply.content.decode() and body["request_id"] == reply["X-Request-ID"]
    assert "hunter2" in caplog.text


def test_a_database_without_a_free_connection_is_503_and_says_to_try_again(caller, monkeypatch, caplog):
    def busy(asker):
        raise OperationalError("couldn't get a connection after 15.00 sec")

    monkeypatch.setattr("collegium.api.views.knowledge_bases.visible_knowledge_bases", busy)
    body = problem(caller("GET", "/api/v1/knowledge-bases"), 503)
    assert body["code"] == "database_unavailable" and "try again" in body["detail"]
    assert "15.00" not in body["detail"] and "15.00" in caplog.text


@pytest.mark.parametrize(
    "given", ["x" * 5000, "a\tb", "<script>", "ünï", "id with spaces", "%0d%0aSet-Cookie: a=b"]
)
def test_a_hostile_request_id_is_replaced(caller, given):
    reply = caller("GET", "/api/v1/knowledge-bases/5", headers={"X-Request-ID": given})
    assert reply["X-Request-ID"] != given and json.loads(reply.content)["request_id"] == reply["X-Request-ID"]
    kept = caller("GET", "/api/v1/knowledge-bases/5", headers={"X-Request-ID": "mine-12345678"})
    assert kept["X-Request-ID"] == "mine-12345678"


def test_the_same_wrong_request_gets_the_same_problem(caller):
    first, second = (problem(caller("DELETE", f"/api/v1/documents/{uuid.uuid4()}"), 404) for _ in range(2))
    assert {**first, "request_id": ""} == {**second, "request_id": ""}


def test_no_key_reaches_the_log(caller, workspace, key_make, caplog, monkeypatch):
    key = key_make(workspace)
    monkeypatch.setattr("collegium.api.views.jobs.visible_jobs", lambda asker: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        Caller(key)("GET", "/api/v1/verticals")
        Caller(key + "x")("GET", "/api/v1/verticals")
        Caller(key)("GET", "/api/v1/jobs")
        Caller(key)("POST", "/api/v1/search", {"query": ""})
    assert "ZeroDivisionError" in caplog.text
    assert key not in caplog.text and key[9:] not in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (EngineUnavailable("at unix:///secret/path"), 503, "engine_unavailable"),
        (EngineTimeout("at unix:///secret/path"), 504, "engine_timeout"),
        (EngineBrokenStream("at unix:///secret/path"), 502, "engine_broken_stream"),
        (ContextTooLong("8000 tokens are too many"), 400, "context_length_exceeded"),
    ],
)
def test_an_engines_failure_has_a_status_and_hides_its_address(error, status, code):
    found = problem_from(error)
    assert (found.status, found.code) == (status, code) and "secret" not in found.detail


@pytest.mark.parametrize("n", [[], {}, "2", 2])
def test_several_answers_of_a_vertical_are_refused_however_they_are_asked_for(caller, n):
    chat = {"model": "finance", "messages": [{"role": "user", "content": "Net sales?"}], "n": n}
    assert openai_problem(caller("POST", "/v1/chat/completions", chat), 400)["param"] == "n"
