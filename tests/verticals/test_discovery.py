"""Verticals come and go as installed packages: a broken one is reported and the site goes on without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import django
django.setup()
from django.test import Client
from collegium.sdk.registry import broken_verticals, loaded_verticals
page = Client(headers={"host": "localhost"}).get("/sign-in/")
print(page.status_code, sorted(loaded_verticals()), sorted(broken_verticals()))
"""


def distribution(folder: Path, name: str, entry_point: str) -> None:
    """A package as an installer leaves it: metadata that names its entry point."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[collegium.verticals]\n{entry_point}\n")


@pytest.fixture
def run(tmp_path, db):
    """run(*arguments, **environment) -> the process, with the packages below tmp_path/site installed."""
    from django.conf import settings

    def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        paths = [str(tmp_path / "site"), str(ROOT), str(ROOT / "platform")]
        given = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "COLLEGIUM_HOME": str(settings.HOME.root),
            "DJANGO_SETTINGS_MODULE": "collegium.settings",
            **environment,
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return start


def test_an_installed_vertical_is_found_by_its_entry_point(run, tmp_path):
    distribution(tmp_path / "site", "dummy-vertical", "dummy = tests.verticals.dummy.apps:DummyConfig")
    listed = run("manage.py", "verticals", "check")
    assert listed.returncode == 0, listed.stderr
    assert "dummy: ok" in listed.stdout and "finance: ok" in listed.stdout


@pytest.mark.parametrize(
    ("entry_point", "words"),
    [
        ("lost = tests.verticals.broken.unimportable:LostConfig", "a_module_that_nobody_installed"),
        ("lost = tests.verticals.broken.apps:RaisesConfig", "the licence file is missing"),
    ],
)
def test_a_broken_vertical_leaves_the_site_up_and_is_reported(run, tmp_path, entry_point, words):
    distribution(tmp_path / "site", "lost-vertical", entry_point)
    site = run("-c", PROGRAM)
    assert site.returncode == 0, site.stderr[-2000:]
    assert site.stdout.splitlines()[-1].startswith("200 ['finance', 'medical'] ['")
    checked = run("manage.py", "verticals", "check")
    assert checked.returncode == 1
    assert words in checked.stdout and "Traceback" in checked.stdout
    assert "finance: ok" in checked.stdout
    system = run("manage.py", "check")
    assert system.returncode == 0 and "collegium.W001" in system.stderr and words in system.stderr


def test_the_operator_allows_verticals_by_name(run, tmp_path):
    distribution(tmp_path / "site", "dummy-vertical", "dummy = tests.verticals.dummy.apps:DummyConfig")
    site = run("-c", PROGRAM, COLLEGIUM_VERTICALS="medical,astrology")
    assert site.stdout.splitlines()[-1] == "200 ['medical'] ['astrology']", site.stderr[-2000:]


def test_a_vertical_for_another_sdk_is_not_loaded(run, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "futuristic.py").write_text(
        "from collegium.sdk.apps import VerticalConfig\n"
        "class FuturisticConfig(VerticalConfig):\n"
        "    name = label = 'futuristic'\n"
        "    path = __file__.rsplit('/', 1)[0]\n"
        "    vertical = 'futuristic_vertical.Futuristic'\n"
    )
    (tmp_path / "site" / "futuristic_vertical.py").write_text(
        "from collegium.sdk.vertical import Vertical\n"
        "class Futuristic(Vertical):\n"
        "    slug = 'futuristic'\n    name = {'en': 'F', 'zh': 'F'}\n    sdk = '>=9'\n"
    )
    distribution(tmp_path / "site", "futuristic", "futuristic = futuristic:FuturisticConfig")
    checked = run("manage.py", "verticals", "check")
    assert checked.returncode == 1 and "It needs SDK >=9; this is 1" in checked.stdout
