"""The administration: every list and form opens, and an upload takes the same way as everywhere."""

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.collegium.dashboard.conftest import client_of

pytestmark = pytest.mark.django_db
OWN = ("accounts", "knowledge", "jobs", "answers", "serving", "evaluation")


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
