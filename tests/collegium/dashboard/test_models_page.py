"""The pages of models: who sees what, and that every button does what it says."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from collegium.serving.models import EvaluationGate, ModelAlias, ModelMove, ModelState, WorkspaceShare
from collegium.serving.services import alias_move, model_register, version_add
from tests.clients import client_of
from tests.collegium.serving.conftest import _versions_removed, trained  # noqa: F401 (fixtures)
from tests.scripted_engine import Script, engine_running

pytestmark = pytest.mark.django_db
CERTIFICATE = {"epsilon": 0.5, "delta": 1e-5, "unit": "group", "accountant": "prv", "statement": "Stated so."}


@pytest.fixture
def admin_client(owner):
    owner.is_staff = True
    owner.save()
    return client_of(owner)


@pytest.fixture
def served():
    with engine_running(Script()) as old, engine_running(Script()) as new:
        rows = [
            model_register(url=script.url, name=name, version="1", digest=digit * 64)
            for name, script, digit in (("old", old, "1"), ("new", new, "2"))
        ]
        rows[0].certificate = CERTIFICATE
        rows[0].save()
        alias_move(name="production", model_version=rows[0])
        yield rows


def test_nobody_reaches_them_without_signing_in(client, served):
    uid = served[0].uid
    for name, method in (
        ("models", "get"), ("model_rollback", "post"), ("model_share", "post"), ("model_import", "post"),
    ):  # fmt: skip
        assert getattr(client, method)(reverse(name))["Location"].startswith("/sign-in/")
    for url in (reverse("model", args=[uid]), reverse("model_archive", args=[uid])):
        assert client.get(url)["Location"].startswith("/sign-in/")
    assert client.post(reverse("model_act", args=[uid, "promote"]))["Location"].startswith("/sign-in/")


def test_everybody_sees_the_certificate_of_what_answers_and_no_button(
    served, colleague_client, outsider_client, embeddings_away
):
    old, new = served
    for someone in (colleague_client, outsider_client):
        for url in ("/engine/", reverse("model", args=[old.uid])):
            text = someone.get(url).content.decode()
            assert "Privacy certificate" in text and "0.5" in text and "Stated so." in text, url
        listed = someone.get("/models/").content.decode()
        assert "old@1" in listed and "new@1" not in listed and 'method="post"' not in listed.split("<main")[1]
        assert someone.get(reverse("model", args=[new.uid])).status_code == 404


@pytest.fixture
def embeddings_away(settings):
    settings.EMBEDDINGS_URL = "unix:///nobody.sock"


def test_others_move_nothing(served, colleague_client, outsider_client, owner):
    _, new = served
    for someone in (colleague_client, outsider_client, client_of(owner)):
        for act in ("promote", "candidate", "evaluate", "retire"):
            reply = someone.post(reverse("model_act", args=[new.uid, act]), {"reason": "mine"})
            assert reply.status_code == 403
        for name in ("model_rollback", "model_share", "model_import"):
            assert someone.post(reverse(name), {"percent": "100"}).status_code == 403
        assert someone.get(reverse("model_archive", args=[new.uid])).status_code == 403
    assert not ModelMove.objects.exists() and not WorkspaceShare.objects.exists()


def test_a_failed_gate_is_told_on_the_page_and_a_reason_passes_it(served, admin_client):
    old, new = served
    EvaluationGate.objects.create(suite="some.suite", metric="recall@5", minimum=0.8)
    url, act = reverse("model", args=[new.uid]), reverse("model_act", args=[new.uid, "promote"])
    page = admin_client.get(url).content.decode()
    assert "some.suite · recall@5" in page and "not measured" in page and 'for="reason"' in page
    refused = admin_client.post(act)
    assert refused.status_code == 409 and "does not pass the gate" in refused.content.decode()
    assert admin_client.post(act, {"reason": "A trial."})["Location"] == url
    assert ModelAlias.objects.get(name="production").model_version == new
    listed = admin_client.get("/models/").content.decode()
    assert "Roll back to old@1" in listed and "A trial." in listed and "owner" in listed
    assert admin_client.post(reverse("model_rollback")).status_code == 302
    assert ModelAlias.objects.get(name="production").model_version == old
    assert "rolled back" in admin_client.get("/models/").content.decode()


def test_the_candidate_its_share_and_retirement(served, admin_client, workspace):
    _, new = served
    admin_client.post(reverse("model_act", args=[new.uid, "candidate"]))
    assert "new@1 is the candidate" in admin_client.get("/models/").content.decode()
    admin_client.post(reverse("model_share"), {"percent": "20"})
    admin_client.post(reverse("model_share"), {"workspace": str(workspace.pk), "percent": "100"})
    shares = dict(WorkspaceShare.objects.values_list("workspace_id", "percent"))
    assert shares == {None: 20, workspace.pk: 100}
    assert admin_client.post(reverse("model_share"), {"percent": "200"}).status_code == 422
    assert admin_client.post(reverse("model_share"), {"workspace": "x", "percent": "0"}).status_code == 404
    admin_client.post(reverse("model_share"), {"candidate": "none"})
    admin_client.post(reverse("model_act", args=[new.uid, "retire"]))
    new.refresh_from_db()
    assert new.state == ModelState.RETIRED
    assert admin_client.post(reverse("model_act", args=[new.uid, "nothing"])).status_code == 404


def test_a_version_leaves_and_comes_back_by_the_page(trained, served, admin_client):  # noqa: F811
    row = version_add(directory=trained("2"), base=served[0], metrics={"loss": 1.25})
    page = admin_client.get(reverse("model", args=[row.uid])).content.decode()
    assert "old@1" in page and "1.25" in page and "examples" in page
    raw = b"".join(admin_client.get(reverse("model_archive", args=[row.uid])).streaming_content)
    row.delete()
    sent = SimpleUploadedFile("m.tar", raw, content_type="application/x-tar")
    reply = admin_client.post(reverse("model_import"), {"archive": sent})
    assert reply.status_code == 302 and "small-moe@2" in admin_client.get(reply["Location"]).content.decode()
    bad = SimpleUploadedFile("m.tar", io.BytesIO(b"no tar").getvalue())
    refused = admin_client.post(reverse("model_import"), {"archive": bad})
    assert refused.status_code == 422 and "no archive" in refused.content.decode()


def test_the_pages_speak_chinese(served, admin_client, owner):
    admin_client.post("/language/", {"language": "zh-hans"})
    text = admin_client.get("/models/").content.decode()
    assert "模型" in text and "候选版本的份额" in text and "Share of the candidate" not in text
    assert "隐私证书" in admin_client.get(reverse("model", args=[served[0].uid])).content.decode()
