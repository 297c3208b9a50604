"""What the pages show and do, without a browser."""

import json
import re

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.urls import reverse

from tests.clients import client_of
from tests.collegium.knowledge.search_corpus import document_make

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return response.content.decode()


def test_no_page_holds_inline_script_or_style_elements(colleague_client, document, base, answer):
    for url in ("/", f"/answers/{answer.pk}/", "/search/?q=revenue", "/knowledge/", f"/knowledge/{base.pk}/"):
        response = colleague_client.get(url)
        page = text_of(response)
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"].replace(
            "style-src-attr 'unsafe-inline'", ""
        )
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|javascript:", page), url


def test_pages_are_kept_by_no_cache(colleague_client, answer):
    assert "no-store" in colleague_client.get(f"/answers/{answer.pk}/")["Cache-Control"]


def test_a_stored_answer_shows_its_quotations_sources_and_how_it_was_made(colleague_client, answer):
    page = text_of(colleague_client.get(f"/answers/{answer.pk}/"))
    assert "412.6 million euros" in page
    assert f"/answers/{answer.pk}/citations/1/" in page
    assert "How this answer was made" in page
    assert "none: quotations only" in page


def test_a_hostile_document_is_shown_as_text(colleague_client, base, encoder, colleague, workspace, asker_of):
    from collegium.answers.services import ask

    hostile = "Revenue <script>alert(1)</script> was <img src=x onerror=alert(2)> 9 million euros in 2021."
    document_make(base, [hostile], title='<b onclick="x">Bad</b>')
    answer = ask(
        asker=asker_of(colleague, workspace), vertical="finance", question="revenue in 2021 in euros?"
    )
    for url in (f"/answers/{answer.pk}/", "/search/?q=revenue+2021", f"/knowledge/{base.pk}/"):
        page = text_of(colleague_client.get(url))
        assert "<script>alert" not in page, url
        assert "<img src=x" not in page, url
        assert "<b onclick" not in page, url


def test_a_citation_of_an_earlier_version_says_that_there_is_a_newer_one(colleague_client, document, answer):
    from tests.collegium.knowledge.search_corpus import version_make

    url = f"/answers/{answer.pk}/citations/1/"
    assert "newer version" not in text_of(colleague_client.get(url))
    version_make(document, ["Revenue was restated."])
    assert "newer version" in text_of(colleague_client.get(url))


def test_a_passage_without_pages_is_shown_as_text_with_the_quotation_marked(
    colleague_client, document, answer
):
    document.current.page_count = None
    document.current.save()
    document.current.chunks.update(page=None)
    answer.citations.update(page=None)
    page = text_of(colleague_client.get(f"/answers/{answer.pk}/citations/1/"))
    assert "<mark>" in page
    assert "2,140 people" in page  # what stands around it


def test_search_marks_words_of_the_query(colleague_client, document):
    page = text_of(colleague_client.get("/search/", {"q": "laboratories"}))
    assert "<mark>laboratories</mark>" in page


def test_search_over_a_knowledge_base_that_is_not_visible_finds_nothing(outsider_client, document, base):
    response = outsider_client.get("/search/", {"q": "revenue", "base": str(base.pk)})
    assert "Tarnbeck" not in text_of(response)


def events_of(user, **data) -> list[tuple[str, dict]]:
    """Ask as a browser does and return the events of the stream."""

    async def run():
        client = AsyncClient()
        await client.aforce_login(user, backend="django.contrib.auth.backends.ModelBackend")
        response = await client.post("/ask/", data, headers={"accept": "text/event-stream"})
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/event-stream")
        return b"".join([part async for part in response]).decode()

    found = []
    for block in async_to_sync(run)().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


@pytest.mark.django_db(transaction=True)
def test_asking_streams_what_happens_and_ends_with_the_stored_answer(colleague, document):
    events = events_of(colleague, vertical="finance", question="What was the revenue in 2024?")
    names = [name for name, _ in events]
    assert names[0] == "started"
    assert names[-1] == "done"
    assert {"retrieval", "citation", "delta"} <= set(names)
    page = client_of(colleague).get(f"/answers/{events[-1][1]['id']}/part/")
    assert "412.6" in text_of(page)


@pytest.mark.django_db(transaction=True)
def test_without_scripts_asking_goes_to_the_stored_answer(colleague_client, document):
    response = colleague_client.post(
        "/ask/", {"vertical": "finance", "question": "What was the revenue in 2024?"}
    )
    assert response.status_code == 302
    assert "412.6" in text_of(colleague_client.get(response["Location"]))


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        ({"vertical": "finance", "question": " "}, 422, "empty"),
        ({"vertical": "finance", "question": "x" * 10_000}, 422, "at most"),
        ({"vertical": "astrology", "question": "What?"}, 404, "no vertical"),
        ({"vertical": "finance", "question": "What?", "conversation": "nonsense"}, 422, "conversation"),
    ],
)
def test_a_bad_question_gets_a_problem_that_says_what_to_do(colleague_client, workspace, data, status, says):
    response = colleague_client.post("/ask/", data, headers={"accept": "text/event-stream"})
    assert response.status_code == status
    assert says in response.json()["detail"]


