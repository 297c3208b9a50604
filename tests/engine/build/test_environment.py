"""What an environment needs beside pip's packages is part of it."""

import pytest

from engine.build.environment import STAMP, command_run, environment_made
from engine.errors import InstallFailed


@pytest.fixture
def requirements(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("")
    return path


def test_what_else_it_needs_is_made_once_and_again_in_another_version(tmp_path, requirements):
    place, made = tmp_path / "environment", []
    for version in ("1", "1", "2"):
        found = environment_made(place, requirements, 1, also=made.append, also_version=version)
        assert found.is_absolute() and found.exists()
    assert len(made) == 2 and made[0].name == "python"


def test_what_cannot_be_made_leaves_no_environment_that_looks_whole(tmp_path, requirements):
    place = tmp_path / "environment"
    with pytest.raises(InstallFailed, match=r"cannot be installed \(the source\)"):
        environment_made(place, requirements, 1, also=lambda python: command_run(["false"], "the source"))
    assert not (place / STAMP).exists(), "or the next call would take it for whole"


def test_a_missing_program_is_an_installation_that_failed():
    with pytest.raises(InstallFailed, match="no-such-program"):
        command_run(["/no-such-program"], "the source")
