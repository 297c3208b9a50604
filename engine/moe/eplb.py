"""vLLM's own balancer, for GPUs: it counts, replicates and moves experts while it serves.

It follows the same method as engine.moe.placement, from counts of its own.
"""

from typing import Any

from engine.errors import ConfigInvalid

WINDOW_STEPS = 1000
INTERVAL_STEPS = 3000


def eplb_arguments(redundant: int | None, *, ranks: int, cuda: bool) -> dict[str, Any]:
    """The engine's arguments for balance with redundant experts in each layer; none where none are named.

    Raises ConfigInvalid where vLLM cannot: on CPUs, and on one rank.
    """
    if redundant is None:
        return {}
    if not cuda:
        raise ConfigInvalid(
            "vLLM balances experts on GPUs only: on CPUs, write the model with its experts in another order "
            "(python -m engine.moe.place --out) and serve that"
        )
    if ranks < 2:
        raise ConfigInvalid("redundant_experts needs at least 2 ranks: one rank has nothing to balance")
    config = {"window_size": WINDOW_STEPS, "step_interval": INTERVAL_STEPS}
    return {"enable_eplb": True, "eplb_config": config | {"num_redundant_experts": redundant}}


def eplb_check(experts: int, redundant: int, ranks: int) -> None:
    """Raises ConfigInvalid, with the next number that fits, where ranks cannot hold equally many experts."""
    if left := (experts + redundant) % ranks:
        fits = redundant + ranks - left
        raise ConfigInvalid(
            f"{experts} experts and {redundant} redundant ones cannot be spread evenly over {ranks} ranks; "
            f"{fits} redundant ones can"
        )