def test_somebody_elses_conversation_cannot_be_followed_up(editor_client, answer):
    data = {"vertical": "finance", "question": "And in 2023?", "conversation": str(answer.conversation_id)}
    assert editor_client.post("/ask/", data).status_code == 404


def test_an_editor_makes_a_knowledge_base_and_an_analyst_cannot(editor_client, colleague_client, workspace):
    form = {"name": "Filings", "vertical": "finance", "access": "workspace"}
    assert colleague_client.post("/knowledge/", form).status_code == 403
    response = editor_client.post("/knowledge/", form)
    assert response.status_code == 302
    assert "Filings" in text_of(editor_client.get(response["Location"]))


def test_sharing_restricts_to_the_people_chosen(owner, colleague, editor_client, document):
    url = reverse("document_sharing", args=[document.pk])
    assert client_of(owner).post(url, {"access": "restricted", "people": [colleague.pk]}).status_code == 302
    assert client_of(colleague).get(f"/documents/{document.pk}/").status_code == 200
    assert editor_client.get(f"/documents/{document.pk}/").status_code == 404


def test_a_document_is_not_shared_with_people_of_another_workspace(owner, outsider, document):
    url = reverse("document_sharing", args=[document.pk])
    response = client_of(owner).post(url, {"access": "restricted", "people": [outsider.pk]})
    assert response.status_code == 422
    assert not document.grants.exists()


def test_uploading_nothing_or_something_unreadable_says_so(editor_client, base, tmp_path):
    url = reverse("upload", args=[base.pk])
    assert "Choose at least one file" in text_of(editor_client.post(url))
    from django.core.files.uploadedfile import SimpleUploadedFile

    files = [SimpleUploadedFile("music.mp3", b"ID3\x03nothing"), SimpleUploadedFile("empty.pdf", b"")]
    page = text_of(editor_client.post(url, {"files": files}))
    assert "music.mp3" in page
    assert "empty.pdf" in page
    assert page.count('class="notice error"') == 2


def test_the_language_is_kept_in_the_browser_and_with_the_person(colleague_client, colleague):
    response = colleague_client.post(
        "/language/", {"language": "zh-hans", "next": "https://elsewhere.example/"}
    )
    assert response["Location"] == "/"
    colleague.refresh_from_db()
    assert colleague.language == "zh-hans"
    assert "您想了解什么" in text_of(colleague_client.get("/"))


def test_too_many_wrong_passwords_are_answered_in_plain_words(client, colleague):
    for _ in range(10):
        response = client.post("/sign-in/", {"username": "colleague", "password": "wrong"})
    assert response.status_code == 429
    assert "wrong too often" in text_of(response)


def test_signing_out_needs_a_form(colleague_client):
    assert colleague_client.get("/sign-out/").status_code == 405
    assert colleague_client.post("/sign-out/").status_code == 302
    assert colleague_client.get("/").status_code == 302


def test_an_unknown_address_is_told_in_plain_words(client, db):
    response = client.get("/nothing/here/")
    assert response.status_code == 404
    assert "There is no such page" in text_of(response)


def test_the_engines_page_says_what_is_down(colleague_client, workspace):
    page = text_of(colleague_client.get("/engine/"))
    assert "down" in page
    assert "No language model" in text_of(colleague_client.get("/engine/badge/"))


def test_without_scripts_a_bad_question_gets_a_page_that_says_what_to_do(colleague_client, workspace, client):
    response = colleague_client.post("/ask/", {"vertical": "finance", "question": " "})
    assert response.status_code == 422 and response["Content-Type"].startswith("text/html")
    assert "empty" in text_of(response)
    assert client.post("/ask/", {"vertical": "finance", "question": "What?"})["Location"].startswith(
        "/sign-in/"
    )


@pytest.mark.django_db(transaction=True)
def test_without_scripts_asking_counts_among_the_workspaces_answers(colleague, workspace, document, settings):
    from collegium.api.streaming.slots import Slot

    settings.STREAMS_PER_WORKSPACE = 1
    data = {"vertical": "finance", "question": "What was the revenue in 2024?"}
    taken = Slot(workspace.pk)
    taken.take()
    try:
        assert client_of(colleague).post("/ask/", data).status_code == 429
    finally:
        taken.release()
    assert client_of(colleague).post("/ask/", data).status_code == 302


