"""Knowledge bases, uploads, versions and jobs through the API."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from collegium.accounts.models import AuditEvent
from collegium.jobs.models import Job, JobState
from tests.collegium.api.conftest import SECRET

pytestmark = pytest.mark.django_db


def note(text: str = "# Note\n\nSome text.", name: str = "note.md") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


@pytest.fixture
def base(caller) -> str:
    reply = caller("POST", "/api/v1/knowledge-bases", {"name": "Reports", "vertical": "finance"})
    assert reply.status_code == 201 and reply["Location"] == f"/api/v1/knowledge-bases/{reply.json()['id']}"
    return reply.json()["id"]


def test_a_knowledge_base_is_made_once(caller, base):
    assert caller("GET", f"/api/v1/knowledge-bases/{base}").json()["vertical"] == "finance"
    again = caller("POST", "/api/v1/knowledge-bases", {"name": "Reports", "vertical": "finance"})
    assert again.status_code == 409
    unknown = caller("POST", "/api/v1/knowledge-bases", {"name": "Other", "vertical": "alchemy"})
    assert unknown.status_code == 404 and unknown.json()["code"] == "unknown_vertical"


def test_an_upload_is_accepted_and_its_job_can_be_followed_cancelled_and_retried(caller, base):
    form = {"file": note(), "knowledge_base": base, "title": "A note", "metadata": "{}"}
    reply = caller.form("POST", "/api/v1/documents", form)
    assert reply.status_code == 202, reply.content
    ids = reply.json()
    assert reply["Location"] == f"/api/v1/jobs/{ids['job']}"
    job = caller("GET", reply["Location"]).json()
    assert job["state"] == "queued" and job["document"] == ids["id"] and job["problem"] is None
    shown = caller("GET", f"/api/v1/documents/{ids['id']}").json()
    assert shown["title"] == "A note" and shown["version"] is None
    assert [one["name"] for one in shown["versions"][0]["files"]] == ["note.md"]
    assert caller("POST", f"/api/v1/jobs/{ids['job']}/cancel").json()["state"] == "cancelled"
    assert caller("POST", f"/api/v1/jobs/{ids['job']}/cancel").status_code in {200, 409}
    assert caller("POST", f"/api/v1/jobs/{ids['job']}/retry").json()["state"] == "queued"
    assert caller("POST", f"/api/v1/jobs/{ids['job']}/retry").status_code == 409


def test_what_is_known_of_a_document_can_be_corrected(caller, base, monkeypatch):
    from collegium.knowledge.models import DocumentVersion

    form = {"file": note(), "knowledge_base": base, "metadata": '{"company": "Acme", "fiscal_year": 2023}'}
    ids = caller.form("POST", "/api/v1/documents", form).json()
    address = f"/api/v1/documents/{ids['id']}"
    assert caller("PATCH", address, {"metadata": {"company": "Apex"}}).json()["code"] == "job_running"
    Job.objects.update(state=JobState.CANCELLED)
    wrong = caller("PATCH", address, {"metadata": {"form": "poem"}})
    assert wrong.status_code == 422 and wrong.json()["code"] == "invalid_metadata"
    assert caller("PATCH", address, {"metadata": "company"}).status_code == 422
    assert caller.form("PATCH", address, {"metadata": "{}"}).status_code == 415
    reply = caller("PATCH", address, {"metadata": {"company": "Apex", "fiscal_year": None}})
    assert reply.status_code == 202 and reply["Location"] == f"/api/v1/jobs/{reply.json()['job']}"
    assert DocumentVersion.objects.get(pk=ids["version"]).given_metadata == {"company": "Apex"}
    event = AuditEvent.objects.get(action="document.describe")
    assert event.target == ids["id"]


def test_the_same_file_twice_is_a_conflict_that_names_the_document(caller, base):
    first = caller.form("POST", "/api/v1/documents", {"file": note(), "knowledge_base": base}).json()
    again = caller.form("POST", "/api/v1/documents", {"file": note(), "knowledge_base": base})
    assert again.status_code == 409
    assert again.json()["code"] == "duplicate" and again.json()["document"] == first["id"]


def test_a_document_may_have_several_files(caller, base):
    files = [note("# One\n\nText.", "one.md"), note("# Two\n\nMore.", "two.md")]
    ids = caller.form("POST", "/api/v1/documents", {"file": files, "knowledge_base": base}).json()
    shown = caller("GET", f"/api/v1/documents/{ids['id']}").json()
    assert [one["name"] for one in shown["versions"][0]["files"]] == ["one.md", "two.md"]


def test_a_new_version_is_added_and_the_document_is_deleted(caller, base):
    ids = caller.form("POST", "/api/v1/documents", {"file": note(), "knowledge_base": base}).json()
    newer = caller.form("PUT", f"/api/v1/documents/{ids['id']}", {"file": note("# Newer\n\nText.")})
    assert newer.status_code == 202 and newer.json()["version"] != ids["version"]
    shown = caller("GET", f"/api/v1/documents/{ids['id']}").json()
    assert [one["number"] for one in shown["versions"]] == [2, 1]
    assert caller("DELETE", f"/api/v1/documents/{ids['id']}").status_code == 204
    assert caller("DELETE", f"/api/v1/documents/{ids['id']}").status_code == 404
    assert caller("GET", "/api/v1/documents").json()["data"] == []
    actions = list(AuditEvent.objects.order_by("at").values_list("action", flat=True))
    assert actions[-4:] == ["knowledge_base.create", "document.add", "document.version", "document.delete"]
    assert all(event.request_id for event in AuditEvent.objects.filter(action__startswith="document"))


@pytest.mark.parametrize(
    ("form", "status", "field"),
    [
        ({}, 422, "file"),
        ({"file": "no file"}, 422, "file"),
        ({"file": note(), "metadata": "{"}, 422, "metadata"),
        ({"file": note(), "metadata": '{"a": NaN}'}, 422, "metadata"),
        ({"file": note(), "metadata": "[]"}, 422, "metadata"),
        ({"file": note(), "metadata": '{"a": "\\u0000"}'}, 422, "metadata"),
        ({"file": note(), "knowledge_base": "x"}, 422, "knowledge_base"),
        ({"file": note(), "access": "world"}, 422, "access"),
    ],
)
def test_a_wrong_form_is_named(caller, base, form, status, field):
    for file in [form["file"]] if hasattr(form.get("file"), "seek") else []:
        file.seek(0)
    reply = caller.form("POST", "/api/v1/documents", {"knowledge_base": base, **form})
    assert reply.status_code == status, reply.content
    assert field in [error["field"].split(".")[0] for error in reply.json()["errors"]]


def test_an_empty_and_an_unsupported_file_are_refused(caller, base):
    assert (
        caller.form("POST", "/api/v1/documents", {"file": note(""), "knowledge_base": base}).status_code
        == 422
    )
    strange = SimpleUploadedFile("x.exe", b"MZ\x00\x01\x02" * 50)
    assert (
        caller.form("POST", "/api/v1/documents", {"file": strange, "knowledge_base": base}).status_code == 415
    )


def test_an_upload_over_the_limit_names_it_while_it_arrives(caller, base, settings):
    settings.UPLOAD_MAX_BYTES = 2_000_000
    announced = caller.form(
        "POST", "/api/v1/documents", {"file": note("x" * 4_000_000), "knowledge_base": base}
    )
    assert announced.status_code == 413 and "2 MB" in announced.json()["detail"]
    streamed = caller.form(
        "POST", "/api/v1/documents", {"file": note("x" * 2_500_000), "knowledge_base": base}
    )
    assert streamed.status_code == 413 and "COLLEGIUM_MAX_UPLOAD_MB" in streamed.json()["detail"]
    assert caller("GET", "/api/v1/documents").json()["data"] == []


def test_a_large_json_body_is_refused(caller):
    body = json.dumps({"query": "x", "filters": {"a": "y" * 6_000_000}})
    reply = caller("POST", "/api/v1/search", data=body, content_type="application/json")
    assert reply.status_code == 413


def test_a_broken_multipart_body_is_malformed(caller):
    for body in (b"", b"--x\r\n", b"nonsense" * 1000):
        reply = caller("POST", "/api/v1/documents", data=body, content_type="multipart/form-data; boundary=x")
        assert reply.status_code in {400, 422}, reply.content
    reply = caller("POST", "/api/v1/documents", data=b"x", content_type="multipart/form-data")
    assert reply.status_code == 400


def test_search_gives_the_place_of_each_passage(caller, knowledge):
    reply = caller("POST", "/api/v1/search", {"query": f"net sales {SECRET}", "limit": 1})
    assert reply.status_code == 200, reply.content
    (hit,) = reply.json()["data"]
    assert hit["document"] == str(knowledge.document.pk) and hit["version"] == str(knowledge.version.pk)
    assert hit["page"] == 1 and hit["locator"] == {"kind": "page", "page": 1} and SECRET in hit["text"]
    assert set(hit) >= {"chunk", "boxes", "section", "score", "title", "knowledge_base"}


def test_documents_are_listed_by_knowledge_base(caller, knowledge, base):
    listed = caller("GET", f"/api/v1/documents?knowledge_base={knowledge.base.pk}").json()["data"]
    assert [one["id"] for one in listed] == [str(knowledge.document.pk)]
    assert listed[0]["version"]["state"] == "ready"
    assert caller("GET", f"/api/v1/documents?knowledge_base={base}").json()["data"] == []


def test_jobs_are_listed_by_state(caller, workspace, knowledge):
    for state in (JobState.FAILED, JobState.QUEUED):
        Job.objects.create(workspace=workspace, kind="ingest", subject=knowledge.version.pk, state=state)
    assert [one["state"] for one in caller("GET", "/api/v1/jobs?state=failed").json()["data"]] == ["failed"]
    assert caller("GET", "/api/v1/jobs?state=lost").status_code == 422


def test_a_document_can_be_read_anew(caller, knowledge):
    reply = caller("POST", f"/api/v1/documents/{knowledge.document.pk}/reindex")
    assert reply.status_code == 202 and reply.json()["version"] == str(knowledge.version.pk)
    again = caller("POST", f"/api/v1/documents/{knowledge.document.pk}/reindex")
    assert again.status_code == 409 and again.json()["job"] == reply.json()["job"]


def test_a_part_that_is_not_known_is_named(caller, base):
    form = {"file": note(), "other": io.BytesIO(b"more"), "knowledge_base": base}
    reply = caller.form("POST", "/api/v1/documents", form)
    assert reply.status_code == 422 and reply.json()["errors"][0]["field"] == "other"


@pytest.mark.parametrize("count", [51, 101])
def test_too_many_files_are_refused_by_the_number_that_may_be_sent(caller, base, count):
    files = [note(f"# {number}\n\nText.") for number in range(count)]
    reply = caller.form("POST", "/api/v1/documents", {"file": files, "knowledge_base": base})
    assert reply.status_code in {400, 422}
    assert "50" in reply.json()["detail"]


def test_more_files_than_one_request_may_hold_are_refused_with_what_to_do(caller, base, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    files = [note(f"# {number}") for number in range(4)]
    reply = caller.form("POST", "/api/v1/documents", {"file": files, "knowledge_base": base})
    assert reply.status_code == 413 and "3 files" in reply.json()["detail"]
