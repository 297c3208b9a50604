"""The viewer in a real browser: window, size, frames and lengths, by keyboard as by pointer, on desktop and phone."""

import numpy as np
import pytest

from tests.collegium.dashboard.live import BROWSER, CONTROLS, PHONE, Tab, password_give
from tests.conftest import PASSWORD
from tests.verticals.medical.imaging.made import STUDY, dicom_bytes, dicom_make, pixels_set
from tests.verticals.medical.imaging.test_uploads import REPORT
from verticals.medical.imaging.models import ImagingInstance
from verticals.medical.imaging.samples.phantom import chest_slice

pytestmark = BROWSER
SOURCE = "document.querySelector('[data-image]').src"
TOLD = "document.querySelector('[data-told]').textContent"
SHEET = "document.querySelector('[data-sheet]').style.transform"


@pytest.fixture
def image(send, images_on):
    """A series of two frames with a size of its pixels, and its report; the address of the viewer."""
    made = dicom_make(PixelSpacing=[2.0, 1.0], WindowCenter=40, WindowWidth=400)
    pixels_set(made, np.stack([chest_slice(0.5, 128), chest_slice(0.2, 128)]))
    send({"ct.dcm": dicom_bytes(made)})
    send({"report.md": REPORT})
    return f"/v/medical/images/{ImagingInstance.objects.get().pk}/"


@pytest.fixture
def tab(chrome, site, editor, image):
    password_give(editor)
    opened = Tab(chrome, site, viewport={"width": 1280, "height": 900})
    opened.sign_in("editor", PASSWORD)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def loaded(tab) -> None:
    tab.until(
        "document.querySelector('[data-image]').complete && document.querySelector('[data-image]').naturalWidth === 128"
    )


def test_the_viewer_is_used_by_keyboard_alone(tab, image):
    tab.open(image)
    loaded(tab)
    stage = tab.page.locator("[data-stage]")
    stage.focus()
    for key, part in (("W", "w=410"), ("c", "c=30"), ("PageDown", "/2.png"), ("i", "inverse=1")):
        stage.press(key)
        tab.until(f"{SOURCE}.includes({part!r})")
        loaded(tab)
    before = tab.page.evaluate(SHEET)
    stage.press("+")
    stage.press("ArrowLeft")
    assert tab.page.evaluate(SHEET) != before
    stage.press("m")
    # The line that measuring begins with: a fifth of 128 pixels of 1 mm.
    assert tab.page.evaluate(TOLD) == "25.6 mm"
    stage.press("ArrowDown")
    assert tab.page.evaluate(TOLD) == f"{np.hypot(25.6, 2):.1f} mm"
    stage.press("0")
    tab.until(f"{SOURCE}.endsWith('/2.png')")
    loaded(tab)
    assert tab.page.evaluate(CONTROLS) == []


def test_the_viewer_is_used_by_pointer(tab, image):
    tab.open(image)
    loaded(tab)
    box = tab.page.locator("[data-stage]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = tab.page.evaluate(SHEET)
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + 40, y + 30)
    tab.page.mouse.up()
    assert tab.page.evaluate(SHEET) != before and "?" not in tab.page.evaluate(SOURCE)
    tab.page.keyboard.down("Shift")
    tab.page.mouse.down()
    tab.page.mouse.move(x + 100, y + 30)
    tab.page.mouse.up()
    tab.page.keyboard.up("Shift")
    tab.until(f"{SOURCE}.includes('w=')")
    tab.page.click("text=Lung")
    tab.until(f"{SOURCE}.includes('c=-600&w=1500')")
    loaded(tab)
    tab.page.click("text=Measure")
    tab.page.mouse.click(x, y)
    tab.page.mouse.click(x + 60, y)
    assert tab.page.evaluate(TOLD).endswith(" mm")
    tab.shot("viewer-en-1280")


def test_the_pages_fit_desktop_and_phone_in_both_languages(chrome, site, tab, image):
    pages = {"images": "/v/medical/images/", "case": f"/v/medical/images/study/{STUDY}/", "viewer": image}
    phone = Tab(chrome, site, viewport=PHONE, language="zh-CN")
    phone.sign_in("editor", PASSWORD)
    for opened, size in ((tab, 1280), (phone, 390)):
        for name, path in pages.items():
            opened.open(path)
            opened.page.wait_for_timeout(300)
            opened.shot(f"{name}-{size}", full=True)
            assert opened.fits(), (name, size)
            assert opened.page.evaluate(CONTROLS) == [], name
    assert phone.complaints == []
    phone.context.close()
