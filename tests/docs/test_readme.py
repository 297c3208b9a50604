"""The README's own steps, done as they stand there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
RULING = """# Tenant v. Landlord

Harbour District Court

## Findings

The deposit must be returned within thirty days after the tenant has handed back the keys.
The landlord kept 400 marks without naming any damage.

## Ruling

The landlord returns the deposit of 400 marks with interest of four percent.
"""


def _section(title: str) -> str:
    return README.split(f"## {title}\n")[1].split("\n## ")[0]


def _files(section: str) -> dict[str, str]:
    """File name -> content, for every code block that follows a line with a name in backticks alone."""
    return dict(re.findall(r"^`([\w./-]+)`\n\n```\w+\n(.*?)```", section, re.M | re.S))


def _run(*arguments: str, env: dict[str, str]) -> str:
    run = subprocess.run(arguments, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("embeddings")
def test_a_vertical_written_by_the_readme_ingests_and_answers(tmp_path, workspace, process_environment):
    source, site = tmp_path / "collegium-law", tmp_path / "site"
    files = _files(_section("Write a vertical in 10 minutes"))
    assert set(files) == {"pyproject.toml", "collegium_law/apps.py", "collegium_law/vertical.py"}
    for name, content in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(content)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--target",
        str(site),
    ]
    _run(*pip, str(source), env=dict(os.environ))
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")]))
    env = {**process_environment, "PYTHONPATH": path}
    manage = [sys.executable, "manage.py"]

    assert "law: ok" in _run(*manage, "verticals", "check", env=env)
    _run(*manage, "verticals", "enable", "law", "--workspace", workspace.slug, env=env)
    ruling = tmp_path / "ruling.md"
    ruling.write_text(RULING)
    _run(
        *manage,
        "ingest",
        str(ruling),
        "--workspace",
        workspace.slug,
        "--vertical",
        "law",
        "--knowledge-base",
        "Rulings",
        env=env,
    )
    asked = [
        *manage,
        "ask",
        "When must the deposit be returned to the tenant?",
        "--vertical",
        "law",
        "--json",
    ]
    answer = json.loads(_run(*asked, "--workspace", workspace.slug, env=env).splitlines()[-1])

    assert not answer["refused"]
    assert "thirty days" in answer["citations"][0]["quote"]

    from collegium.knowledge.models import DocumentVersion

    assert DocumentVersion.objects.get().metadata["court"] == "Harbour District Court"


def test_every_environment_variable_of_the_readme_is_read_by_the_settings():
    settings = "".join(
        (ROOT / "platform/collegium" / name).read_text()
        for name in ("settings.py", "environment.py", "ops/installation.py")
    )
    named = set(
        re.findall(r"`((?:COLLEGIUM|ENGINE|EMBEDDINGS|DATABASE|REDIS)_[A-Z_]+)`", _section("Configuration"))
    )
    assert named
    assert not [name for name in named if f'"{name}"' not in settings]


def test_every_make_target_of_the_readme_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"make ([a-z-]+)", README)) <= targets
