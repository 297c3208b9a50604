"""Text to vector, by ONNX Runtime and the model's own tokenizer. Imports no torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from engine.errors import ModelInvalid
from engine.serve.lane import Ids, Rows

MAX_CHARS_PER_TOKEN = 64  # what lies beyond max_tokens * this is cut before it is tokenised
INPUTS = ["input_ids", "lengths"]


class Encoder:
    """Embeds texts, alone or in batches; any number of threads may call it, each uses one core."""

    def __init__(self, graph: Path, tokenizer: Path, *, max_tokens: int) -> None:
        self._max_chars = max_tokens * MAX_CHARS_PER_TOKEN
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        if (inputs := [i.name for i in self._session.get_inputs()]) != INPUTS:
            raise ModelInvalid(
                f"{graph}: takes {', '.join(inputs)}, not {' and '.join(INPUTS)}: build it again with "
                "python -m engine.build embeddings"
            )

    def tokenize(self, text: str) -> Ids:
        """The tokens that are read of a text."""
        ids: Ids = self._tokenizer.encode(text[: self._max_chars]).ids
        return ids

    def embed(self, texts: Sequence[Ids]) -> Rows:
        """The vectors [texts, dims] of tokenised texts, each of length 1, computed in one run."""
        lengths = np.array([len(ids) for ids in texts], dtype=np.int32)
        padded = np.zeros((len(texts), lengths.max()), dtype=np.int64)
        for row, ids in zip(padded, texts, strict=True):
            row[: len(ids)] = ids
        (rows,) = self._session.run(["embedding"], {"input_ids": padded, "lengths": lengths})
        vectors: Rows = rows
        return vectors
