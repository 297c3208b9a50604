"""Models over the API: who sees what, promotion, rollback, archives that go in and out as streams."""

import http.client
import io
import json
from urllib.parse import urlsplit

import pytest

from collegium.serving.models import EvaluationGate, ModelAlias, ModelVersion
from collegium.serving.services import alias_move, model_register, version_add
from tests.collegium.api.conftest import Caller, uvicorn_run
from tests.collegium.serving.conftest import _versions_removed, trained  # noqa: F401 (fixtures)
from tests.scripted_engine import Script, engine_running

TAR = "application/x-tar"


@pytest.fixture
def administrator(workspace, owner, key_make) -> Caller:
    """A key that acts for an administrator of the installation."""
    owner.is_staff = True
    owner.save()
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def served():
    with engine_running(Script()) as old, engine_running(Script()) as new:
        rows = [
            model_register(url=script.url, name=name, version="1", digest=digit * 64)
            for name, script, digit in (("old", old, "1"), ("new", new, "2"))
        ]
        alias_move(name="production", model_version=rows[0])
        yield rows


def body(archive) -> bytes:
    return b"".join(archive.streaming_content)


@pytest.mark.django_db
def test_everybody_sees_the_certificate_of_what_serves_and_administrators_see_all(
    served, administrator, stranger, workspace, key_make
):
    old, new = served
    old.certificate, old.card = {"epsilon": 0.5}, {"examples": 3}
    old.save()
    seen = stranger("GET", "/api/v1/models").json()["data"]
    assert [(one["name"], one["certificate"], one["aliases"]) for one in seen] == [
        ("old", {"epsilon": 0.5}, ["production"])
    ]
    one = stranger("GET", f"/api/v1/models/{old.uid}").json()
    assert one["card"] is None and one["gate"] is None and one["moves"] is None
    assert stranger("GET", f"/api/v1/models/{new.uid}").status_code == 404
    assert [row["name"] for row in administrator("GET", "/api/v1/models").json()["data"]] == ["new", "old"]
    one = administrator("GET", f"/api/v1/models/{old.uid}").json()
    assert one["card"] == {"examples": 3} and one["gate"] == {"passed": False, "figures": []}
    asking_only = Caller(key_make(workspace, "ask"))
    assert asking_only("GET", "/api/v1/models").status_code == 403
    first = administrator("GET", "/api/v1/models?limit=1").json()
    rest = administrator("GET", f"/api/v1/models?cursor={first['next_cursor']}").json()
    assert [row["name"] for row in (*first["data"], *rest["data"])] == ["new", "old"]


@pytest.mark.django_db
def test_a_model_is_promoted_past_the_gate_with_a_reason_and_rolled_back(served, administrator):
    _, new = served
    EvaluationGate.objects.create(suite="s", metric="m", minimum=1.0)
    refused = administrator("POST", f"/api/v1/models/{new.uid}/promote", {})
    assert refused.status_code == 409 and refused.json()["code"] == "gate_failed"
    assert refused.json()["figures"][0]["problem"] == "not_measured"
    moved = administrator("POST", f"/api/v1/models/{new.uid}/promote", {"reason": "A trial."})
    assert moved.status_code == 200 and moved.json()["replaced"] == "old@1" and moved.json()["by"] == "owner"
    assert ModelAlias.objects.get(name="production").model_version == new
    back = administrator("POST", "/api/v1/models/rollback")
    assert back.status_code == 200 and back.json()["label"] == "old@1"
    assert administrator("POST", "/api/v1/models/rollback").json()["code"] == "no_previous"


@pytest.mark.django_db
def test_the_candidate_and_its_share_are_set(served, administrator, workspace):
    _, new = served
    assert administrator("POST", f"/api/v1/models/{new.uid}/candidate").json()["aliases"] == ["candidate"]
    assert administrator("POST", "/api/v1/models/share", {"percent": 25}).json() == {
        "workspace": None,
        "percent": 25,
    }
    named = {"workspace": str(workspace.pk), "percent": 100}
    assert administrator("POST", "/api/v1/models/share", named).status_code == 200
    assert administrator("POST", "/api/v1/models/share", {**named, "percent": 40}).status_code == 422
    assert administrator("POST", f"/api/v1/models/{new.uid}/retire").json()["code"] == "in_service"


