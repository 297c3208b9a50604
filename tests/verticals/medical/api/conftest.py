"""Those who call the API of medicine: one of the workspace that loaded a terminology, and a stranger."""

import pytest

from tests.collegium.api.conftest import Caller
from tests.verticals.medical.terminology.conftest import folder, load, loaded  # noqa: F401


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def stranger(foreign, outsider, key_make) -> Caller:
    return Caller(key_make(foreign, user=outsider))
