"""A small release, and the workspace that loads it."""

from pathlib import Path

import pytest

from tests.verticals.medical.terminology.releases import snapshot_write


@pytest.fixture
def folder(tmp_path) -> Path:
    return snapshot_write(tmp_path / "release")


@pytest.fixture
def load(workspace):
    """load(path, ..., kind="", into=workspace) -> the version."""
    from verticals.medical.terminology.loading import release_load

    def run(*paths, into=None, **more):
        return release_load(workspace=(into or workspace).pk, paths=paths, **more)

    return run


@pytest.fixture
def loaded(load, folder):
    return load(folder)
