import pytest

from tests.collegium.knowledge.search_corpus import encoder_use


@pytest.fixture
def encoder(monkeypatch):
    """An embedding engine whose vectors are known."""
    return encoder_use(monkeypatch)
