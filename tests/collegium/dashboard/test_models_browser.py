"""The pages of models in a real browser: by keyboard alone, on desktop and phone, in both languages."""

import pytest

from collegium.serving.models import ModelAlias
from collegium.serving.services import alias_move, model_register
from tests.collegium.dashboard.live import BROWSER, CONTROLS, PHONE, Tab, password_give
from tests.conftest import PASSWORD
from tests.scripted_engine import Script, engine_running

pytestmark = BROWSER
CERTIFICATE = {
    "epsilon": 0.4993, "delta": 1e-5, "unit": "group", "accountant": "prv", "eps_error": 0.0008,
    "noise_multiplier": 4.27, "max_grad_norm": 1.0, "sample_rate": 0.1024, "steps": 30, "records": 5000,
    "groups": 1200, "data_sha256": "ab" * 32, "code_version": "collegium 0.1.0", "secure_random": False,
    "statement": "The weights are (0.4993, 1e-05)-differentially private for each group.",
}  # fmt: skip


@pytest.fixture
def versions():
    with engine_running(Script()) as old, engine_running(Script()) as new:
        rows = [
            model_register(url=script.url, name=name, version="1", digest=digit * 64)
            for name, script, digit in (("collegium-old", old, "1"), ("collegium-new", new, "2"))
        ]
        rows[1].certificate, rows[1].base = CERTIFICATE, rows[0]
        rows[1].card = {"train": {"examples": 5000}, "read": 5210}
        rows[1].save()
        alias_move(name="production", model_version=rows[0])
        yield rows


@pytest.fixture
def tab(chrome, site, owner, versions):
    owner.is_staff = True
    owner.save()
    password_give(owner)
    opened = Tab(chrome, site)
    opened.sign_in("owner", PASSWORD)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def test_a_version_is_promoted_past_the_gate_with_a_reason_and_rolled_back_by_keyboard(tab, versions):
    old, new = versions
    tab.open(f"/models/{new.uid}/")
    page = tab.page
    page.focus("#reason")
    page.keyboard.type("Measured by hand on the ward's questions.")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert ModelAlias.objects.get(name="production").model_version_id == new.pk
    tab.open("/models/")
    button = page.locator("form[action$='/models/rollback/'] button")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.locator("dialog[open] button", has_text="Roll back").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert ModelAlias.objects.get(name="production").model_version_id == old.pk


def test_the_pages_fit_desktop_and_phone_in_both_languages(chrome, site, tab, versions):
    phone = Tab(chrome, site, viewport=PHONE, language="zh-CN")
    phone.sign_in("owner", PASSWORD)
    pages = {
        "models": "/models/",
        "model": f"/models/{versions[1].uid}/",
        "privacy": "/privacy/",
        "tuning": "/tuning/",
    }
    for opened, size in ((tab, 1280), (phone, 390)):
        for name, path in pages.items():
            opened.open(path)
            opened.page.wait_for_timeout(200)
            opened.shot(f"{name}-{size}", full=True)
            assert opened.fits(), (name, size)
            assert opened.page.evaluate(CONTROLS) == [], name
    assert phone.complaints == []
    phone.context.close()
