"""Imbalance of expert-parallel ranks under a skewed load: as the experts come, and as they are placed.

python -m engine.bench.placement [--model DIR] [--out var/bench]
The load is one field's questions. A placement is made from the first half and judged by the second; then the
model is served with its experts in the order for the most ranks, and the second half is asked again.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from engine.bench.first_token import served
from engine.bench.report import Row, report
from engine.build.generation import OWNED, generation_build
from engine.build.sample_texts import SENTENCES
from engine.client import ChatMessage, EngineClient
from engine.errors import EngineUnavailable
from engine.moe.permute import experts_permute, order_propose, router_groups
from engine.moe.placement import (
    Placement,
    RoutingLoad,
    Topology,
    imbalance,
    placement_plain,
    placement_propose,
)
from engine.moe.routing import routing_read

RANKS = (2, 4, 8)
REQUESTS, NEW_TOKENS = 24, 24
SETTLE_S = 2.5  # counts are written every second
FIELD = (*SENTENCES[3:9], *SENTENCES[12:14])  # what annual reports say


def prompts(half: int) -> list[list[ChatMessage]]:
    """Questions of one field; the two halves share no prompt."""
    texts = (f"{FIELD[i % 8]} {FIELD[(3 * i + half) % 8]}" for i in range(REQUESTS))
    return [[ChatMessage("user", f"Report {2 * i + half}: {text}")] for i, text in enumerate(texts)]


def asked(url: str, halves: Sequence[int], counts: Path) -> list[RoutingLoad]:
    """Asks halves of the questions, one after another; what was counted for each, by place."""
    client, loads = EngineClient(url), []
    before = routing_read(counts)
    for half in halves:
        for messages in prompts(half):
            client.chat(messages, max_tokens=NEW_TOKENS)
        time.sleep(SETTLE_S)
        after = routing_read(counts)
        if before is None or after is None or not after.counts.sum() > before.counts.sum():
            raise EngineUnavailable(f"the server counted nothing in {counts}: has the model experts?")
        loads.append(RoutingLoad(after.counts - before.counts, after.layers))
        before = after
    client.close()
    return loads


def measure(model: Path, work: Path) -> list[Row]:
    """Serves, counts, places, serves again."""
    counts, groups = work / "counts", router_groups(model)
    with served(model, "--routing-dir", str(counts)) as (url, _):
        first, second = asked(url, (0, 1), counts)
    experts = first.counts.shape[1]
    rows: list[Row] = []
    for ranks in (r for r in RANKS if experts % r == 0):
        order, proposal = order_propose(first, ranks, groups)
        doubled = placement_propose(first, Topology(ranks), replicas=experts + ranks).placement
        plain, placed = placement_plain(second, Topology(ranks)), proposal.placement
        rows.append(
            {
                "ranks": ranks,
                "as they come": _overall(second, plain),
                "placed": _overall(second, placed),
                "with replicas": _overall(second, doubled),
                "worst layer before": max(imbalance(second, plain).per_layer),
                "after": max(imbalance(second, placed).per_layer),
            }
        )
    out = experts_permute(model, order, work / "ordered")
    with served(out, "--routing-dir", str(counts)) as (url, _):
        (again,) = asked(url, (1,), counts)
    rows[-1] = {**rows[-1], "served in that order": _overall(again, placement_plain(again, Topology(ranks)))}
    return [{**dict.fromkeys(rows[-1], ""), **row} for row in rows]


def _overall(load: RoutingLoad, placement: Placement) -> float:
    return imbalance(load, placement).overall


def main() -> None:
    """Measures and reports."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.placement")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    model = options.model or generation_build(Path("var/test-models"), OWNED)
    with tempfile.TemporaryDirectory() as directory:
        rows = measure(model, Path(directory))
    report("placement", rows, options.out, model=model.name, unit="busiest rank's load over the mean")


if __name__ == "__main__":
    main()
