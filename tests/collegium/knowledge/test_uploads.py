"""What may be uploaded, by whom, and that a refused upload leaves nothing behind."""

import errno
from pathlib import Path

import pytest

from collegium.errors import Conflict, Forbidden, Invalid, NoSpace, NotFound, TooLarge, Unsupported
from collegium.jobs.models import Job
from collegium.knowledge import blobs, disk
from collegium.knowledge.models import Document, DocumentVersion, VersionFile
from collegium.knowledge.services import (
    document_add,
    document_delete,
    knowledge_base_create,
    version_add,
)
from collegium.knowledge.uploads import (
    HTML,
    MARKDOWN,
    PDF,
    TEXT,
    ZIP,
    endings_read,
    media_type_of,
    name_clean,
    supported_text,
)
from tests.documents import PdfPage, Put, pdf_make, report_pdf, upload

pytestmark = pytest.mark.django_db


def _nothing_was_kept(stored) -> bool:
    rows = Document.objects.count() + DocumentVersion.objects.count() + VersionFile.objects.count()
    return rows + Job.objects.count() == 0 and stored() == []


def test_an_upload_is_stored_under_its_hash_and_queued(add, stored):
    version, job = add("Annual report.pdf")
    file = version.files.get()
    assert stored() == [file.sha256]
    assert (file.name, file.media_type, file.size_bytes) == ("Annual report.pdf", PDF, version.size_bytes)
    assert version.document.title == "Annual report"
    assert (job.kind, job.subject, job.document, job.state) == (
        "ingest",
        version.pk,
        version.document_id,
        "queued",
    )


