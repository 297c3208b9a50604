"""The pages of fine-tuning in a real chrome over a real server, while a training goes on."""

import threading

import pytest
from django.db import connections

from collegium.jobs.models import Job
from tests.collegium.dashboard.live import BROWSER, CONTROLS, PHONE, Tab, password_give, served
from tests.conftest import PASSWORD

pytestmark = BROWSER


@pytest.fixture(scope="module")
def site(session_environment):
    with served(session_environment, "tests.collegium.tuning.trained_site:application") as address:
        yield address


@pytest.fixture
def tab(chrome, site, owner):
    password_give(owner)
    opened = Tab(chrome, site)
    opened.sign_in("owner", PASSWORD)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def work_now() -> None:
    """Do the one queued job as a worker does, in a thread with connections of its own."""
    from collegium.jobs.services import job_claim
    from collegium.tuning.runner import run_train

    try:
        run_train(job_claim(job_id=Job.objects.get(kind="tuning", state="queued").pk))
    finally:
        connections.close_all()


def test_a_run_is_started_by_keyboard_and_its_curves_grow_until_the_certificate_is_there(
    tab, notes, training
):
    training(step_s=0.12)
    tab.open("/tuning/new/?recipe=dummy.private")
    page = tab.page
    page.focus("input[name=base]")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "set-epsilon"
    page.keyboard.press("Control+a")
    page.keyboard.type("0.25")
    page.fill("#set-steps", "60")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tuning-live")
    assert "queued" in page.inner_text("#tuning-live")
    worker = threading.Thread(target=work_now)
    worker.start()
    points = "document.getElementById('tuning-epsilon') && JSON.parse(document.getElementById('tuning-epsilon').textContent).series[0].data.length"
    tab.until(f"({points}) >= 3")
    tab.until("document.querySelector('#tuning-live [data-chart] svg path') !== null")
    tab.shot("tuning-live", full=True)
    before = page.evaluate(points)
    tab.until(f"({points}) > {before}")
    page.focus("#tuning-cancel")
    page.wait_for_timeout(2500)
    assert page.evaluate("document.activeElement.id") == "tuning-cancel"  # what is focused stays so
    worker.join(60)
    page.wait_for_selector("text=Certificate of privacy")
    tab.shot("tuning-done", full=True)
    assert page.locator("#tuning-live[hx-get]").count() == 0
    tab.open("/privacy/")
    assert "1.75" in page.inner_text("main")


def test_on_a_phone_every_page_fits_and_every_control_has_a_name(
    chrome, site, owner, start, work, training, notes
):
    password_give(owner)
    one, other = work(start(epsilon=0.25)), work(start("dummy.open"))
    phone = Tab(chrome, site, viewport=PHONE, scheme="dark")
    phone.sign_in("owner", PASSWORD)
    for name, path in {
        "runs": "/tuning/",
        "start": "/tuning/new/?recipe=dummy.private",
        "run": f"/tuning/{one.pk}/",
        "compare": f"/tuning/compare/?run={one.pk}&run={other.pk}",
        "privacy": "/privacy/",
    }.items():
        phone.open(path)
        phone.shot(f"phone-tuning-{name}", full=True)
        assert phone.fits(), name
        assert phone.page.evaluate(CONTROLS) == [], name
    assert phone.complaints == []
    phone.context.close()
