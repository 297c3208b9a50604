import numpy as np
import pytest

from engine.client import EmbeddingClient


@pytest.mark.slow
def test_the_embedding_server_of_the_session_embeds(embeddings):
    rows = EmbeddingClient(embeddings).embed(["revenue of the year", "turnover in 2023", "a cat sleeps"])
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)
