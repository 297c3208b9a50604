"""Runs and budgets over the API."""

import uuid

import pytest

from tests.collegium.api.conftest import Caller

pytestmark = pytest.mark.django_db
JOBS, BUDGETS = "/api/v1/tuning/jobs", "/api/v1/tuning/budgets"


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def stranger(foreign, outsider, key_make, dummy) -> Caller:
    from collegium.accounts.services import vertical_enable

    vertical_enable(workspace=foreign, slug="dummy")
    return Caller(key_make(foreign, user=outsider))


@pytest.fixture
def request_body(notes, base_model, sent):
    def make(**more):
        return {"recipe": "dummy.private", "knowledge_bases": [str(notes.pk)], **more}

    return make


def test_a_run_is_started_listed_read_stopped_and_gone_on_with(caller, request_body):
    reply = caller("POST", JOBS, request_body(parameters={"epsilon": 0.25, "steps": 5}))
    started = reply.json()
    assert reply.status_code == 202, reply.content
    assert reply["Location"] == f"{JOBS}/{started['id']}"
    assert (started["state"], started["recipe"], started["model"]) == (
        "queued",
        "dummy.private",
        "tiny-moe-dummy@1",
    )
    assert started["parameters"]["privacy"]["target_epsilon"] == 0.25
    (listed,) = caller("GET", f"{JOBS}?state=queued").json()["data"]
    assert listed["id"] == started["id"]
    read = caller("GET", reply["Location"]).json()
    assert read["progress"] == [] and read["spendings"][0]["epsilon"] == 0.25
    assert caller("GET", f"/api/v1/jobs/{started['job']}").json()["kind"] == "tuning"
    assert caller("POST", f"{JOBS}/{started['id']}/cancel").json()["state"] == "cancelled"
    again = caller("POST", f"{JOBS}/{started['id']}/resume").json()
    assert (again["state"], again["execution"]) == ("queued", 2)
    assert caller("POST", f"{JOBS}/{started['id']}/resume").status_code == 409


def test_a_finished_run_tells_its_steps_its_certificate_and_its_model(caller, start, work, training):
    run = work(start(epsilon=0.25, steps=3))
    read = caller("GET", f"{JOBS}/{run.pk}").json()
    assert read["state"] == "succeeded" and read["certificate"]["epsilon"] == 0.25
    assert [row["step"] for row in read["progress"]] == [1, 2, 3]
    assert {row["loss"] for row in read["progress"]} == {None}
    assert read["spendings"][0]["state"] == "spent" and read["plan"]["steps"] == 3


def test_runs_come_in_pages(caller, start):
    for _ in range(3):
        start(epsilon=0.1)
    first = caller("GET", f"{JOBS}?limit=2").json()
    assert len(first["data"]) == 2 and first["has_more"]
    second = caller("GET", f"{JOBS}?limit=2&cursor={first['next_cursor']}").json()
    assert len(second["data"]) == 1 and not second["has_more"]


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"recipe": "dummy.nothing"}, 404, "unknown_recipe"),
        ({"knowledge_bases": []}, 422, "invalid"),
        ({"knowledge_bases": ["no id"]}, 422, "invalid"),
        ({"knowledge_bases": [str(uuid.UUID(int=1))]}, 404, "unknown_knowledge_base"),
        ({"parameters": {"epsilon": 0}}, 422, "parameter_out_of_range"),
        ({"parameters": {"epsilon": 10**400}}, 422, "parameter_out_of_range"),
        ({"parameters": {"speed": 1}}, 422, "unknown_parameter"),
        ({"parameters": {"epsilon": 5}}, 409, "budget_exceeded"),
        ({"base_model": "other@1"}, 404, "unknown_base_model"),
        ({"language": "fr"}, 422, "invalid"),
        ({"extra": 1}, 422, "invalid"),
    ],
)
def test_what_cannot_be_done_is_named(caller, request_body, wrong, status, code):
    reply = caller("POST", JOBS, request_body(**wrong))
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.content
    assert caller("GET", JOBS).json()["data"] == []


def test_a_refused_budget_says_what_is_left(caller, request_body, notes):
    caller("POST", JOBS, request_body(parameters={"epsilon": 1.5}))
    problem = caller("POST", JOBS, request_body(parameters={"epsilon": 1})).json()
    assert problem["left"] == [{"data_set": f"knowledge-base:{notes.pk}", "epsilon": "0.5", "delta": "9e-05"}]
    assert "Ward notes" in problem["detail"]


def test_budgets_are_listed_with_what_was_spent_and_set(caller, request_body, notes):
    caller("POST", JOBS, request_body(parameters={"epsilon": 0.5}))
    (budget,) = caller("GET", BUDGETS).json()["data"]
    assert (budget["name"], budget["epsilon_used"], budget["epsilon_left"]) == ("Ward notes", 0.5, 1.5)
    assert budget["spendings"][0]["model"].startswith("tiny-moe-dummy@1")
    body = {"data_set": budget["data_set"], "epsilon_limit": 0.75, "delta_limit": None}
    changed = caller("PUT", BUDGETS, body).json()
    assert (changed["epsilon_left"], changed["is_default"]) == (0.25, False)
    assert caller("PUT", BUDGETS, body | {"epsilon_limit": -1}).json()["code"] == "limit_out_of_range"
    assert caller("PUT", BUDGETS, body | {"epsilon_limit": 10**400}).status_code == 422
    assert caller("PUT", BUDGETS, body | {"data_set": "knowledge-base:1"}).status_code == 404


def test_a_stranger_finds_neither_runs_nor_budgets(stranger, start, notes, request_body):
    run = start(epsilon=0.5)
    assert stranger("POST", JOBS, request_body()).json()["code"] == "unknown_knowledge_base"
    for method, path in (("GET", ""), ("POST", "/cancel"), ("POST", "/resume")):
        assert stranger(method, f"{JOBS}/{run.pk}{path}").status_code == 404
    assert stranger("GET", JOBS).json()["data"] == stranger("GET", BUDGETS).json()["data"] == []
    assert stranger("GET", f"/api/v1/jobs/{run.job_id}").status_code == 404


@pytest.mark.parametrize("scopes", [("read", "search", "ask", "upload"), ("read",)])
def test_without_the_scope_to_manage_everything_is_refused(workspace, owner, key_make, start, scopes):
    run = start(epsilon=0.5)
    caller = Caller(key_make(workspace, *scopes, user=owner))
    for method, path in (
        ("GET", JOBS),
        ("POST", JOBS),
        ("GET", f"{JOBS}/{run.pk}"),
        ("POST", f"{JOBS}/{run.pk}/cancel"),
        ("POST", f"{JOBS}/{run.pk}/resume"),
        ("GET", BUDGETS),
        ("PUT", BUDGETS),
    ):
        reply = caller(method, path)
        assert (reply.status_code, reply.json()["code"]) == (403, "scope_missing"), path
    assert caller("GET", f"/api/v1/jobs/{run.job_id}").status_code == 404
    assert caller("GET", "/api/v1/jobs").json()["data"] == []