@pytest.mark.parametrize(
    ("name", "content", "error", "code"),
    [
        ("empty.pdf", b"", Invalid, "empty_file"),
        ("program.exe", b"MZ\x90\x00\x03\x00\x00\x00" * 40, Unsupported, "unsupported_media_type"),
        ("letter.docx", b"PK\x03\x04\x14\x00\x06\x00" * 40, Unsupported, "unsupported_media_type"),
        ("no.pdf", b"just words", Unsupported, "unsupported_media_type"),
        ("no.zip", b"just words", Unsupported, "unsupported_media_type"),
        ("notes.md", b"\x00\x01\x02" * 500, Unsupported, "unsupported_media_type"),
        ("../..", b"words", Invalid, "invalid_name"),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(add, stored, name, content, error, code):
    with pytest.raises(error) as caught:
        add(files=[_named(name, content)])
    assert caught.value.code == code
    assert _nothing_was_kept(stored)


def _named(name, content):
    """As a client that is no browser may name it; Django's own uploads lose what is before the last slash."""
    file = upload("x", content)
    file._name = name
    return file


def test_the_refusal_of_an_unsupported_file_names_what_is_supported(add):
    with pytest.raises(Unsupported) as caught:
        add("sheet.xlsx", b"PK\x03\x04\x00\x00")
    assert "PDF" in caught.value.detail and "Markdown" in caught.value.detail


def test_a_verticals_own_kinds_are_named_where_only_it_reads_them():
    assert supported_text([PDF]) == supported_text([])
    assert supported_text([ZIP]).endswith("text (.txt), .zip")
    assert {".zip", ".pdf", ".htm"} <= set(endings_read([ZIP])) and ".zip" not in endings_read([])
    assert media_type_of("filing.zip", b"PK\x03\x04\x14\x00\x00\x00", further=[ZIP]) == ZIP


def test_a_file_over_the_limit_is_refused_by_a_message_that_names_the_limit(add, stored, settings):
    settings.UPLOAD_MAX_BYTES = 2_000_000
    with pytest.raises(TooLarge) as caught:
        add("big.txt", b"x" * 2_000_001)
    assert "2 MB" in caught.value.detail and "COLLEGIUM_MAX_UPLOAD_MB" in caught.value.detail
    assert _nothing_was_kept(stored)


def test_a_file_that_states_no_size_is_stopped_at_the_limit(settings):
    read = []

    def parts():
        for _ in range(1000):
            read.append(1)
            yield b"x" * 1000

    with pytest.raises(TooLarge):
        blobs.blob_stage(parts=parts(), max_bytes=10_000)
    assert len(read) == 11


def test_no_disk_space_is_named_and_nothing_is_kept(add, stored, settings):
    settings.DISK_RESERVE_MB = 10**9
    with pytest.raises(NoSpace) as caught:
        add()
    assert caught.value.status == 507
    assert _nothing_was_kept(stored)


def test_a_disk_that_fills_up_while_writing_is_named_and_nothing_is_kept(add, stored, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(blobs.os, "fsync", full)
    with pytest.raises(NoSpace):
        add()
    assert _nothing_was_kept(stored)


def test_rows_that_fail_take_their_content_with_them(add, stored, monkeypatch):
    def broken(**_):
        raise RuntimeError("no job today")

    monkeypatch.setattr("collegium.knowledge.services.job_create", broken)
    with pytest.raises(RuntimeError):
        add()
    assert _nothing_was_kept(stored)


def test_the_same_content_twice_is_a_conflict_that_names_the_document(add):
    version, _ = add("first.pdf")
    with pytest.raises(Conflict) as caught:
        add("again.pdf")
    assert caught.value.extra["document"] == str(version.document_id)
    assert Document.objects.count() == 1


def test_the_conflict_names_no_document_that_the_asker_may_not_see(add, owner_asker, colleague, workspace):
    from collegium.accounts.selectors import asker_for_user
    from collegium.accounts.services import member_add

    add(asker=owner_asker, access="restricted")
    member_add(workspace=workspace, user=colleague, role="editor")
    with pytest.raises(Conflict) as caught:
        add(asker=asker_for_user(colleague, workspace.pk))
    assert caught.value.extra == {}


def test_content_that_one_base_holds_may_be_added_to_another(add, medical_base, stored):
    add()
    add(knowledge_base=medical_base)
    assert len(stored()) == 1
    assert VersionFile.objects.count() == 2


def test_an_outsider_is_told_that_there_is_no_such_base(add, outsider_asker, stored):
    with pytest.raises(NotFound):
        add(asker=outsider_asker)
    assert _nothing_was_kept(stored)


def test_an_analyst_may_not_upload_version_or_delete(add, finance_base, colleague_asker, run_job):
    version, _ = add()
    with pytest.raises(Forbidden):
        add("other.txt", "other words", asker=colleague_asker)
    with pytest.raises(Forbidden):
        version_add(asker=colleague_asker, document=version.document, files=[upload("a.txt", "new")])
    with pytest.raises(Forbidden):
        document_delete(asker=colleague_asker, document_id=version.document_id)
    with pytest.raises(Forbidden):
        knowledge_base_create(asker=colleague_asker, name="Mine", vertical="finance")


def test_an_unknown_or_disabled_vertical_is_refused(owner_asker, workspace):
    from collegium.accounts.services import vertical_enable

    with pytest.raises(NotFound) as caught:
        knowledge_base_create(asker=owner_asker, name="Law", vertical="law")
    assert caught.value.code == "unknown_vertical"
    vertical_enable(workspace=workspace, slug="medical", enabled=False)
    with pytest.raises(NotFound):
        knowledge_base_create(asker=owner_asker, name="Cases", vertical="medical")


def test_a_name_is_used_once_in_a_workspace_and_freely_in_another(finance_base, owner_asker, outsider_asker):
    with pytest.raises(Conflict):
        knowledge_base_create(asker=owner_asker, name=finance_base.name, vertical="finance")
    other = knowledge_base_create(asker=outsider_asker, name=finance_base.name, vertical="finance")
    assert other.number != finance_base.number


def test_metadata_that_the_vertical_does_not_declare_is_refused(add, stored):
    with pytest.raises(Invalid) as caught:
        add(metadata={"shoe_size": 44})
    assert "shoe_size" in caught.value.detail
    with pytest.raises(Invalid):
        add(metadata="{broken")
    assert _nothing_was_kept(stored)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\reports\\Q3.pdf", "Q3.pdf"),
        ("年度报告.pdf", "年度报告.pdf"),
        ("a\x00b\n\u202egnp.pdf", "abgnp.pdf"),
        ("x" * 400 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_keeps_its_last_part_without_control_characters(given, kept):
    assert name_clean(given) == kept


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.pdf", b"%PDF-1.7", PDF),
        ("mislabelled.txt", b"%PDF-1.7", PDF),
        ("page.htm", b"<?xml version='1.0'?>\n<html xmlns:ix='x'>", HTML),
        ("page", b"\n<!DOCTYPE html><p>", HTML),
        ("readme.md", b"# Title", MARKDOWN),
        ("notes.txt", "报告".encode("gb18030"), TEXT),
        ("notes.txt", "words".encode("utf-16"), TEXT),
    ],
)
def test_a_files_kind_follows_from_its_content(name, head, kind):
    assert media_type_of(name, head) == kind


def test_a_vertical_may_read_further_kinds():
    with pytest.raises(Unsupported):
        media_type_of("facts.xml", b"<?xml version='1.0'?><xbrl/>")
    assert media_type_of("facts.xml", b"<?xml?><xbrl/>", further={"application/xml"}) == "application/xml"


def test_orphans_are_swept_when_they_are_old_and_what_is_named_stays(add, stored, settings):
    version, _ = add()
    kept = version.files.get().sha256
    orphan = blobs.blob_path("ab" * 32)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"nobody's")
    broken_off = settings.HOME.blobs / "incoming" / "part"
    broken_off.write_bytes(b"half")
    received = Path(settings.FILE_UPLOAD_TEMP_DIR) / "tmp12.upload.txt"
    received.write_bytes(b"what a web process that was killed had received")
    assert blobs.orphans_sweep() == 0
    assert blobs.orphans_sweep(age_s=-1) == 3
    assert not received.exists()
    assert stored() == [kept]


def test_several_files_make_one_document(finance_base, editor_asker, stored, run_job):
    files = [
        upload("a.pdf", report_pdf(pages=1)),
        upload("b.pdf", pdf_make([PdfPage([Put(72, 700, "The second file speaks of oranges.")])])),
    ]
    version, job = document_add(asker=editor_asker, knowledge_base=finance_base, files=files)
    assert len(stored()) == 2
    assert run_job(job).state == "succeeded"
    version.refresh_from_db()
    assert version.page_count == 2
    assert "oranges" in version.chunks.get(page=2).text


def test_disk_errors_other_than_a_full_disk_keep_their_name():
    with pytest.raises(PermissionError), disk.space_errors_named():
        raise PermissionError(errno.EACCES, "no")


def test_a_number_beyond_all_measure_is_refused_by_the_name_of_its_field(add, stored):
    for value in (10**400, "1e999", "9" * 400):
        with pytest.raises(Invalid) as caught:
            add(metadata={"fiscal_year": value})
        assert "fiscal_year" in caught.value.detail
    assert _nothing_was_kept(stored)
