"""The graph of a concept in a real browser: by keyboard alone, drawn where its nodes are, on desktop and phone."""

import pytest

from tests.collegium.dashboard.live import BROWSER, CONTROLS, PHONE, Tab, password_give
from tests.conftest import PASSWORD
from tests.verticals.medical.terminology.releases import (
    CONCEPTS,
    FEVER,
    FINDING,
    HEAD_PAIN,
    PAIN,
    PARENTS,
    concept,
    description,
    file_write,
    names,
    relationship,
)  # fmt: skip
from verticals.medical.terminology import rf2_names as rf2

pytestmark = BROWSER
PAGES = "/v/medical/terminology/snomed"
FOCUSED = "document.activeElement.textContent"
LINES = "document.querySelector('[data-graph] svg path').getAttribute('d').split('M').length - 1"
NODES = "document.querySelectorAll('[data-graph] a.node').length"
# Whether the first line ends at the node in the middle, which is below the first parent's.
MEETS = """(() => {
  const outer = document.querySelector('[data-graph]').getBoundingClientRect();
  const path = document.querySelector('[data-graph] svg path').getAttribute('d');
  const [x, y] = path.split('M')[1].trim().split(' ').at(-1).split(',').map(Number);
  const middle = document.querySelector('[data-here]').getBoundingClientRect();
  return Math.abs(x - (middle.left - outer.left + middle.width / 2)) < 2 && Math.abs(y - (middle.top - outer.top)) < 2;
})()"""


@pytest.fixture
def tab(chrome, site, colleague, loaded):
    password_give(colleague)
    opened = Tab(chrome, site, viewport={"width": 1280, "height": 900})
    opened.sign_in(colleague.username, PASSWORD)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def test_the_graph_is_walked_by_keyboard_alone(tab):
    tab.open(f"{PAGES}/{PAIN}/")
    tab.until(f"{LINES} === {NODES}")
    assert tab.page.evaluate(MEETS)
    tab.page.locator("[data-here]").focus()
    for key, name in (("ArrowUp", "Clinical finding"), ("ArrowDown", "Pain"), ("ArrowDown", "Pain of head")):
        tab.page.keyboard.press(key)
        assert name in tab.page.evaluate(FOCUSED), key
    with tab.page.expect_navigation(url=f"**/{HEAD_PAIN}/"):
        tab.page.keyboard.press("Enter")
    tab.until(f"{LINES} >= 2")
    tab.page.locator("[data-here]").focus()
    tab.page.keyboard.press("ArrowRight")
    assert "Head structure" in tab.page.evaluate(FOCUSED)
    tab.page.keyboard.press("ArrowLeft")
    tab.page.keyboard.press("ArrowUp")
    with tab.page.expect_navigation(url=f"**/{PAIN}/"):
        tab.page.keyboard.press("Enter")


def test_lines_follow_their_nodes_when_the_window_changes(tab):
    tab.open(f"{PAGES}/{FINDING}/")
    tab.until(f"{LINES} === {NODES}")
    tab.page.set_viewport_size({"width": 700, "height": 900})
    tab.until(MEETS)


def test_the_pages_fit_desktop_and_phone_in_both_languages(chrome, site, tab, colleague):
    phone = Tab(chrome, site, viewport=PHONE, language="zh-CN")
    phone.sign_in(colleague.username, PASSWORD)
    for opened, size in ((tab, 1280), (phone, 390)):
        for name, path in {
            "concept": f"{PAGES}/{HEAD_PAIN}/",
            "search": "/v/medical/terminology/?q=pain",
        }.items():
            opened.open(path)
            opened.page.wait_for_timeout(200)
            opened.shot(f"{name}-{size}", full=True)
            assert opened.fits(), (name, size)
            assert opened.page.evaluate(CONTROLS) == [], name
    assert phone.complaints == []
    phone.context.close()


def test_a_concept_with_long_names_and_thousands_of_children_fits_desktop_and_phone(
    chrome, site, colleague, load, folder
):
    word = "Pneumonoultramicroscopicsilicovolcanoconiosis"
    many = [f"{number}1000" for number in range(3000, 7000)]
    file_write(folder, "Concept", [concept(code) for code in [*CONCEPTS, *many]])
    edges = [relationship(1000 + at, *edge) for at, edge in enumerate(PARENTS)]
    edges += [relationship(50_000 + at, code, FEVER) for at, code in enumerate(many)]
    file_write(folder, "Relationship", edges)
    whole = [
        description(80_000 + at, code, word * 20, rf2.FULLY_SPECIFIED_NAME) for at, code in enumerate(many)
    ]
    others = [row for row in names() if row[4] != FEVER]
    long = [description(90_000, FEVER, word * 40, rf2.FULLY_SPECIFIED_NAME)]
    file_write(folder, "Description", others + whole + long, origin="X" * 150)
    (folder / "sct2_Description_Snapshot-en_INT_20250101.txt").unlink()
    load(folder)
    password_give(colleague)
    for language, viewport in (("en", {"width": 1280, "height": 900}), ("zh-CN", PHONE)):
        opened = Tab(chrome, site, viewport=viewport, language=language)
        opened.sign_in(colleague.username, PASSWORD)
        opened.open(f"{PAGES}/{FEVER}/")
        opened.until(f"{LINES} >= {NODES}")
        assert opened.fits() and opened.page.evaluate(CONTROLS) == [], language
        opened.page.locator("details summary").click()
        assert opened.fits(), language
        opened.open(f"/v/medical/terminology/?q={word}")
        assert opened.fits(), language
        assert opened.complaints == []
        opened.context.close()
