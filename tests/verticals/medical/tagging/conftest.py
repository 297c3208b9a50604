"""A workspace with a small terminology, and documents that take the whole way into the index."""

from functools import partial

import pytest

from tests.collegium.api.conftest import Caller
from tests.collegium.knowledge.search_corpus import encoder_use
from tests.uploads import upload_read
from tests.verticals.medical.terminology.conftest import folder, load, loaded  # noqa: F401


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def send(caller, medical_base, monkeypatch):
    """send({"a.md": text, ...}) -> the stored version, after the job that the upload began."""
    encoder_use(monkeypatch)
    return partial(upload_read, caller, medical_base)
