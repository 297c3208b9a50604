"""What an engine over ranks says of itself while it serves: its ranks, and what was routed to each expert."""

import json
import time
from collections.abc import Callable

import pytest

from tests.engine.parallel.cluster import wait_until
from tests.engine.parallel.serving import STORY

pytestmark = [pytest.mark.slow, pytest.mark.alone]
RANK_READY = "collegium_engine_rank_ready"
EXPERT_TOKENS = "collegium_engine_expert_tokens_total"


def test_the_figures_hold_each_ranks_state_and_memory_and_how_often_they_were_started(ranks):
    figures = ranks.figures()
    ready = {(labels["rank"], labels["worker"]): value for labels, value in figures[RANK_READY]}
    assert ready == {("0", "w0"): 1.0, ("1", "w1"): 1.0}
    assert all(value > 10**8 for _, value in figures["collegium_engine_rank_memory_bytes"])
    assert (
        ranks.figure("collegium_engine_rank_runs_total") == ranks.cluster.registry.engine_state()["runs"] >= 1
    )
    state = ranks.client.state()
    assert [(rank["worker"], rank["state"]) for rank in state["ranks"]] == [("w0", "ready"), ("w1", "ready")]


def settled(counted: Callable[[], dict[tuple[str, str], float]]) -> dict[tuple[str, str], float]:
    """What is counted once nothing of earlier requests is added any more; counts come every second."""
    found = counted()
    while True:
        time.sleep(2.5)
        if (now := counted()) == found:
            return found
        found = now


def test_tokens_routed_to_the_experts_are_counted_once_though_two_ranks_share_them(ranks, padded_model):
    config = json.loads((padded_model / "config.json").read_text())
    layers, experts = config["num_hidden_layers"], config["num_local_experts"]

    def counted() -> dict[tuple[str, str], float]:
        samples = ranks.figures().get(EXPERT_TOKENS, [])
        return {(labels["layer"], labels["expert"]): value for labels, value in samples}

    before = settled(counted)
    _, usage = ranks.client.chat(STORY, max_tokens=8)
    # The last token is not read again. All experts of this model are active for every token.
    expected = usage.prompt_tokens + usage.completion_tokens - 1

    def grown() -> set[float]:
        return {value - before.get(expert, 0.0) for expert, value in counted().items()}

    wait_until(lambda: max(grown(), default=0.0) >= expected, 15, f"{grown()} tokens")
    assert grown() == {expected} and len(counted()) == layers * experts
    told = ranks.client.state()["experts"]
    assert told["layers"] == list(range(layers)) and told["imbalance"]["overall"] == pytest.approx(1.0)
