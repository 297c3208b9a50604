"""The library's environment is installed once, and nothing else is ever removed for it."""

import pytest

from engine.build.environment import STAMP
from engine.compress import environment
from engine.compress.environment import environment_made
from engine.errors import CompressionFailed, ConfigInvalid


@pytest.fixture
def requirements(tmp_path, monkeypatch):
    path = tmp_path / "requirements.txt"
    path.write_text("")
    monkeypatch.setattr(environment, "REQUIREMENTS", path)
    return path


def test_it_is_installed_once_and_again_when_the_requirements_change(tmp_path, requirements):
    place = tmp_path / "environment"
    interpreter = environment_made(place)
    assert interpreter.exists() and (place / STAMP).exists()
    (place / "mark").write_text("")
    assert environment_made(place) == interpreter and (place / "mark").exists()
    requirements.write_text("# other versions\n")
    environment_made(place)
    assert not (place / "mark").exists()


def test_what_pip_refuses_is_said_and_the_next_try_begins_anew(tmp_path, requirements):
    place = tmp_path / "environment"
    requirements.write_text(f"{tmp_path / 'no-such-package'}\n")
    with pytest.raises(CompressionFailed, match=r"requirements.txt.*no-such-package"):
        environment_made(place)
    assert not (place / STAMP).exists()
    requirements.write_text("")
    assert environment_made(place).exists()


def test_a_directory_with_something_else_is_not_touched(tmp_path, requirements):
    place = tmp_path / "documents"
    place.mkdir()
    (place / "letter").write_text("")
    with pytest.raises(ConfigInvalid, match="holds something else"):
        environment_made(place)
    assert (place / "letter").exists()
