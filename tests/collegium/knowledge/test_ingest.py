"""From an upload to search in one process: what is stored, what fails with which words, what stays searchable."""

import errno

import pytest
from django.conf import settings

from collegium.errors import Conflict, NotFound
from collegium.jobs.models import Job, JobState
from collegium.jobs.services import job_cancel, job_claim, job_retry
from collegium.knowledge import ingest, ingest_embed, work
from collegium.knowledge.ingest_embed import vectors_make
from collegium.knowledge.models import (
    Chunk,
    ChunkLex,
    ChunkVector,
    Document,
    DocumentVersion,
    TermCount,
    VersionFile,
)
from collegium.knowledge.search import search
from collegium.knowledge.selectors import visible_versions
from collegium.knowledge.services import document_delete, document_describe, document_reindex, version_add
from collegium.sdk.registry import vertical_get
from collegium.sdk.retrieval import SearchRequest
from tests.documents import PdfPage, Put, pdf_make, report_pdf, upload

pytestmark = pytest.mark.django_db


def _found(asker, words):
    return search(asker, SearchRequest(text=words))


def _counts():
    return {model.__name__: model.objects.count() for model in (Chunk, ChunkVector, ChunkLex, TermCount)}


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
    assert set(_counts().values()) == {0}
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
    counts = _counts()

    def refuse(texts):
        raise AssertionError("embedded again")

    monkeypatch.setattr(ingest_embed, "embed_passages", refuse)
    again = document_reindex(asker=editor_asker, document_id=version.document_id)
    with pytest.raises(Conflict):
        document_reindex(asker=editor_asker, document_id=version.document_id)
    assert run_job(again).state == JobState.SUCCEEDED
    assert list(version.chunks.values_list("pk", "text")) == before
    assert _counts() == counts


def test_deleting_a_document_removes_all_of_it(add, run_job, editor_asker, stored, encoder):
    version, job = add()
    run_job(job)
    document_delete(asker=editor_asker, document_id=version.document_id)
    assert Document.objects.count() == DocumentVersion.objects.count() == VersionFile.objects.count() == 0
    assert set(_counts().values()) == {0}
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
    assert set(_counts().values()) == {0}
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


def test_a_queued_job_is_cancelled_at_once_and_can_be_tried_again(add, run_job, editor_asker):
    version, job = add()
    assert job_cancel(asker=editor_asker, job_id=job.pk).state == JobState.CANCELLED
    version.refresh_from_db()
    assert version.state == "failed"
    assert run_job(job).state == JobState.CANCELLED
    assert job_retry(asker=editor_asker, job_id=job.pk).state == JobState.QUEUED
    assert run_job(job).state == JobState.SUCCEEDED
    with pytest.raises(Conflict):
        job_retry(asker=editor_asker, job_id=job.pk)


def test_a_running_job_stops_when_it_is_cancelled(add, run_job, editor_asker, monkeypatch, settings):
    version, job = add()

    def cancelled(**arguments):
        Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLING)
        return vectors_make(**arguments)

    monkeypatch.setattr(ingest, "REPORT_EVERY_S", 0)
    monkeypatch.setattr(ingest, "vectors_make", cancelled)
    ended = run_job(job)
    assert (ended.state, ended.stage) == (JobState.CANCELLED, "embed")
    assert set(_counts().values()) == {0}
    assert not list(settings.HOME.work.glob("*"))


def test_an_engine_that_is_away_is_waited_for(add, run_job, encoder, monkeypatch):
    _, job = add()
    attempts = []
    real = ingest_embed.embed_passages

    def at_last(texts):
        attempts.append(1)
        encoder.away = len(attempts) < 2
        return real(texts)

    monkeypatch.setattr(ingest_embed, "embed_passages", at_last)
    assert run_job(job).state == JobState.SUCCEEDED
    assert len(attempts) >= 2


def test_an_engine_that_stays_away_fails_the_job_which_can_be_tried_again(
    add, run_job, encoder, editor_asker, monkeypatch
):
    monkeypatch.setattr(ingest_embed, "PATIENCE_S", 0.6)
    encoder.away = True
    _, job = add()
    ended = run_job(job)
    assert (ended.state, ended.problem["code"]) == (JobState.FAILED, "embeddings_unavailable")
    encoder.away = False
    job_retry(asker=editor_asker, job_id=job.pk)
    assert run_job(job).state == JobState.SUCCEEDED


def test_a_disk_that_fills_up_while_ingesting_fails_the_job_by_name(add, run_job, settings, monkeypatch):
    _, job = add()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(work.os, "fsync", full)
    ended = run_job(job)
    assert (ended.state, ended.problem["code"]) == (JobState.FAILED, "no_space")
    assert not list(settings.HOME.work.glob("*"))


def test_no_reserve_left_on_the_disk_fails_the_job_before_it_begins(add, run_job, settings):
    _, job = add()
    settings.DISK_RESERVE_MB = 10**9
    assert run_job(job).problem["code"] == "no_space"


def test_two_workers_that_get_the_same_job_do_it_once(add, run_job):
    version, job = add()
    assert job_claim(job_id=job.pk) is not None
    assert job_claim(job_id=job.pk) is None
    assert run_job(job).state == JobState.RUNNING  # ours did nothing: the other holds it


def test_a_worker_that_lost_its_lease_writes_nothing(add, run_job, monkeypatch, editor_asker):
    version, job = add()

    def stolen(**arguments):
        Job.objects.filter(pk=job.pk).update(lease_token=None, state=JobState.QUEUED)
        return vectors_make(**arguments)

    monkeypatch.setattr(ingest, "vectors_make", stolen)
    assert run_job(job).state == JobState.QUEUED
    assert set(_counts().values()) == {0}
    monkeypatch.setattr(ingest, "vectors_make", vectors_make)
    assert run_job(job).state == JobState.SUCCEEDED


def test_batches_that_were_embedded_before_a_crash_are_not_embedded_again(add, run_job, monkeypatch, encoder):
    monkeypatch.setattr(ingest_embed, "BATCH", 2)
    _, job = add(content=report_pdf(pages=6))
    embedded: list[str] = []
    real = ingest_embed.embed_passages

    def dies_at_third(texts):
        if len(embedded) == 4:
            raise SystemExit
        embedded.extend(texts)
        return real(texts)

    monkeypatch.setattr(ingest_embed, "embed_passages", dies_at_third)
    with pytest.raises(SystemExit):
        run_job(job)
    Job.objects.filter(pk=job.pk).update(lease_token=None, state=JobState.QUEUED)
    again: list[str] = []
    monkeypatch.setattr(ingest_embed, "embed_passages", lambda texts: again.extend(texts) or real(texts))
    assert run_job(job).state == JobState.SUCCEEDED
    assert len(embedded) == 4
    assert again
    assert not set(embedded) & set(again)


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
