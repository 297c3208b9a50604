"""The pages in a real chrome, over a real server, with real documents and embeddings; no language model."""

import io

import pytest
from django.core.files import File
from PIL import Image

from tests.collegium.dashboard.live import (
    BROWSER,
    FINANCE,
    PHONE,
    Tab,
    Worker,
    ingest_now,
    password_give,
    served,
)
from tests.conftest import PASSWORD

pytestmark = BROWSER
REPORT = FINANCE / "tarnbeck-annual-report-2024.pdf"
CHINESE_REPORT = FINANCE / "jichuan-annual-report-2023.pdf"
QUARTER = FINANCE / "tarnbeck-quarterly-report-2025-q1.htm"
QUESTION = "Why did the gross margin of Tarnbeck Instruments change in 2024?"


@pytest.fixture(scope="module")
def site(session_environment, embeddings):
    """The address of a web process that the tests of this module share."""
    with served(session_environment) as address:
        yield address


@pytest.fixture
def person(editor):
    return password_give(editor)


@pytest.fixture
def tab(chrome, site, person):
    """A signed-in editor's page; the test fails where the browser complained of anything."""
    opened = Tab(chrome, site)
    opened.sign_in("editor", PASSWORD)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def add(asker, base, path, title=""):
    from collegium.knowledge.services import document_add

    with path.open("rb") as stream:
        version, job = document_add(
            asker=asker, knowledge_base=base, files=[File(stream, name=path.name)], title=title
        )
    ingest_now(job.pk)
    version.refresh_from_db()
    assert version.state == "ready", job
    return version


@pytest.fixture
def report(embeddings, transactional_db, finance_base, editor_asker):
    return add(editor_asker, finance_base, REPORT, "Tarnbeck Instruments: Annual Report 2024")


