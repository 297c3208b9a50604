"""From an upload to search in one process: what is stored, what fails with which words, what stays searchable."""

import pytest
from django.conf import settings

from collegium.errors import Conflict, NotFound
from collegium.jobs.models import JobState
from collegium.jobs.services import job_cancel, job_retry
from collegium.knowledge import ingest, ingest_embed
from collegium.knowledge.ingest_embed import vectors_make
from collegium.knowledge.models import (
    Chunk,
    ChunkVector,
    Document,
    DocumentVersion,
    VersionFile,
)
from collegium.knowledge.search import search
from collegium.knowledge.selectors import visible_versions
from collegium.knowledge.services import document_delete, document_describe, document_reindex, version_add
from collegium.sdk.registry import vertical_get
from collegium.sdk.retrieval import SearchRequest
from tests.collegium.knowledge.conftest import index_counts
from tests.documents import PdfPage, Put, pdf_make, report_pdf, upload

pytestmark = pytest.mark.django_db


def _found(asker, words):
    return search(asker, SearchRequest(text=words))


def test_an_ingested_report_is_found_with_its_page_and_boxes(add, run_job, editor_asker, settings):
    version, job = add("Northwind 2024.pdf")
    assert not _found(editor_asker, "Northwind revenue")
    ended = run_job(job)
    assert (ended.state, ended.problem) == (JobState.SUCCEEDED, None)
    assert set(ended.stages) == {"parse", "chunk", "embed", "index"}
    version.refresh_from_db()
    assert (version.state, version.page_count, version.language) == ("ready", 3, "en")
    assert version.outline == [[612, 792]] * 3
    assert version.chunk_count == version.chunks.count() == ChunkVector.objects.count() > 3
    hit = _found(editor_asker, "Northwind part 2 revenue grew")[0]
    assert hit.document == version.document_id
    assert hit.boxes and hit.page == hit.locator["page"]
    assert not list(settings.HOME.work.glob("*"))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("locked.pdf", pdf_make([PdfPage([Put(72, 700, "secret")])], encrypted=True), "encrypted"),
        ("cut.pdf", report_pdf()[: len(report_pdf()) // 2], "damaged"),
        ("none.pdf", pdf_make([]), "no_pages"),
        ("scan.pdf", pdf_make([PdfPage([]), PdfPage([])]), "no_text"),
        ("app.html", "<html><script>x()</script></html>", "no_text"),
        ("marks.txt", "---\n\n...\n", "no_text"),
    ],
)
def test_a_file_that_cannot_be_read_fails_its_job_with_what_to_do(
    add, run_job, editor_asker, settings, medical_base, name, content, code
):
    version, job = add(name, content, knowledge_base=medical_base)
    ended = run_job(job)
    version.refresh_from_db()
    assert (ended.state, ended.problem["code"], version.state) == (JobState.FAILED, code, "failed")
    assert "upload" in ended.problem["detail"] or "Save" in ended.problem["detail"]
    assert Chunk.objects.count() == 0
    assert not visible_versions(editor_asker).exists()
    assert not list(settings.HOME.work.glob("*"))


def test_a_file_that_takes_too_long_or_too_much_memory_is_named(add, run_job, settings):
    settings.PARSE_MEMORY_MB = 256
    _, job = add("big.txt", "many words in one file\n\n" * 1_500_000)
    assert run_job(job).problem["code"] == "parse_memory"
    settings.PARSE_MEMORY_MB, settings.PARSE_TIMEOUT_S = 2000, 0
    _, job = add("slow.pdf", report_pdf(pages=60))
    assert run_job(job).problem["code"] == "parse_timeout"


def test_metadata_that_was_given_wins_over_what_was_recognised(add, run_job, monkeypatch):
    finance = vertical_get("finance")
    names = [field.name for field in finance.metadata_fields if field.kind == "text"]
    if len(names) < 2:
        pytest.skip("the vertical declares too few text fields")
    recognised = {names[0]: "recognised", names[1]: "recognised", "undeclared": "x"}
    monkeypatch.setattr(type(finance), "recognise", lambda self, parsed, file_name: recognised)
    version, job = add(metadata={names[0]: "given"})
    run_job(job)
    version.refresh_from_db()
    assert version.metadata == {names[0]: "given", names[1]: "recognised"}


