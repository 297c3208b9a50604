"""Serves tiny mixtures by vLLM, one after another, in a process of its own: prints tokens and counted routing.

python -m tests.engine.moe.routing_check COUNTS_DIRECTORY MODEL...
"""

import gc
import json
import os
import sys
import time
from pathlib import Path

ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "WARNING",
}
PROMPTS = [[5, 9, 17, 80, 33], [64] * 40, [3, 4], list(range(10, 40))]
NEW_TOKENS = 12


def served(model: str, directory: Path) -> dict[str, object]:
    from vllm import LLM, SamplingParams
    from vllm.distributed import cleanup_dist_env_and_memory

    from engine.moe.routing import DIRECTORY_KEY, routing_prepare, routing_read
    from engine.moe.routing_plugin import WRITE_EVERY_S

    routing_prepare(directory)
    llm = LLM(
        model,
        skip_tokenizer_init=True,
        enforce_eager=True,
        dtype="float32",
        max_model_len=128,
        block_size=32,
        enable_prefix_caching=False,
        additional_config={DIRECTORY_KEY: str(directory)},
    )
    before = routing_read(directory)
    assert before is not None and before.counts.sum() == 0, "what warms the model up is no load"
    sampling = SamplingParams(max_tokens=NEW_TOKENS, temperature=0.0, ignore_eos=True, detokenize=False)
    outputs = llm.generate([{"prompt_token_ids": p} for p in PROMPTS], sampling, use_tqdm=False)
    time.sleep(2 * WRITE_EVERY_S)
    load = routing_read(directory)
    assert load is not None
    del llm
    gc.collect()
    cleanup_dist_env_and_memory()
    tokens = [list(output.outputs[0].token_ids) for output in outputs]
    return {"tokens": tokens, "layers": load.layers, "counts": load.counts.tolist()}


def main() -> None:
    os.environ.update(ENVIRONMENT)
    counts, *models = sys.argv[1:]
    print(json.dumps([served(model, Path(counts)) for model in models]), flush=True)
    os._exit(0)  # a thread that vLLM has left behind may abort an interpreter that winds down


if __name__ == "__main__":
    main()