def ask(tab, question=QUESTION):
    tab.open("/")
    tab.page.fill("#question", question)
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/answers/*/", timeout=30_000)


def ink_share(png: bytes, box, leaf) -> float:
    """The share of dark pixels of a page's image under a box that the browser drew over it."""
    image = Image.open(io.BytesIO(png)).convert("L")
    scale = image.width / leaf["width"]
    left, top = (box["x"] - leaf["x"]) * scale, (box["y"] - leaf["y"]) * scale
    cut = image.crop((left, top, left + box["width"] * scale, top + box["height"] * scale))
    dark = sum(count for value, count in enumerate(cut.histogram()) if value < 128)
    return dark / max(1, cut.width * cut.height)


def test_a_question_is_answered_and_its_citation_opens_the_page_with_the_box_on_the_words(tab, report):
    ask(tab)
    page = tab.page
    assert page.locator("#turns .block-evidence").count() == 1
    assert "language model" in page.locator("#turns .block-notice").inner_text()
    tab.shot("ask-answered")
    mark = page.locator("#turns .block-evidence .cite").first
    number = int(mark.inner_text())
    mark.click()
    page.wait_for_selector("#panel [data-boxes] rect")
    tab.until("document.querySelector('#panel img').complete")
    page.wait_for_timeout(200)
    tab.shot("ask-source")
    leaf = page.locator("#panel [data-leaf]").bounding_box()
    image = page.request.get(site_url(tab, page.locator("#panel img").get_attribute("src"))).body()
    assert image.startswith(b"\x89PNG")
    boxes = page.locator("#panel [data-boxes] rect")
    shares = [ink_share(image, boxes.nth(n).bounding_box(), leaf) for n in range(boxes.count())]
    assert min(shares) > 0.04, shares  # words, not white space
    quoted_place_is_right(page, report, number)
    page.keyboard.press("Escape")
    assert page.locator("#panel article").count() == 0
    focused = page.evaluate("document.activeElement.className")
    assert "cite" in focused


def site_url(tab, path):
    return tab.address + path


def quoted_place_is_right(page, report, number):
    """The words that the PDF itself has under the drawn boxes are the quotation's first words."""
    import pypdfium2

    from collegium.answers.models import Citation
    from collegium.knowledge.blobs import blob_path

    cited = Citation.objects.get(ordinal=number)
    pdf = pypdfium2.PdfDocument(blob_path(report.files.get().sha256))
    sheet = pdf[cited.page - 1]
    height = sheet.get_height()
    viewbox = page.locator("#panel [data-boxes]").get_attribute("viewBox").split()
    assert [round(float(value)) for value in viewbox[2:]] == [round(sheet.get_width()), round(height)]
    first = page.locator("#panel [data-boxes] rect").first
    x, y, wide, high = (float(first.get_attribute(name)) for name in ("x", "y", "width", "height"))
    text = sheet.get_textpage().get_text_bounded(x, height - y - high, x + wide, height - y)
    assert "".join(text.split())[:12] == "".join(cited.quote.split())[:12]


def test_a_reload_shows_the_stored_answer_and_how_it_was_made(tab, report):
    ask(tab)
    before = tab.page.locator("#turns .block-evidence").inner_text()
    tab.page.reload()
    assert tab.page.locator("#turns .block-evidence").inner_text() == before
    tab.page.locator("summary", has_text="How this answer was made").click()
    assert "quotations only" in tab.page.locator("dl.facts").inner_text()
    tab.page.fill("#question", "And in 2023?")
    tab.page.keyboard.press("Enter")
    tab.until("document.querySelectorAll('#turns .turn[id]').length === 2")
    assert tab.page.locator("#turns .turn").count() == 2
    assert tab.page.locator(".thread").count() >= 1


def test_nothing_relevant_is_refused_and_says_what_was_searched(tab, report):
    ask(tab, "Who won the football championship of Brazil?")
    text = tab.page.locator("#turns").inner_text()
    assert "no answer" in text.lower()
    assert "Reports" in text
    tab.shot("ask-refused")


def test_an_upload_shows_its_stages_until_it_is_ready(tab, finance_base):
    tab.open(f"/knowledge/{finance_base.pk}/")
    tab.shot("knowledge-empty")
    tab.page.set_input_files("#files", [str(REPORT), str(QUARTER)])
    tab.page.click("text=Upload")
    tab.page.wait_for_selector(".state.running")
    assert tab.page.locator(".state.running").count() == 2
    tab.shot("knowledge-running")
    worker = Worker()
    worker.start()
    try:
        tab.until("document.querySelectorAll('.docs .state.ready').length >= 2", timeout_s=180)
    finally:
        worker.stop()
    assert tab.page.locator("#poller[hx-get]").count() == 0
    tab.shot("knowledge-ready")
    tab.page.set_input_files("#files", [str(REPORT)])
    tab.page.click("text=Upload")
    tab.page.wait_for_selector(".notice.error")
    assert (
        "exists already" in tab.page.locator(".notice.error").inner_text()
        or tab.page.locator(".notice.error a").count()
    )


def test_a_file_that_cannot_be_read_says_why_and_can_be_stopped_and_retried(tab, finance_base, tmp_path):
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(REPORT.read_bytes()[:4000])
    tab.open(f"/knowledge/{finance_base.pk}/")
    tab.page.set_input_files("#files", [str(broken)])
    tab.page.click("text=Upload")
    tab.page.click("text=Stop reading it")
    tab.page.wait_for_selector("text=stopped")
    tab.page.click("text=Try again")
    tab.page.wait_for_selector(".state.running")
    worker = Worker()
    worker.start()
    try:
        tab.page.wait_for_selector(".state.failed", timeout=30_000)
    finally:
        worker.stop()
    assert "PDF" in tab.page.locator(".docs").inner_text()
    tab.shot("knowledge-failed")


def test_search_marks_the_words_and_opens_the_passage(tab, report):
    tab.open("/search/?q=revenue")
    assert tab.page.locator("mark", has_text="evenue").count() >= 1
    tab.shot("search")
    tab.page.locator("h2 a[data-panel]").first.click()
    tab.page.wait_for_selector("#panel [data-boxes] rect")


def test_the_pages_speak_chinese_after_a_switch_and_after_signing_in_elsewhere(
    tab, chrome, site, finance_base, editor_asker
):
    add(editor_asker, finance_base, CHINESE_REPORT)
    tab.page.click("text=简体中文")
    assert tab.page.locator("html").get_attribute("lang") == "zh-hans"
    tab.shot("zh-ask")
    tab.page.fill("#question", "营业收入是多少？")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/answers/*/", timeout=30_000)
    assert tab.page.locator("#turns .block-computed").count() == 1
    tab.shot("zh-answered")
    other = Tab(chrome, site, viewport=PHONE, language="en-GB")
    other.sign_in("editor", PASSWORD)
    assert other.page.locator("html").get_attribute("lang") == "zh-hans"
    other.open("/search/?q=营业收入")
    assert other.page.locator("mark").count() >= 1
    other.shot("zh-phone-search")
    other.context.close()