def test_a_correction_is_read_into_the_document_and_an_emptied_field_is_recognised_again(
    add, run_job, editor_asker, outsider_asker, monkeypatch
):
    finance = vertical_get("finance")
    monkeypatch.setattr(type(finance), "recognise", lambda self, parsed, name: {"company": "Recognised"})
    version, job = add("a.txt", "Sales rose in the year.", metadata={"ticker": "OLD"})
    run_job(job)
    with pytest.raises(NotFound):
        document_describe(asker=outsider_asker, document_id=version.document_id, metadata={"ticker": "X"})
    for stated, expected in (
        ({"company": "Corrected"}, {"company": "Corrected", "ticker": "OLD"}),
        ({"company": None, "ticker": "NEW"}, {"company": "Recognised", "ticker": "NEW"}),
        ({"ticker": ""}, {"company": "Recognised"}),
    ):
        run_job(document_describe(asker=editor_asker, document_id=version.document_id, metadata=stated))
        version.refresh_from_db()
        assert version.metadata == expected
    assert _found(editor_asker, "Recognised sales")


def test_the_verticals_hooks_hear_of_an_indexed_and_of_a_removed_document(
    add, run_job, editor_asker, monkeypatch
):
    heard = []
    finance = type(vertical_get("finance"))
    monkeypatch.setattr(finance, "indexed", lambda self, told: heard.append(("indexed", told.version)))
    monkeypatch.setattr(finance, "removed", lambda self, document: heard.append(("removed", document)))
    version, job = add()
    run_job(job)
    document_delete(asker=editor_asker, document_id=version.document_id)
    assert heard == [("indexed", version.pk), ("removed", version.document_id)]


def test_a_hook_that_breaks_fails_the_job_and_leaves_nothing_searchable(
    add, run_job, editor_asker, monkeypatch, caplog
):
    def broken(self, told):
        raise KeyError("fact")

    monkeypatch.setattr(type(vertical_get("finance")), "indexed", broken)
    _, job = add()
    ended = run_job(job)
    assert (ended.state, ended.problem["code"]) == (JobState.FAILED, "internal")
    assert "KeyError" in ended.problem["detail"]
    assert set(index_counts().values()) == {0}
    assert not visible_versions(editor_asker).exists()


def test_a_new_version_replaces_the_old_one_in_search_when_it_is_done(add, run_job, editor_asker, encoder):
    version, job = add("a.txt", "The old text speaks of apples.")
    run_job(job)
    newer, job = version_add(
        asker=editor_asker,
        document=version.document,
        files=[upload("a.txt", "The new text speaks of pears.")],
    )
    assert newer.number == 2
    assert _found(editor_asker, "apples")[0].version == version.pk
    run_job(job)
    assert [hit.version for hit in _found(editor_asker, "text speaks")] == [newer.pk]
    assert version.chunks.count() == 1  # what answers cited stays readable
    assert ChunkVector.objects.get().version_id == newer.pk


def test_an_earlier_version_that_is_read_late_does_not_take_the_place_of_a_later_one(
    add, run_job, editor_asker
):
    version, late = add("a.txt", "First words of apples.")
    newer, job = version_add(
        asker=editor_asker, document=version.document, files=[upload("a.txt", "Second words of pears.")]
    )
    run_job(job)
    run_job(late)
    version.document.refresh_from_db()
    assert version.document.current_id == newer.pk
    assert ChunkVector.objects.get().version_id == newer.pk


def test_a_failed_new_version_leaves_the_old_one_searchable(add, run_job, editor_asker):
    version, job = add("a.txt", "The old text speaks of apples.")
    run_job(job)
    _, job = version_add(
        asker=editor_asker,
        document=version.document,
        files=[upload("b.html", b"<html><script>x()</script></html>")],
    )
    assert run_job(job).state == JobState.FAILED
    assert _found(editor_asker, "apples")[0].version == version.pk


def test_indexing_anew_keeps_ids_and_embeds_nothing_that_is_known(add, run_job, editor_asker, monkeypatch):
    version, job = add()
    run_job(job)
    before = list(version.chunks.values_list("pk", "text"))
    counts = index_counts()

    def refuse(texts):
        raise AssertionError("embedded again")

    monkeypatch.setattr(ingest_embed, "embed_passages", refuse)
    again = document_reindex(asker=editor_asker, document_id=version.document_id)
    with pytest.raises(Conflict):
        document_reindex(asker=editor_asker, document_id=version.document_id)
    assert run_job(again).state == JobState.SUCCEEDED
    assert list(version.chunks.values_list("pk", "text")) == before
    assert index_counts() == counts


