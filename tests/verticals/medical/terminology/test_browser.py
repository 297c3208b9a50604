"""The graph of a concept in a real browser: by keyboard alone, drawn where its nodes are, on desktop and phone."""

import pytest

from tests.collegium.dashboard.live import BROWSER, CONTROLS, PHONE, Tab, password_give
from tests.conftest import PASSWORD
from tests.verticals.medical.terminology.releases import FINDING, HEAD_PAIN, PAIN

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
