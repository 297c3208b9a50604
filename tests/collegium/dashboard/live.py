"""A real server over the test's database, a browser, and what the browser complained of."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections

from tests.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[3]
FINANCE = ROOT / "verticals" / "finance" / "samples"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
BROWSER = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"needs a browser at {CHROMIUM}"),
]
# Controls that a reader of screens could not name.
CONTROLS = """[...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea')]
  .filter((one) => one.checkVisibility() && !(one.innerText || '').trim() && !one.getAttribute('aria-label')
    && !(one.labels && one.labels.length)).map((one) => one.outerHTML.slice(0, 120))"""


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser of playwright's; its loop runs in this thread, which Django takes for asynchronous code."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield browser
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def password_give(user: Any) -> Any:
    """The user, with a password that the server can check: the tests' own hasher is unknown to it."""
    user.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1000)
    user.save()
    return user


@contextmanager
def served(environment: dict[str, str], application: str = "collegium.asgi:application") -> Iterator[str]:
    """The site's address while uvicorn serves it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = (settings.HOME.root / "web.log").open("ab")
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            application,
            "--port",
            str(port),
            "--no-access-log",
        ],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        end = time.monotonic() + 40
        while True:
            try:
                httpx.get(f"{address}/sign-in/", timeout=20).raise_for_status()
                break
            except httpx.HTTPError:
                if server.poll() is not None or time.monotonic() > end:
                    log.close()
                    raise RuntimeError((settings.HOME.root / "web.log").read_text()[-3000:]) from None
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(10)
        log.close()


class Tab:
    """A page of the browser for one person, which keeps what went wrong in it."""

    def __init__(
        self, browser, address: str, *, viewport=DESKTOP, language="en-GB", scheme="light", scripts=True
    ) -> None:
        self.context = browser.new_context(
            viewport=viewport, locale=language, color_scheme=scheme, java_script_enabled=scripts
        )
        self.page = self.context.new_page()
        self.address = address
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _heard(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sign_in(self, name: str, password: str) -> None:
        self.open("/sign-in/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(self.address + "/")

    def shot(self, name: str, *, full: bool = False) -> None:
        """Keep a picture where SCREENSHOTS names a folder."""
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{folder}/{name}.png", full_page=full)

    def until(self, script: str, timeout_s: float = 60) -> None:
        """Wait until a script is true; playwright's own way of waiting is refused by our security policy."""
        end = time.monotonic() + timeout_s
        while not self.page.evaluate(script):
            assert time.monotonic() < end, script
            self.page.wait_for_timeout(50)

    def fits(self) -> bool:
        """Whether nothing sticks out at the side."""
        script = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        return self.page.evaluate(script)


def ingest_now(job_id: object) -> None:
    """Do a job as a worker does."""
    from collegium.knowledge.tasks import ingest

    ingest(str(job_id))


class Worker(threading.Thread):
    """Does queued jobs until it is stopped, in a thread with connections of its own."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()

    def run(self) -> None:
        from collegium.jobs.models import Job, JobState

        try:
            while not self.stopping.is_set():
                for job in Job.objects.filter(state=JobState.QUEUED).values_list("pk", flat=True):
                    ingest_now(job)
                self.stopping.wait(0.2)
        finally:
            connections.close_all()

    def stop(self) -> None:
        self.stopping.set()
        self.join(60)
