"""Who reaches which page: nobody without signing in, and nobody of another workspace."""

import pytest
from django.urls import URLPattern, get_resolver, reverse

from tests.clients import client_of
from tests.collegium.tuning.made import run_failed

OPEN = {"sign_in", "sign_out", "language"}
pytestmark = pytest.mark.django_db


def addresses(document, base, answer, job, run):
    """An address for every named page, about things of one workspace."""
    version, chunk = document.current_id, document.current.chunks.first().pk
    given = {
        "document_id": document.pk,
        "version_id": version,
        "base_id": base.pk,
        "answer_id": answer.pk,
        "chunk_id": chunk,
        "job_id": job.pk,
        "run_id": run.pk,
    }
    numbered = {"citation": 1, "page_image": 1}
    found = {}
    for pattern in get_resolver("collegium.dashboard.urls").url_patterns:
        if not isinstance(pattern, URLPattern) or pattern.name in OPEN:
            continue
        names = pattern.pattern.regex.groupindex
        kwargs = {name: given[name] for name in names if name in given}
        if pattern.name in numbered:
            kwargs["number"] = numbered[pattern.name]
        if set(names) == set(kwargs):
            found[pattern.name] = (reverse(pattern.name, kwargs=kwargs), bool(kwargs))
    return found


@pytest.fixture
def job(document, editor_asker):
    from collegium.jobs.models import Job, JobState

    return Job.objects.create(
        workspace_id=editor_asker.workspace_id,
        kind="ingest",
        subject=document.current_id,
        document=document.pk,
        state=JobState.FAILED,
        problem={"code": "broken", "detail": "The file is broken."},
    )


@pytest.fixture
def run(base, owner_asker):
    return run_failed(owner_asker, base)


def test_every_page_asks_strangers_to_sign_in(client, document, base, answer, job, run):
    for name, (url, _) in addresses(document, base, answer, job, run).items():
        for response in (client.get(url), client.post(url)):
            if response.status_code == 405:
                continue
            assert response.status_code == 302, (name, response.status_code)
            assert response["Location"].startswith("/sign-in/"), name
    assert client.post("/ask/", headers={"accept": "text/event-stream"}).status_code == 401


def test_an_outsider_finds_nothing_of_another_workspace(outsider_client, document, base, answer, job, run):
    pages = {name: url for name, (url, about) in addresses(document, base, answer, job, run).items() if about}
    assert len(pages) >= 18
    for name, url in pages.items():
        statuses = {
            outsider_client.get(url).status_code,
            outsider_client.post(url, {"files": []}).status_code,
        }
        assert statuses <= {404, 405}, (name, statuses)
        assert 404 in statuses, name
    document.refresh_from_db()
    assert document.current_id


def test_an_outsiders_lists_hold_nothing_of_another_workspace(
    outsider_client, document, base, answer, job, run
):
    for url in (
        "/",
        "/knowledge/",
        "/search/?q=revenue",
        "/engine/",
        "/tuning/",
        "/tuning/new/",
        "/privacy/",
        f"/documents/stages/?watch={document.pk}",
    ):
        text = outsider_client.get(url).content.decode()
        assert "Annual report 2024" not in text, url
        assert "Tarnbeck" not in text, url
        assert str(run) not in text, url


def test_an_outsider_cannot_ask_over_a_foreign_knowledge_base(outsider_client, document, base):
    response = outsider_client.post(
        "/ask/", {"vertical": "finance", "question": "What was the revenue?", "base": str(base.pk)}
    )
    assert response.status_code == 404
    assert "412.6" not in response.content.decode()


def test_a_colleague_does_not_read_what_somebody_else_asked(answer, editor_client):
    assert editor_client.get(f"/answers/{answer.pk}/").status_code == 404
    assert editor_client.get(f"/answers/{answer.pk}/citations/1/").status_code == 404


def test_a_restricted_document_is_closed_to_colleagues_and_its_citations_too(
    answer, document, colleague_client, owner
):
    assert colleague_client.get(f"/answers/{answer.pk}/citations/1/").status_code == 200
    document.access = "restricted"
    document.save()
    assert colleague_client.get(f"/answers/{answer.pk}/citations/1/").status_code == 404
    page = colleague_client.get(f"/answers/{answer.pk}/").content.decode()
    assert "412.6" not in page
    assert "no longer shared with you" in page
    assert client_of(owner).get(f"/documents/{document.pk}/").status_code == 200


def test_an_analyst_cannot_change_documents(colleague_client, document, base, job):
    for url in (
        f"/knowledge/{base.pk}/upload/",
        f"/documents/{document.pk}/delete/",
        f"/documents/{document.pk}/re-index/",
        f"/documents/{document.pk}/details/",
        f"/documents/{document.pk}/sharing/",
        f"/jobs/{job.pk}/retry/",
    ):
        assert colleague_client.post(url).status_code == 403, url
    page = colleague_client.get(f"/knowledge/{base.pk}/").content.decode()
    assert 'type="file"' not in page


def test_a_page_of_another_documents_version_is_not_found(colleague_client, document, base, encoder):
    from tests.collegium.knowledge.search_corpus import document_make

    other = document_make(base, ["Another text."], title="Other")
    assert colleague_client.get(f"/documents/{other.pk}/versions/{document.current_id}/").status_code == 404
    url = f"/documents/{other.pk}/versions/{document.current_id}/pages/1.png"
    assert colleague_client.get(url).status_code == 404


def test_somebody_without_a_workspace_is_told_what_to_do(db):
    from collegium.accounts.models import User

    response = client_of(User.objects.create_user("lonely")).get("/")
    assert response.status_code == 403
    assert "belong to no workspace" in response.content.decode()


def test_only_members_switch_to_a_workspace(colleague_client, foreign, workspace, colleague):
    from collegium.accounts.services import member_add

    assert colleague_client.post("/workspace/", {"workspace": str(foreign.pk)}).status_code == 404
    member_add(workspace=foreign, user=colleague)
    assert colleague_client.post("/workspace/", {"workspace": str(foreign.pk)}).status_code == 302
    assert str(foreign.pk) in colleague_client.session["workspace"]


def test_leaving_a_workspace_ends_access_at_once(colleague_client, colleague, document):
    colleague_client.get("/")
    colleague.memberships.all().delete()
    assert colleague_client.get(f"/documents/{document.pk}/").status_code == 403
