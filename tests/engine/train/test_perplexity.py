"""Texts cut into blocks, and perplexity over them, against a slow reference."""

import json

import numpy as np
import pytest
import torch

from engine.errors import ConfigInvalid
from engine.moe.trainable import trainable_load
from engine.train.perplexity import Losses, losses_measure, perplexity_interval, ratio_interval
from engine.train.texts import blocks_pack, texts_read, tokenizer_open
from engine.train.upper import lower_states
from tests.engine.train.conftest import PLANTS, sentences


def test_texts_follow_one_another_and_each_token_knows_its_own(model):
    blocks = blocks_pack(tokenizer_open(model), ["w0 w1 w2", "w3 w4", "w5 w6 w7"], 4)
    assert blocks.ids.tolist() == [[1, 2, 3, 0], [4, 5, 0, 6]]
    assert blocks.text.tolist() == [[0, 0, 0, 0], [1, 1, 1, 2]]
    assert blocks_pack(tokenizer_open(model), ["w0 w1 w2", "w3 w4"], 3, max_tokens=5).tokens == 3


def test_losses_in_two_parts_are_those_of_the_whole_model(model):
    blocks = blocks_pack(tokenizer_open(model), sentences(PLANTS, 12, seed=5), 16)
    mixture = trainable_load(model)
    losses = losses_measure(mixture, lower_states(mixture, blocks), blocks, batch=3)
    nats = np.zeros(len(losses.nats))
    with torch.inference_mode():
        for ids, text in zip(blocks.ids, blocks.text, strict=True):
            likely = mixture(ids[None]).logits[0].log_softmax(-1)
            for place in range(1, len(ids)):
                nats[text[place]] -= float(likely[place - 1, ids[place]])
    assert np.allclose(losses.nats, nats, rtol=1e-4)
    assert losses.tokens.sum() == len(blocks) * 15


def test_an_interval_holds_the_value_and_shrinks_with_more_texts():
    rng = np.random.default_rng(0)
    widths = []
    for texts in (30, 3000):
        tokens = np.full(texts, 100.0)
        losses = Losses(tokens * rng.normal(3, 0.3, texts), tokens)
        found = perplexity_interval(losses)
        assert found.value == pytest.approx(np.exp(losses.nats.sum() / tokens.sum()))
        assert found.low < found.value < found.high
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 5


def test_a_ratio_is_paired_and_so_narrower_than_the_texts_differ():
    rng = np.random.default_rng(0)
    tokens = np.full(100, 50.0)
    base = Losses(tokens * rng.normal(3, 0.5, 100), tokens)
    better = Losses(base.nats - tokens * rng.normal(0.1, 0.01, 100), tokens)
    ratio = ratio_interval(better, base)
    assert ratio.low < np.exp(-0.1) < ratio.high < 0.92
    with pytest.raises(ConfigInvalid, match="same texts"):
        ratio_interval(Losses(tokens, tokens * 2), base)


@pytest.mark.parametrize("line", ["[]", "{", '{"words": "x"}', '{"text": 1}'])
def test_a_line_that_is_no_text_is_named(tmp_path, line):
    (tmp_path / "t.jsonl").write_text(json.dumps({"text": "a"}) + "\n" + line)
    with pytest.raises(ConfigInvalid, match=r"t\.jsonl:2"):
        texts_read(tmp_path / "t.jsonl")


def test_a_model_without_tokenizer_is_refused(tmp_path):
    with pytest.raises(ConfigInvalid, match=r"tokenizer\.json: is missing"):
        tokenizer_open(tmp_path)
