"""A tiny mixture with a tokenizer of its own, and two kinds of texts that it can learn to tell apart."""

import dataclasses
import json
import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from engine.manifest import files_hash, manifest_read, manifest_write
from tests.engine.moe.models import SIZES, dense_model, mixture_write

WORDS = [f"w{number}" for number in range(SIZES["vocab_size"] - 1)]
PLANTS, PAPERS = WORDS[:40], WORDS[40:80]


@pytest.fixture
def model(tmp_path) -> Path:
    directory = mixture_write(dense_model(), tmp_path / "model")
    vocabulary = {"<|endoftext|>": 0} | {word: number for number, word in enumerate(WORDS, 1)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<|endoftext|>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(directory / "tokenizer.json"))
    manifest = manifest_read(directory)
    manifest_write(directory, dataclasses.replace(manifest, files=files_hash(directory)))
    return directory


def sentences(words: list[str], count: int, seed: int) -> list[str]:
    """Each word is followed by the next or the next but one of its kind: there is something to learn."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        place, said = rng.randrange(len(words)), []
        for _ in range(20):
            said.append(words[place % len(words)])
            place += rng.choice((1, 2))
        found.append(" ".join(said))
    return found


def texts_write(path: Path, texts: list[str]) -> str:
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts))
    return str(path)


def job_write(path: Path, **values) -> Path:
    path.write_text(json.dumps(values))
    return path