@pytest.mark.django_db
def test_an_archive_leaves_and_comes_back(trained, administrator, stranger):  # noqa: F811
    row = version_add(directory=trained("2"), base=None, certificate={"epsilon": 0.5})
    reply = administrator("GET", f"/api/v1/models/{row.uid}/archive")
    raw = body(reply)
    assert reply["Content-Type"] == TAR and int(reply["Content-Length"]) == len(raw)
    row.delete()
    sent = {"data": raw, "content_type": TAR}
    assert stranger("POST", "/api/v1/models/import", **sent).status_code == 403
    made = administrator("POST", "/api/v1/models/import", **sent)
    assert made.status_code == 201 and made.json()["certificate"] == {"epsilon": 0.5}
    assert made["Location"] == f"/api/v1/models/{made.json()['id']}"
    again = administrator("POST", "/api/v1/models/import", **sent)
    assert again.status_code == 409 and again.json()["model"] == made.json()["id"]
    assert administrator("POST", "/api/v1/models/import", {"a": 1}).status_code == 415
    assert (
        administrator("POST", "/api/v1/models/import", data=b"x", content_type=TAR).json()["code"]
        == "no_archive"
    )


@pytest.mark.django_db
def test_an_evaluation_is_a_job(served, administrator, stranger):
    _, new = served
    assert administrator("POST", f"/api/v1/models/{new.uid}/evaluate").json()["code"] == "no_gate"
    EvaluationGate.objects.create(suite="s", metric="m", minimum=1.0)
    reply = administrator("POST", f"/api/v1/models/{new.uid}/evaluate")
    assert reply.status_code == 202
    job = administrator("GET", reply["Location"]).json()
    assert (job["kind"], job["state"]) == ("model-evaluation", "queued")
    assert administrator("POST", f"/api/v1/models/{new.uid}/evaluate").json()["code"] == "job_running"
    assert stranger("GET", reply["Location"]).status_code == 404


def posted(address: str, key: str, raw: bytes, **headers: str) -> tuple[int, dict]:
    """Send a body over a real connection, in chunks without an announced length."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    pieces = (raw[at : at + 200_000] for at in range(0, len(raw), 200_000))
    sent = {"Authorization": f"Bearer {key}", "Content-Type": TAR, **headers}
    connection.request("POST", "/api/v1/models/import", body=pieces, headers=sent, encode_chunked=True)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_archive_larger_than_any_upload_is_streamed_to_disk_for_administrators_only(
    process_environment,
    trained,  # noqa: F811
    administrator,
    stranger,
    settings,
    tmp_path,
):
    out = trained("7")
    from engine.manifest import Manifest, files_hash, manifest_read, manifest_write
    from tests.collegium.serving.conftest import safetensors_write

    safetensors_write(out / "model" / "model.safetensors", b"\0" * 12_000_000)
    known = manifest_read(out / "model")
    (out / "model" / "manifest.json").unlink()
    fields = {name: getattr(known, name) for name in Manifest.__dataclass_fields__}
    manifest_write(out / "model", Manifest(**fields | {"files": files_hash(out / "model")}))
    row = version_add(directory=out, base=None)
    raw = body(administrator("GET", f"/api/v1/models/{row.uid}/archive"))
    row.delete()
    limits = {"COLLEGIUM_MAX_UPLOAD_MB": "1", "COLLEGIUM_MAX_MODEL_MB": "13"}
    with uvicorn_run(process_environment | limits, tmp_path / "web.log") as (address, _process):
        status, told = posted(address, stranger.key, raw)
        assert (status, told["code"]) == (403, "administrator_needed")
        assert posted(address, "col_nobody", raw)[0] == 401
        status, told = posted(address, administrator.key, raw + b"\0" * 22_000_000)
        assert (status, told["code"]) == (413, "too_large")
        assert not ModelVersion.objects.exists()
        status, told = posted(address, administrator.key, raw)
        assert status == 201 and told["name"] == "small-moe", told
        status, told = posted(address, administrator.key, raw[:5_000_000])
        assert (status, told["code"]) == (422, "no_archive")
    assert not list(settings.HOME.work.glob("archive-*"))
    assert io.BytesIO(raw).getbuffer().nbytes > 12_000_000