def test_a_folder_of_many_files_becomes_as_many_documents(editor_client, base):
    from django.core.files.uploadedfile import SimpleUploadedFile

    files = [SimpleUploadedFile(f"{n}.md", f"# A\n\nText {n}.".encode()) for n in range(101)]
    response = editor_client.post(f"/knowledge/{base.pk}/upload/", {"files": files})
    assert response.status_code == 302
    assert base.documents.count() == 101


def test_the_engines_page_opens_while_valkey_is_away_and_names_no_address(
    colleague_client, workspace, settings, tmp_path
):
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": f"unix://{tmp_path}/nobody.sock"}}
    settings.EMBEDDINGS_URL = f"unix://{tmp_path}/nobody.sock"
    response = colleague_client.get("/engine/")
    assert response.status_code == 200
    assert "Workers" in text_of(response) and "nobody.sock" not in text_of(response)


@pytest.mark.parametrize("value", ["9" * 5000, "9" * 18])
def test_sharing_with_what_is_no_person_shares_with_nobody(owner, document, value):
    url = reverse("document_sharing", args=[document.pk])
    response = client_of(owner).post(url, {"access": "restricted", "people": [value]})
    assert response.status_code in {302, 422}
    assert not document.grants.exists()


@pytest.fixture
def many(base, workspace, editor):
    """120 documents, the newest first called 120; two more that only their editor sees."""
    from collegium.knowledge.models import Access, Document

    open_ones = [
        Document(workspace=workspace, knowledge_base=base, title=f"Filing {number}.", created_by=editor)
        for number in range(1, 121)
    ]
    hidden = [
        Document(
            workspace=workspace,
            knowledge_base=base,
            title=f"Secret {number}.",
            access=Access.RESTRICTED,
            created_by=editor,
        )
        for number in (1, 2)
    ]
    for one in [*hidden, *open_ones]:  # one by one: each has its own time
        one.save()
    return base


def titles_of(page: str) -> list[int]:
    return [int(number) for number in re.findall(r">Filing (\d+)\.</a>", page)]


def test_a_long_list_of_documents_comes_in_pages_and_counts_what_one_may_see(
    colleague_client, editor_client, outsider_client, many
):
    url = f"/knowledge/{many.pk}/"
    pages = [text_of(colleague_client.get(url, {"page": number})) for number in (1, 2, 3)]
    assert [titles_of(page) for page in pages] == [
        list(range(120, 70, -1)),
        list(range(70, 20, -1)),
        list(range(20, 0, -1)),
    ]
    assert "51 to 100 of 120" in pages[1] and "Secret" not in "".join(pages)
    assert 'rel="prev"' not in pages[0] and f'rel="next" href="{url}?page=2#documents"' in pages[0]
    assert 'rel="next"' not in pages[2] and f'rel="prev" href="{url}?page=2#documents"' in pages[2]
    assert "of 122" in text_of(editor_client.get(url))
    assert outsider_client.get(url, {"page": 2}).status_code == 404


@pytest.mark.parametrize(
    ("number", "first"), [("4", 20), ("9" * 400, 20), ("0", 20), ("-3", 20), ("x", 120), ("", 120)]
)
def test_a_page_that_is_not_there_is_the_last_or_the_first(colleague_client, many, number, first):
    page = text_of(colleague_client.get(f"/knowledge/{many.pk}/", {"page": number}))
    assert titles_of(page)[0] == first


def test_a_short_list_has_no_pages(colleague_client, base, document):
    assert "?page=" not in text_of(colleague_client.get(f"/knowledge/{base.pk}/"))


def test_the_pages_of_a_list_are_named_in_chinese_too(colleague_client, many):
    page = text_of(
        colleague_client.get(f"/knowledge/{many.pk}/", {"page": 2}, headers={"accept-language": "zh-cn"})
    )
    for words in ("第 51 至 100 项，共 120 项", "上一页", "下一页", 'aria-label="第 3 页"', "列表分页"):
        assert words in page, words


def test_only_what_an_editor_changes_is_kept_of_a_documents_details(editor_client, document):
    document.current.metadata = {"company": "Tarnbeck", "fiscal_year": 2024, "form": "10-K"}
    document.current.given_metadata = {"form": "10-K"}
    document.current.save()
    page = text_of(editor_client.get(f"/documents/{document.pk}/"))
    assert 'value="Tarnbeck"' in page and "<option selected>10-K</option>" in page
    address = f"/documents/{document.pk}/details/"
    same = {"meta-company": "Tarnbeck", "meta-fiscal_year": "2024", "meta-form": "10-K"}
    assert editor_client.post(address, same).status_code == 302
    document.current.refresh_from_db()
    assert document.current.given_metadata == {"form": "10-K"}
    editor_client.post(address, same | {"meta-company": "Tarnbeck plc", "meta-form": ""})
    document.current.refresh_from_db()
    assert document.current.given_metadata == {"company": "Tarnbeck plc"}
    assert "Save and read it again" not in text_of(
        editor_client.get(f"/documents/{document.pk}/")
    )  # it is being read
