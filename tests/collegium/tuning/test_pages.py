"""The pages of fine-tuning and of the privacy ledger."""

import json
import re

import pytest

from collegium.jobs.models import JobState
from collegium.tuning.models import TuningRun
from tests.clients import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner):
    return client_of(owner)


def text_of(response) -> str:
    return response.content.decode()


def test_a_run_is_started_from_a_recipe_after_seeing_what_is_left(client, notes, base_model, start):
    start(epsilon=0.5)
    form = text_of(client.get("/tuning/new/?recipe=dummy.private"))
    assert "ε 1.5 of 2, δ 9e-05 of 0.0001" in form and "tiny-moe@1" in form
    sent = {"recipe": "dummy.private", "base": [str(notes.pk)], "set-epsilon": "0.25", "set-steps": "5"}
    response = client.post("/tuning/new/", sent)
    run = TuningRun.objects.order_by("-created_at").first()
    assert response.status_code == 302 and response["Location"] == f"/tuning/{run.pk}/"
    assert run.parameters["privacy"]["target_epsilon"] == 0.25 and run.parameters["descent"]["steps"] == 5
    assert run.parameters["seed"] == 1


def test_a_recipe_is_chosen_where_there_are_several(client, notes):
    page = text_of(client.get("/tuning/new/"))
    assert "Private notes" in page and "Open texts" in page and "<form method" not in page.split("<h1>")[1]


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"base": []}, 422, "Choose 1 to 100 knowledge bases"),
        ({"set-epsilon": "50"}, 409, "Left are: Ward notes"),
        ({"set-epsilon": "a lot"}, 422, "a number from 0.01 to 100"),
        ({"set-steps": "-3"}, 422, "a whole number from 1"),
        ({"base_model": "none@1"}, 404, "tiny-moe@1"),
    ],
)
def test_what_is_refused_is_said_on_the_form_that_keeps_what_was_typed(
    client, notes, base_model, sent, wrong, status, said
):
    typed = {"recipe": "dummy.private", "base": [str(notes.pk)], "set-learning_rate": "0.07"}
    response = client.post("/tuning/new/", typed | wrong)
    page = text_of(response)
    assert response.status_code == status and said in page
    assert 'value="0.07"' in page and not TuningRun.objects.exists()


def test_a_recipe_of_a_field_that_is_not_enabled_is_not_found(client, notes, workspace):
    from collegium.accounts.services import vertical_enable

    vertical_enable(workspace=workspace, slug="dummy", enabled=False)
    assert client.get("/tuning/new/?recipe=dummy.private").status_code == 404
    assert "Private notes" not in text_of(client.get("/tuning/new/"))


def test_a_runs_page_shows_its_curves_and_asks_for_more_only_while_it_goes_on(client, start, work, training):
    run = start("dummy.open", steps=5)
    waiting = text_of(client.get(f"/tuning/{run.pk}/"))
    assert f'hx-get="/tuning/{run.pk}/part/"' in waiting and "Stop it" in waiting
    run = work(run)
    page = text_of(client.get(f"/tuning/{run.pk}/part/"))
    assert "hx-get" not in page and "Stop it" not in page
    chart = json.loads(re.search(r'id="tuning-loss" type="application/json">(.*?)</script>', page)[1])
    assert chart["series"][0]["data"][-1] == [5, 0.6]
    assert "held_out step=5" in page


def test_a_private_runs_page_shows_epsilon_and_certificate_and_no_loss_of_its_texts(
    client, start, work, training
):
    page = text_of(client.get(f"/tuning/{work(start(epsilon=0.25, steps=4)).pk}/"))
    assert "not shown: it would tell of the private texts" in page
    assert "Certificate of privacy" in page and "Whoever sees the model learns little" in page
    chart = json.loads(re.search(r'id="tuning-epsilon" type="application/json">(.*?)</script>', page)[1])
    assert chart["series"][0]["data"][-1] == [4, 0.25]
    assert "blankets" not in page