def test_deleting_a_document_removes_all_of_it(add, run_job, editor_asker, stored, encoder):
    version, job = add()
    run_job(job)
    document_delete(asker=editor_asker, document_id=version.document_id)
    assert Document.objects.count() == DocumentVersion.objects.count() == VersionFile.objects.count() == 0
    assert set(index_counts().values()) == {0}
    assert stored() == []
    assert not _found(editor_asker, "Northwind revenue")


def test_a_content_that_another_document_holds_survives_a_deletion(add, medical_base, editor_asker, stored):
    version, _ = add()
    add(knowledge_base=medical_base)
    document_delete(asker=editor_asker, document_id=version.document_id)
    assert len(stored()) == 1


def test_a_document_deleted_while_it_is_read_ends_its_job(add, run_job, editor_asker, monkeypatch):
    version, job = add()

    def deleted(**arguments):
        document_delete(asker=editor_asker, document_id=version.document_id)
        return vectors_make(**arguments)

    monkeypatch.setattr(ingest, "vectors_make", deleted)
    assert run_job(job).state == JobState.CANCELLED
    assert set(index_counts().values()) == {0}
    assert not list(settings.HOME.work.rglob("*"))


def test_a_document_deleted_while_its_file_is_read_leaves_no_text_of_it(
    add, run_job, editor_asker, monkeypatch, caplog
):
    version, job = add()

    def deleted(parsed):
        document_delete(asker=editor_asker, document_id=version.document_id)
        (settings.HOME.work / str(version.pk)).mkdir()
        raise FileNotFoundError("parsed.json")

    monkeypatch.setattr(ingest, "passages", deleted)
    assert run_job(job).state == JobState.CANCELLED
    assert not list(settings.HOME.work.rglob("*"))
    assert "failed" not in caplog.text


def test_what_a_dead_worker_had_read_of_a_document_goes_with_it(add, run_job, editor_asker):
    version, job = add()
    run_job(job)
    for folder in (settings.HOME.work, settings.HOME.cache / "pages"):
        (folder / str(version.pk)).mkdir(parents=True)
        (folder / str(version.pk) / "parsed.json").write_text("its text")
    document_delete(asker=editor_asker, document_id=version.document_id)
    for folder in (settings.HOME.work, settings.HOME.cache / "pages"):
        assert not (folder / str(version.pk)).exists()


@pytest.mark.parametrize(
    ("text", "state", "code"),
    [("a,1\nb,2", "succeeded", None), ("boom", "failed", "parser_failed"), ("bad", "failed", "bad_column")],
)
def test_a_verticals_own_parser_reads_further_kinds(add, run_job, monkeypatch, text, state, code):
    finance = type(vertical_get("finance"))
    monkeypatch.setattr(finance, "parsers", ("tests.collegium.knowledge.columns_parser.Columns",))
    version, job = add("table.csv", text)
    ended = run_job(job)
    assert (ended.state, (ended.problem or {}).get("code")) == (state, code)
    if state == "succeeded":
        assert version.chunks.get().text == "a | 1\nb | 2"


def test_what_a_verticals_parser_found_beside_the_text_reaches_its_hook(add, run_job, monkeypatch):
    told = []
    finance = type(vertical_get("finance"))
    monkeypatch.setattr(finance, "parsers", ("tests.collegium.knowledge.columns_parser.Columns",))
    monkeypatch.setattr(finance, "indexed", lambda self, version: told.append(version))
    version, job = add("table.csv", "a,1\nb,2")
    run_job(job)
    assert [(one.version, one.data) for one in told] == [(version.pk, {"rows": ["a | 1", "b | 2"]})]


def test_an_outsider_can_neither_see_nor_touch_a_document_or_its_job(add, run_job, outsider_asker, encoder):
    version, job = add()
    run_job(job)
    for attempt in (
        lambda: document_delete(asker=outsider_asker, document_id=version.document_id),
        lambda: document_reindex(asker=outsider_asker, document_id=version.document_id),
        lambda: version_add(asker=outsider_asker, document=version.document, files=[upload("a.txt", "x")]),
        lambda: job_cancel(asker=outsider_asker, job_id=job.pk),
        lambda: job_retry(asker=outsider_asker, job_id=job.pk),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert not _found(outsider_asker, "Northwind revenue")
