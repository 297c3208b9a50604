"""Those who call the API of finance: one of the workspace that holds the filings, and a stranger."""

import pytest

from tests.collegium.api.conftest import Caller


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def stranger(foreign, outsider, key_make) -> Caller:
    return Caller(key_make(foreign, user=outsider))
