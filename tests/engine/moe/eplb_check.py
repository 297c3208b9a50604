"""Two GPUs serve a tiny mixture with vLLM's own balancer, or without it: prints the tokens.

python -m tests.engine.moe.eplb_check MODEL (balanced | plain)
"""

import json
import os
import sys

from engine.moe.eplb import eplb_arguments
from tests.engine.moe.routing_check import ENVIRONMENT, PROMPTS

NEW_TOKENS = 60
RANKS, REDUNDANT = 2, 2


def main() -> None:
    os.environ.update(ENVIRONMENT | {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"})
    from vllm import LLM, SamplingParams

    model, way = sys.argv[1:]
    arguments = eplb_arguments(REDUNDANT, ranks=RANKS, cuda=True) if way == "balanced" else {}
    if arguments:  # experts move several times within the few steps of this check
        arguments["eplb_config"] |= {"window_size": 8, "step_interval": 16}
    llm = LLM(
        model,
        skip_tokenizer_init=True,
        enforce_eager=True,
        dtype="float32",
        max_model_len=128,
        tensor_parallel_size=RANKS,
        enable_expert_parallel=True,
        **arguments,
    )
    sampling = SamplingParams(max_tokens=NEW_TOKENS, temperature=0.0, ignore_eos=True, detokenize=False)
    outputs = llm.generate([{"prompt_token_ids": p} for p in PROMPTS], sampling, use_tqdm=False)
    print(json.dumps([list(output.outputs[0].token_ids) for output in outputs]))


if __name__ == "__main__":
    main()
