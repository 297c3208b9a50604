"""Compresses the weights of a model directory: run as a script by the environment that has llm-compressor.

python quantise.py '{"source": DIR, "out": DIR, "scheme": {...}, "ignore": [...]}'

It imports nothing of this project, which that environment does not have. The weights are read and written as
files, without a model class, so tensors keep the names under which vLLM knows them.
"""

import json
import sys

from compressed_tensors.quantization import QuantizationScheme
from llmcompressor import model_free_ptq


def main() -> None:
    """Does what the one argument says."""
    job = json.loads(sys.argv[1])
    model_free_ptq(
        job["source"],
        job["out"],
        scheme=QuantizationScheme(**job["scheme"]),
        ignore=job["ignore"],
        device="cpu",
    )


if __name__ == "__main__":
    main()
