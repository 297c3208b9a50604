"""A workspace where images are on, and uploads that take the whole way: staging, the child process, the index."""

from functools import partial

import pytest

from tests.collegium.api.conftest import Caller
from tests.collegium.knowledge.search_corpus import encoder_use
from tests.uploads import upload_read
from verticals.medical.features.switch import IMAGING, feature_set

WHY = "Radiology reads its own images here."


@pytest.fixture
def images_on(owner_asker):
    feature_set(asker=owner_asker, name=IMAGING, enabled=True, reason=WHY)


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def send(caller, medical_base, monkeypatch):
    """send({"a.dcm": bytes, ...}) -> the stored version, after the job that the upload began."""
    encoder_use(monkeypatch)
    return partial(upload_read, caller, medical_base)
