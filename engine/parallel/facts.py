"""vLLM's configuration made from plain engine arguments, and the facts on which all ranks must agree."""

from collections.abc import Callable, Mapping
from typing import Any


def config_made(arguments: Mapping[str, Any]) -> Any:
    """vLLM's configuration for these arguments, with the defaults of its OpenAI server."""
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.plugins import load_general_plugins
    from vllm.usage.usage_lib import UsageContext

    load: Callable[[], None] = load_general_plugins
    load()
    return AsyncEngineArgs(**arguments).create_engine_config(UsageContext.OPENAI_API_SERVER)


def config_facts(config: Any) -> dict[str, Any]:
    """What would give wrong text, or a hang, if it differed between ranks."""
    return {
        "architecture": config.model_config.architecture,
        "dtype": str(config.model_config.dtype),
        "quantization": config.model_config.quantization,
        "max_model_len": config.model_config.max_model_len,
        "block_size": config.cache_config.block_size,
        "enable_prefix_caching": config.cache_config.enable_prefix_caching,
        "max_num_seqs": config.scheduler_config.max_num_seqs,
        "max_num_batched_tokens": config.scheduler_config.max_num_batched_tokens,
        "async_scheduling": config.scheduler_config.async_scheduling,
        "tensor_parallel_size": config.parallel_config.tensor_parallel_size,
        "enable_expert_parallel": config.parallel_config.enable_expert_parallel,
    }
