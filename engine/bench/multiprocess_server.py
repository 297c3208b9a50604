"""vLLM's server over vLLM's own ranks, which it starts as processes: what ours are compared with.

python -m engine.bench.multiprocess_server ARGUMENTS, those of engine.serve.llm; --ranks says how many.
"""

import os
import sys

from engine.parallel.placement import experts_count
from engine.serve.arguments import config_read
from engine.serve.lifetime import die_with_parent
from engine.serve.model_check import context_limit
from engine.serve.vllm_server import (
    cuda_present,
    engine_arguments,
    model_config_read,
    vllm_arguments,
    vllm_environment,
    vllm_run,
)

if __name__ == "__mp_main__":
    die_with_parent()


def main(ranks: int, arguments: list[str]) -> None:
    """Serves; each rank has the cores that a rank worker of the same share would have."""
    config = config_read("python -m engine.bench.multiprocess_server", arguments)
    cuda, model_config = cuda_present(), model_config_read(config)
    tokens = context_limit(model_config, config.max_model_len)
    engine = engine_arguments(config, cuda=cuda, context_tokens=tokens)
    engine |= {
        "tensor_parallel_size": ranks,
        "enable_expert_parallel": bool(experts_count(model_config)),
        "distributed_executor_backend": "mp",
    }
    os.environ.update(vllm_environment(config, cuda=cuda))
    cores = sorted(os.sched_getaffinity(0))
    shares = (",".join(map(str, cores[rank::ranks])) for rank in range(ranks))
    os.environ["VLLM_CPU_OMP_THREADS_BIND"] = "|".join(shares)
    vllm_run(vllm_arguments(config, engine))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
