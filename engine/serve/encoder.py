"""Text to vector, by ONNX Runtime and the model's own tokenizer. Imports no torch."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

MAX_CHARS_PER_TOKEN = 64  # what lies beyond max_tokens * this is cut before it is tokenised


class Encoder:
    """Embeds one text at a time; any number of threads may call it, each uses one core."""

    def __init__(self, graph: Path, tokenizer: Path, *, max_tokens: int) -> None:
        self._max_chars = max_tokens * MAX_CHARS_PER_TOKEN
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])

    def embed(self, text: str) -> tuple[npt.NDArray[np.float32], int]:
        """The text's vector [dims], of length 1, and the number of its tokens that were read."""
        ids = self._tokenizer.encode(text[: self._max_chars]).ids
        (rows,) = self._session.run(["embedding"], {"input_ids": np.array([ids], dtype=np.int64)})
        return rows[0], len(ids)
