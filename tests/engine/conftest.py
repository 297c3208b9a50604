"""The real models and the real embedding server, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.build.embeddings import embeddings_build
from engine.build.generation import generation_build
from engine.client import EmbeddingClient
from tests.engine.servers import model_cache, started


@pytest.fixture(scope="session")
def embedding_model() -> Path:
    return embeddings_build(model_cache())


@pytest.fixture(scope="session")
def language_model() -> Path:
    return generation_build(model_cache())


@pytest.fixture(scope="session")
def embedding_url(embedding_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("e") / "e.sock"
    client = EmbeddingClient(f"unix://{path}")
    arguments = ["--model", str(embedding_model), "--uds", str(path)]
    with started("engine.serve.embeddings", *arguments, client=client, wait_s=30):
        yield f"unix://{path}"


@pytest.fixture
def embeddings(embedding_url: str) -> Iterator[EmbeddingClient]:
    client = EmbeddingClient(embedding_url)
    yield client
    client.close()