def test_on_a_phone_every_page_fits_and_a_source_is_a_page_of_its_own(
    chrome, site, person, report, finance_base
):
    phone = Tab(chrome, site, viewport=PHONE, scheme="dark")
    phone.sign_in("editor", PASSWORD)
    document = report.document_id
    for name, path in {
        "ask": "/",
        "search": "/search/?q=revenue",
        "knowledge": "/knowledge/",
        "base": f"/knowledge/{finance_base.pk}/",
        "document": f"/documents/{document}/",
        "sharing": f"/documents/{document}/sharing/",
        "engine": "/engine/",
        "source": f"/documents/{document}/versions/{report.pk}/",
        "reports": "/v/finance/reports",
    }.items():
        phone.open(path)
        phone.shot(f"phone-{name}")
        assert phone.fits(), name
    ask(phone)
    assert phone.fits()
    phone.shot("phone-answered", full=True)
    phone.page.locator("#turns .cite").first.click()
    phone.page.wait_for_url("**/citations/*/")
    phone.page.wait_for_selector("[data-boxes] rect")
    phone.shot("phone-citation")
    assert phone.fits()
    phone.page.click("#menu-button")
    phone.shot("phone-menu")
    assert phone.page.locator("#sidebar").is_visible()
    assert phone.complaints == []
    phone.context.close()


def test_asking_and_reading_a_source_needs_no_mouse(tab, report):
    tab.open("/knowledge/")
    page = tab.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    tab.open("/")
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.type(QUESTION)
    page.keyboard.press("Shift+Enter")
    assert page.input_value("#question").endswith("\n")
    page.keyboard.press("Enter")
    page.wait_for_url("**/answers/*/", timeout=30_000)
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('#turns .block-evidence .cite')"):
            break
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel [data-boxes] rect")
    assert page.evaluate("document.activeElement.id") == "panel"


def test_every_control_has_a_name(tab, report, finance_base):
    script = """[...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea')]
      .filter((one) => one.checkVisibility() && !(one.innerText || '').trim() && !one.getAttribute('aria-label')
        && !(one.labels && one.labels.length)).map((one) => one.outerHTML.slice(0, 120))"""
    for path in ("/", "/search/?q=revenue", "/knowledge/", f"/knowledge/{finance_base.pk}/", "/engine/"):
        tab.open(path)
        assert tab.page.evaluate(script) == [], path


def test_deleting_asks_first(tab, report):
    tab.open(f"/documents/{report.document_id}/")
    tab.page.click("button:has-text('Delete')")
    tab.shot("delete")
    tab.page.click("#confirm button[value=no]")
    assert tab.page.url.endswith(f"/documents/{report.document_id}/")
    tab.page.click("section button:has-text('Delete')")
    tab.page.click("#confirm-yes")
    tab.page.wait_for_selector("text=was deleted")


def test_a_long_list_is_paged_through_by_keyboard_and_fits_a_phone_without_scripts(
    tab, chrome, site, person, finance_base
):
    from collegium.knowledge.models import Document

    for number in range(1, 121):
        Document.objects.create(
            workspace=finance_base.workspace,
            knowledge_base=finance_base,
            title=f"Filing {number}",
            created_by=person,
        )
    page, path = tab.page, f"/knowledge/{finance_base.pk}/"
    tab.open(path)
    page.focus("text=Filing 71")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.rel") == "next":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}?page=2#documents")
    assert page.locator("[aria-current=page]").last.inner_text() == "2"
    page.keyboard.press("Tab")  # the reader goes on in the list, not at the top of the page
    assert page.evaluate("document.activeElement.innerText") == "Filing 70"
    tab.shot("documents-pages", full=True)
    phone = Tab(chrome, site, viewport=PHONE, language="zh-CN", scripts=False)
    phone.sign_in("editor", PASSWORD)
    phone.open(path)
    assert phone.fits()
    phone.page.click("a[rel=next]")
    assert phone.page.locator("text=Filing 70").is_visible()
    phone.shot("documents-pages-phone", full=True)
    assert phone.fits()
    phone.context.close()
