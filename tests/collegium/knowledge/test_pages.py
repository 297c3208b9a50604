"""Page images and the text of a version, for those who may see them."""

import io
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from django.db import connection, connections
from PIL import Image

from collegium.errors import Invalid, NotFound, Unavailable
from collegium.knowledge import pages
from collegium.knowledge.pages import page_image, page_images_sweep
from collegium.knowledge.passages import chunk_get, version_blocks
from collegium.knowledge.selectors import version_file_open
from tests.documents import PdfPage, Put, pdf_make, report_pdf, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(add, run_job):
    version, job = add()
    run_job(job)
    return version


def test_a_page_is_drawn_at_the_width_that_was_asked_for_and_kept(ready, colleague_asker, settings):
    image = page_image(colleague_asker, ready.pk, 2, 800)
    assert Image.open(io.BytesIO(image)).size == (800, 1036)
    kept = settings.HOME.cache / "pages" / str(ready.pk) / "2-800.png"
    assert kept.read_bytes() == image
    kept.write_bytes(b"kept")
    assert page_image(colleague_asker, ready.pk, 2, 800) == b"kept"
    page_images_sweep(age_s=-1)
    assert page_image(colleague_asker, ready.pk, 2, 800) == image


def test_the_sweep_removes_folders_too_and_goes_on_after_what_cannot_be_removed(
    settings, monkeypatch, caplog
):
    folder = settings.HOME.cache / "pages" / "swept"
    (folder / "tmp1" / "inner").mkdir(parents=True)
    (folder / "tmp1" / "inner" / "member").write_bytes(b"left by a process")
    for name in ("1-800.png", "2-800.png", "3-800.png"):
        (folder / name).write_bytes(b"image")
    real = pages.Path.unlink

    def unlink(path, *given, **named):
        if path.name == "2-800.png":
            raise PermissionError(13, "Permission denied", str(path))
        real(path, *given, **named)

    monkeypatch.setattr(pages.Path, "unlink", unlink)
    page_images_sweep(age_s=-1)
    assert [one.name for one in folder.iterdir()] == ["2-800.png"]
    assert "2-800.png cannot be removed: Permission denied" in caplog.text
    monkeypatch.undo()
    page_images_sweep(age_s=-1)
    assert not list(folder.iterdir())


def test_a_box_of_a_passage_covers_ink_on_the_drawn_page(ready, colleague_asker):
    width_px = 1224
    for chunk in ready.chunks.all():
        image = Image.open(io.BytesIO(page_image(colleague_asker, ready.pk, chunk.page, width_px))).convert(
            "L"
        )
        scale = width_px / 612
        for line in chunk.lines:
            part = image.crop([round(edge * scale) for edge in line[3:7]])
            assert min(part.getdata()) < 100


@pytest.mark.parametrize("page", [0, -1, 4])
def test_a_page_that_is_not_there_is_not_found(ready, colleague_asker, page):
    with pytest.raises(NotFound):
        page_image(colleague_asker, ready.pk, page)


def test_an_image_of_a_senseless_width_is_refused(ready, colleague_asker):
    with pytest.raises(Invalid):
        page_image(colleague_asker, ready.pk, 1, 50_000)


def test_an_outsider_sees_no_page_no_text_and_no_file(ready, outsider_asker):
    page_free = ready.chunks.first()
    for attempt in (
        lambda: page_image(outsider_asker, ready.pk, 1),
        lambda: version_blocks(outsider_asker, ready.pk),
        lambda: version_file_open(outsider_asker, ready.pk),
        lambda: chunk_get(outsider_asker, page_free.pk),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_what_has_no_pages_has_no_images_but_its_text_in_order(add, run_job, colleague_asker):
    version, job = add("guide.md", "# Guide\n\nSome words.\n\n## Doses\n\nMore words.")
    run_job(job)
    with pytest.raises(NotFound):
        page_image(colleague_asker, version.pk, 1)
    blocks = version_blocks(colleague_asker, version.pk)
    assert "".join(block["text"] for block in blocks).startswith("Guide")
    assert all(block["locator"]["kind"] == "anchor" for block in blocks)
    assert all(block["end"] - block["start"] == len(block["text"]) for block in blocks)


def test_pages_are_counted_on_over_the_files_of_a_document(add, run_job, colleague_asker):
    second = pdf_make([PdfPage([Put(72, 100, "Landscape page")], media=(0, 0, 800, 200))])
    version, job = add(files=[upload("a.pdf", report_pdf(pages=2)), upload("b.pdf", second)])
    run_job(job)
    assert Image.open(io.BytesIO(page_image(colleague_asker, version.pk, 3, 400))).size == (400, 100)
    file, path = version_file_open(colleague_asker, version.pk, position=1)
    assert (file.name, path.read_bytes()) == ("b.pdf", second)


@pytest.fixture
def few_turns(settings):
    """Two pages may be drawn at once, whatever was configured before."""
    settings.RENDERINGS_AT_ONCE = 2
    pages._turns.cache_clear()
    yield
    pages._turns.cache_clear()


def drawing_now() -> int:
    """How many processes of ours draw a page."""
    found = 0
    for process in psutil.Process().children():
        try:
            found += "collegium.knowledge.render_child" in process.cmdline()
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.mark.django_db(transaction=True)
def test_only_so_many_pages_are_drawn_at_once_and_all_that_were_asked_for_come(
    add, run_job, colleague_asker, few_turns
):
    version, job = add(content=report_pdf(pages=8))
    run_job(job)

    def draw(page: int) -> bytes:
        try:
            return page_image(colleague_asker, version.pk, page, 700)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(draw, page) for page in [1, 2, 3, 4, 5, 6, 7, 7]]
        most = 0
        while not all(one.done() for one in asked):
            most = max(most, drawing_now())
        images = [one.result() for one in asked]
    assert 1 <= most <= 2
    assert len(set(images)) == 7 and images[6] == images[7]


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_too_long_is_told_to_come_again_and_kept_nobody_from_the_database(
    add, run_job, colleague_asker, few_turns, monkeypatch
):
    monkeypatch.setattr(pages, "WAIT_S", 0.2)
    version, job = add()
    run_job(job)
    for _ in range(2):
        pages._turns().acquire()
    with pytest.raises(Unavailable) as caught:
        page_image(colleague_asker, version.pk, 1, 700)
    assert (caught.value.status, caught.value.code) == (503, "busy")
    assert connection.connection is None
    pages._turns().release()
    assert page_image(colleague_asker, version.pk, 1, 700)
