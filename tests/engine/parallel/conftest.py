"""The small model with heads that two ranks can share, and two ranks that serve it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.build.generation import SPLIT, generation_build
from engine.moe.heads import directory_pad
from tests.engine.parallel.cluster import cluster
from tests.engine.parallel.serving import Serving
from tests.engine.servers import model_cache


@pytest.fixture(scope="session")
def padded_model() -> Path:
    source = generation_build(model_cache(), SPLIT)
    return directory_pad(source, source.with_name(f"{source.name}-2"), 2)


@pytest.fixture(scope="package")
def ranks(padded_model: Path) -> Iterator[Serving]:
    """Serving, whatever an earlier test broke: each that breaks something waits until it serves again."""
    with cluster(padded_model) as made:
        routing = ("--routing-dir", str(made.folder / "routing"))
        made.start_broker()
        made.start_workers(2, *routing)
        with made.serve(*routing) as (client, server):
            yield Serving(made, client, server.pid)
