"""The administration: every list and form opens, and an upload takes the same way as everywhere."""

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.clients import client_of

pytestmark = pytest.mark.django_db
OWN = ("accounts", "knowledge", "jobs", "answers", "serving", "evaluation", "tuning")


@pytest.fixture
def staff(db):
    from collegium.accounts.models import User

    return client_of(User.objects.create_superuser("root", password="not used here"))


def test_every_list_and_every_form_opens(staff, document, answer):
    seen = 0
    for model, registered in admin.site._registry.items():
        if model._meta.app_label not in OWN:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert staff.get(reverse(f"{name}_changelist")).status_code == 200, name
        if registered.search_fields:
            assert staff.get(reverse(f"{name}_changelist"), {"q": "report"}).status_code == 200, name
        assert staff.get(reverse(f"{name}_add")).status_code in {200, 403}, name
        if first := model._default_manager.first():
            assert staff.get(reverse(f"{name}_change", args=[first.pk])).status_code == 200, name
        seen += 1
    assert seen >= 9


def test_people_who_are_not_staff_are_kept_out(colleague_client):
    assert colleague_client.get("/admin/").status_code == 302


def test_an_upload_adds_a_document_and_a_job(staff, finance_base):
    from collegium.jobs.models import Job
    from collegium.knowledge.models import Document

    url = reverse("admin:knowledge_document_add")
    file = SimpleUploadedFile("note.md", b"# Note\n\nRevenue was 3 million euros in 2020.\n")
    form = {"knowledge_base": finance_base.pk, "title": "Note", "access": "workspace", "files": [file]}
    response = staff.post(url, form)
    assert response.status_code == 302, response.content.decode()[-2000:]
    document = Document.objects.get()
    assert document.title == "Note"
    assert Job.objects.get().document == document.pk
    again = SimpleUploadedFile("note.md", b"# Note\n\nRevenue was 3 million euros in 2020.\n")
    page = staff.post(url, form | {"files": [again]})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()


def test_deleting_in_the_administration_removes_the_passages(staff, document):
    from collegium.knowledge.models import Chunk, ChunkVector

    url = reverse("admin:knowledge_document_delete", args=[document.pk])
    assert staff.post(url, {"post": "yes"}).status_code == 302
    assert not Chunk.objects.exists()
    assert not ChunkVector.objects.exists()


@pytest.fixture
def onlooker(db):
    """A member of the staff who may look at everything and change nothing."""
    from django.contrib.auth.models import Permission

    from collegium.accounts.models import User

    person = User.objects.create_user("onlooker", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return client_of(person)


def _act(client, name: str, action: str, row):
    url = reverse(f"admin:{name}_changelist")
    return client.post(url, {"action": action, "_selected_action": [str(row.pk)]})


def test_who_may_only_look_can_neither_stop_nor_repeat_nor_revoke(onlooker, staff, document, workspace):
    from collegium.accounts.services import api_key_create
    from collegium.jobs.models import Job

    key, _text = api_key_create(workspace=workspace, name="theirs", scopes=["read"])
    _act(onlooker, "knowledge_document", "reindex", document)
    assert not Job.objects.exists()
    _act(staff, "knowledge_document", "reindex", document)
    job = Job.objects.get()
    _act(onlooker, "jobs_job", "stop", job)
    _act(onlooker, "accounts_apikey", "revoke", key)
    job.refresh_from_db()
    key.refresh_from_db()
    assert (job.state, key.revoked_at) == ("queued", None)
    _act(staff, "jobs_job", "stop", job)
    _act(onlooker, "jobs_job", "again", job)
    job.refresh_from_db()
    assert job.state == "cancelled"
    _act(staff, "jobs_job", "again", job)
    _act(staff, "accounts_apikey", "revoke", key)
    job.refresh_from_db()
    key.refresh_from_db()
    assert job.state == "queued" and key.revoked_at


def test_a_key_that_would_have_expired_already_is_refused_beside_its_form(staff, workspace):
    from collegium.accounts.models import ApiKey

    form = {"workspace": workspace.pk, "name": "late", "scopes": ["read"]}
    form |= {"expires_at_0": "2020-01-01", "expires_at_1": "00:00:00"}
    page = staff.post(reverse("admin:accounts_apikey_add"), form)
    assert page.status_code == 200
    assert "later time" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_what_people_ask_is_not_shown_in_the_administration(staff, answer):
    for name, row in (("answers_answer", answer), ("answers_conversation", answer.conversation)):
        for view in ("change", "delete", "history"):
            page = staff.get(reverse(f"admin:{name}_{view}", args=[row.pk]))
            assert page.status_code == 200 and "Tarnbeck" not in page.content.decode(), (name, view)
