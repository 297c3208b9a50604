"""Rules about the tree that no other tool checks."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON_FILES = [path for top in ("platform", "verticals", "engine") for path in (ROOT / top).rglob("*.py")]
KINDS_PINNED = ("nodeps", "dev", "compress", "llama-cpp")
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}


def test_platform_is_no_package_so_that_the_standard_library_keeps_its_own():
    assert not (ROOT / "platform" / "__init__.py").exists()
    code = "import platform, uuid; assert platform.python_version(); uuid.uuid4()"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_no_tests_lie_under_platform():
    assert not list((ROOT / "platform").rglob("test_*.py"))
    assert not list((ROOT / "platform").rglob("conftest.py"))


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_named_for_its_noun_and_of_readable_length(path):
    assert path.stem not in VAGUE_NAMES
    if "migrations" not in path.parts:
        assert len(path.read_text().splitlines()) <= 400, "split it by subject"


def test_the_dependency_rules_hold():
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_engine_client_errors_and_manifest_import_without_torch():
    code = (
        "import sys; import engine.client, engine.errors, engine.manifest;"
        "heavy = {'torch', 'vllm', 'transformers', 'django'} & set(sys.modules); assert not heavy, heavy"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_platform_names_no_vertical():
    """Not even as a string: slugs reach it through the registry alone."""
    from importlib.metadata import entry_points

    slugs = {
        point.name
        for point in entry_points(group="collegium.verticals")
        if point.value.startswith("verticals.")
    }
    assert slugs
    for path in (ROOT / "platform").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in slugs:
                pytest.fail(f"{path.relative_to(ROOT)}:{node.lineno} names the vertical '{node.value}'")


def test_no_evaluation_data_and_no_large_file_is_committed():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert not [path for path in paths if path.exists() and path.stat().st_size > 1_000_000]


def test_every_pinned_requirement_has_one_exact_version():
    names = ["requirements.txt", "constraints.txt", *(f"requirements-{k}.txt" for k in KINDS_PINNED)]
    for name in names:
        for line in (ROOT / name).read_text().splitlines():
            line = line.split("#")[0].strip()
            if line and not line.startswith("-"):
                assert "==" in line, f"{name}: {line}"


def test_what_has_the_machine_to_itself_lies_where_make_test_looks_for_it():
    """Elsewhere it would run neither beside the others nor after them."""
    (line,) = [one for one in (ROOT / "Makefile").read_text().splitlines() if one.startswith("ALONE := ")]
    looked_in = tuple(f"{folder}/" for folder in line.split()[2:])
    mark = "pytest.mark." + "alone"
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if mark in path.read_text()]
    assert marked
    for path in marked:
        assert str(path.relative_to(ROOT)).startswith(looked_in), path
