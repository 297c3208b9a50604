"""Nothing of a workspace reaches a stranger, by any route."""

import uuid
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from collegium.api import routes, urls
from tests.collegium.api.conftest import SECRET, Caller, World

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = f"What were net sales of {SECRET} in 2024?"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HIDDEN = "hidden"  # 404
EMPTY = "empty"  # a good answer that holds nothing of the other workspace


def form(**fields) -> dict:
    return {"file": SimpleUploadedFile("note.md", b"# Note\n\nSome text of a stranger."), **fields}


Case = tuple[str, str, Callable[[Caller, World], object], str]
CASES: list[Case] = [
    ("api_verticals", "GET", lambda call, w: call("GET", "/api/v1/verticals"), EMPTY),
    ("api_knowledge_bases", "GET", lambda call, w: call("GET", "/api/v1/knowledge-bases"), EMPTY),
    (
        "api_knowledge_bases",
        "POST",
        lambda call, w: call("POST", "/api/v1/knowledge-bases", {"name": w.base.name, "vertical": "finance"}),
        EMPTY,
    ),
    (
        "api_knowledge_base",
        "GET",
        lambda call, w: call("GET", f"/api/v1/knowledge-bases/{w.base.pk}"),
        HIDDEN,
    ),
    ("api_documents", "GET", lambda call, w: call("GET", "/api/v1/documents"), EMPTY),
    (
        "api_documents",
        "GET",
        lambda call, w: call("GET", f"/api/v1/documents?knowledge_base={w.base.pk}"),
        HIDDEN,
    ),
    (
        "api_documents",
        "POST",
        lambda call, w: call.form("POST", "/api/v1/documents", form(knowledge_base=str(w.base.pk))),
        HIDDEN,
    ),
    ("api_document", "GET", lambda call, w: call("GET", f"/api/v1/documents/{w.document.pk}"), HIDDEN),
    (
        "api_document",
        "PUT",
        lambda call, w: call.form("PUT", f"/api/v1/documents/{w.document.pk}", form()),
        HIDDEN,
    ),
    (
        "api_document",
        "PATCH",
        lambda call, w: call(
            "PATCH", f"/api/v1/documents/{w.document.pk}", {"metadata": {"company": "Mine"}}
        ),
        HIDDEN,
    ),
    ("api_document", "DELETE", lambda call, w: call("DELETE", f"/api/v1/documents/{w.document.pk}"), HIDDEN),
    (
        "api_reindex",
        "POST",
        lambda call, w: call("POST", f"/api/v1/documents/{w.document.pk}/reindex"),
        HIDDEN,
    ),
    ("api_jobs", "GET", lambda call, w: call("GET", "/api/v1/jobs"), EMPTY),
    ("api_job", "GET", lambda call, w: call("GET", f"/api/v1/jobs/{w.job.pk}"), HIDDEN),
    ("api_job_cancel", "POST", lambda call, w: call("POST", f"/api/v1/jobs/{w.job.pk}/cancel"), HIDDEN),
    ("api_job_retry", "POST", lambda call, w: call("POST", f"/api/v1/jobs/{w.job.pk}/retry"), HIDDEN),
    ("api_tuning_jobs", "GET", lambda call, w: call("GET", "/api/v1/tuning/jobs"), EMPTY),
    (
        "api_tuning_jobs",
        "POST",
        lambda call, w: call(
            "POST",
            "/api/v1/tuning/jobs",
            {"recipe": "finance.private", "knowledge_bases": [str(w.base.pk)]},
        ),
        HIDDEN,
    ),
    ("api_tuning_job", "GET", lambda call, w: call("GET", f"/api/v1/tuning/jobs/{w.run.pk}"), HIDDEN),
    (
        "api_tuning_cancel",
        "POST",
        lambda call, w: call("POST", f"/api/v1/tuning/jobs/{w.run.pk}/cancel"),
        HIDDEN,
    ),
    (
        "api_tuning_resume",
        "POST",
        lambda call, w: call("POST", f"/api/v1/tuning/jobs/{w.run.pk}/resume"),
        HIDDEN,
    ),
    ("api_tuning_budgets", "GET", lambda call, w: call("GET", "/api/v1/tuning/budgets"), EMPTY),
    (
        "api_tuning_budgets",
        "PUT",
        lambda call, w: call(
            "PUT",
            "/api/v1/tuning/budgets",
            {"data_set": f"knowledge-base:{w.base.pk}", "epsilon_limit": 100, "delta_limit": None},
        ),
        HIDDEN,
    ),
    (
        "api_search",
        "POST",
        lambda call, w: call("POST", "/api/v1/search", {"query": "net sales in 2024"}),
        EMPTY,
    ),
    (
        "api_search",
        "POST",
        lambda call, w: call(
            "POST", "/api/v1/search", {"query": "sales", "knowledge_bases": [str(w.base.pk)]}
        ),
        HIDDEN,
    ),
    ("api_answers", "GET", lambda call, w: call("GET", "/api/v1/answers"), EMPTY),
    ("api_answer", "GET", lambda call, w: call("GET", f"/api/v1/answers/{w.answer}"), HIDDEN),
    ("api_answer_events", "GET", lambda call, w: call("GET", f"/api/v1/answers/{w.answer}/events"), HIDDEN),
    (
        "api_ask",
        "POST",
        lambda call, w: call("POST", "/api/v1/finance/answers", {"question": "What were net sales in 2024?"}),
        EMPTY,
    ),
    (
        "api_ask",
        "POST",
        lambda call, w: call(
            "POST", "/api/v1/finance/answers", {"question": "Why?", "conversation": conversation_of(w)}
        ),
        HIDDEN,
    ),
    (
        "api_ask",
        "POST",
        lambda call, w: call(
            "POST", "/api/v1/finance/answers", {"question": "Net sales?", "knowledge_bases": [str(w.base.pk)]}
        ),
        HIDDEN,
    ),
    (
        "openai_chat",
        "POST",
        lambda call, w: call("POST", "/v1/chat/completions", chat("What were net sales in 2024?")),
        EMPTY,
    ),
    (
        "openai_chat",
        "POST",
        lambda call, w: call(
            "POST", "/v1/chat/completions", chat("Net sales?", x={"knowledge_bases": [str(w.base.pk)]})
        ),
        HIDDEN,
    ),
    ("openai_models", "GET", lambda call, w: call("GET", "/v1/models"), EMPTY),
    ("openai_model", "GET", lambda call, w: call("GET", "/v1/models/finance"), EMPTY),
]
# Reads no one's data: it turns the caller's own text into numbers.
WITHOUT_DATA = {("openai_embeddings", "POST")}