def test_a_failed_run_says_why_and_is_gone_on_with(client, start, work, training, sent):
    training(problem_at=3, problem={"code": "disk_full", "message": "0 bytes"})
    run = work(start(checkpoint_steps=2))
    page = text_of(client.get(f"/tuning/{run.pk}/"))
    assert "disk is full" in page and "Go on with it" in page
    assert client.post(f"/tuning/{run.pk}/resume/").status_code == 302
    run.job.refresh_from_db()
    assert run.job.state == JobState.QUEUED
    assert client.post(f"/tuning/{run.pk}/cancel/").status_code == 302
    run.job.refresh_from_db()
    assert run.job.state == JobState.CANCELLED


def test_runs_are_compared_side_by_side(client, start, work, training):
    one, other = work(start("dummy.open", batch=2)), work(start("dummy.open", batch=8))
    page = text_of(client.get(f"/tuning/compare/?run={one.pk}&run={other.pk}"))
    assert page.count('class="total"') >= 1
    row = re.search(r"<th scope=\"row\">Examples in a batch</th><td>(\d)</td><td>(\d)</td>", page)
    assert row and row.groups() == ("2", "8")
    assert client.get(f"/tuning/compare/?run={one.pk}").status_code == 422


def test_the_ledger_shows_what_was_spent_by_which_model_and_sets_limits(client, start, notes):
    run = start(epsilon=0.5)
    page = text_of(client.get("/privacy/"))
    assert "Ward notes" in page and f"{run} (dummy.private)" in page and "basic composition" in page
    sent = {"data_set": f"knowledge-base:{notes.pk}", "epsilon_limit": "1.25", "delta_limit": ""}
    assert client.post("/privacy/", sent).status_code == 302
    page = text_of(client.get("/privacy/"))
    assert "0.75" in page and "The limits of “Ward notes” are set." in page
    assert client.post("/privacy/", sent | {"epsilon_limit": "much"}).status_code == 422
    assert client.post("/privacy/", sent | {"data_set": "knowledge-base:x"}).status_code == 404


def test_pages_speak_chinese(client, start, work, training, owner):
    run = work(start(epsilon=0.25))
    client.cookies["django_language"] = "zh-hans"
    for url, said in (
        ("/tuning/", "微调"),
        ("/tuning/new/?recipe=dummy.private", "私密记录"),
        (f"/tuning/{run.pk}/", "隐私证书"),
        ("/privacy/", "隐私账目"),
    ):
        assert said in text_of(client.get(url)), url


def test_only_who_manages_the_workspace_reaches_the_pages(
    start, colleague_client, editor_client, outsider_client, sent
):
    run = start(epsilon=0.5)
    about = [f"/tuning/{run.pk}/", f"/tuning/{run.pk}/part/", f"/tuning/compare/?run={run.pk}&run={run.pk}1"]
    for client in (colleague_client, editor_client):
        for url in (*about, "/tuning/", "/tuning/new/", "/privacy/"):
            assert client.get(url).status_code == 403, url
        assert client.post(f"/tuning/{run.pk}/cancel/").status_code == 403
        assert "/privacy/" not in text_of(client.get("/knowledge/"))
    for url in about[:2]:
        assert outsider_client.get(url).status_code == 404
    for url in ("cancel", "resume"):
        assert outsider_client.post(f"/tuning/{run.pk}/{url}/").status_code == 404
    for url in ("/tuning/", "/privacy/"):
        page = text_of(outsider_client.get(url))
        assert "Ward notes" not in page and str(run) not in page
    run.job.refresh_from_db()
    assert run.job.state == JobState.QUEUED


def test_an_outsider_compares_nothing_of_another_workspace(start, outsider_client, owner):
    one, other = start(epsilon=0.1), start(epsilon=0.1)
    url = f"/tuning/compare/?run={one.pk}&run={other.pk}"
    assert outsider_client.get(url).status_code == 404
    assert client_of(owner).get(url).status_code == 200