def chat(question: str, **more) -> dict:
    return {"model": "finance", "messages": [{"role": "user", "content": question}], **more}


def conversation_of(world: World) -> str:
    from collegium.answers.models import Answer

    return str(Answer.objects.get(pk=world.answer).conversation_id)


def route_methods() -> set[tuple[str, str]]:
    return {
        (pattern.name, method)
        for pattern in routes.urlpatterns
        for method in METHODS
        if hasattr(pattern.callback.cls, method.lower())
    }


def test_every_route_and_method_has_an_outsider():
    assert route_methods() == {case[:2] for case in CASES} | WITHOUT_DATA


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[1]}-{case[0]}-{case[3]}")
def test_a_stranger_learns_nothing(case, world, stranger):
    _, _, ask, outcome = case
    reply = ask(stranger, world)
    text = (b"".join(reply.streaming_content) if reply.streaming else reply.content).decode()
    if outcome == HIDDEN:
        assert reply.status_code == 404, text
        sent = {str(world.base.pk)} | {
            trace for trace in world.traces() if trace in reply.request["PATH_INFO"]
        }
        assert not [trace for trace in world.traces() if trace in text and trace not in sent]
    else:
        assert 200 <= reply.status_code < 300, text
        assert not [trace for trace in world.traces() if trace in text]
    world.document.refresh_from_db()
    assert world.document.versions.count() == 1


@pytest.mark.parametrize("pattern", routes.urlpatterns, ids=lambda pattern: pattern.name)
def test_without_a_key_every_route_answers_401(pattern, anonymous, db):
    path = "/" + str(pattern.pattern)
    for name in pattern.pattern.converters:
        path = path.replace(f"<str:{name}>", str(uuid.uuid4())).replace(f"<slug:{name}>", "finance")
        path = path.replace(f"<path:{name}>", "finance")
    for method in METHODS:
        if hasattr(pattern.callback.cls, method.lower()):
            reply = anonymous(method, path)
            assert reply.status_code == 401, (method, path, reply.content)
            assert reply["WWW-Authenticate"].startswith("Bearer")


def test_a_route_of_a_vertical_is_closed_where_the_vertical_is_not_enabled(caller, workspace):
    from collegium.accounts.services import vertical_enable

    vertical_enable(workspace=workspace, slug="finance", enabled=False)
    reply = caller("POST", "/api/v1/finance/answers", {"question": "Net sales?"})
    assert reply.status_code == 404
    assert caller("POST", "/v1/chat/completions", chat("Net sales?")).status_code == 404
    assert [one["slug"] for one in caller("GET", "/api/v1/verticals").json()["data"]] == ["medical"]
    for pattern in urls.vertical_routes():
        path = "/" + str(pattern.pattern)
        if path.startswith("/api/v1/finance/") and "<" not in path:
            assert {caller(method, path).status_code for method in ("GET", "POST")} <= {404, 405}
