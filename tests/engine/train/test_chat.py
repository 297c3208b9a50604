"""Conversations as tokens: what is to be predicted, and what rows and packed rows make of it."""

import itertools

import pytest
import torch
from transformers import AutoTokenizer

from engine.errors import ConfigInvalid
from engine.train.answer_loss import AnswerLoss
from engine.train.bases import base_load
from engine.train.chat import ChatTokenizer
from engine.train.data.example import Example, Message
from engine.train.rows import rows_joined, rows_packed, rows_padded, units_split
from tests.engine.train.tuning import base_write


def conversation(*contents):
    roles = itertools.cycle(("user", "assistant"))
    return Example(
        messages=tuple(Message(role, c) for role, c in zip(roles, contents, strict=False)),
        source="s",
        language="en",
    )


@pytest.fixture
def base(tmp_path):
    return base_write(tmp_path / "base")


def told(base, tokens, wanted=True):
    ids = tokens.ids[tokens.wanted] if wanted else tokens.ids
    return AutoTokenizer.from_pretrained(base).decode(ids)


def test_only_what_the_assistant_says_and_its_end_are_to_be_predicted(base):
    tokens = ChatTokenizer(base).tokens(conversation("say ab", "ab", "and c", "c c"), 200)
    assert told(base, tokens) == "ab</s>c c</s>"
    assert told(base, tokens, wanted=False).startswith("<s>user\nsay ab</s>\n<s>assistant\nab</s>\n<s>user")


def test_a_long_prompt_loses_its_middle_and_keeps_the_answer(base):
    tokens = ChatTokenizer(base).tokens(conversation("x" * 300 + "y", "the answer"), 64)
    assert len(tokens) == 64
    assert told(base, tokens) == "the answer</s>"
    assert told(base, tokens, wanted=False).startswith("<s>user\n")
    # An answer that is too long by itself is cut at its end.
    tokens = ChatTokenizer(base).tokens(conversation("q", "z" * 300), 64)
    assert len(tokens) == 64 and tokens.answers > 50


def test_a_model_without_chat_template_is_refused(tmp_path):
    with pytest.raises(ConfigInvalid, match=r"tokenizer\.json: is missing"):
        ChatTokenizer(tmp_path)
    base = base_write(tmp_path / "base")
    (base / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    with pytest.raises(ConfigInvalid, match="no chat template"):
        ChatTokenizer(base)


def examples_of(base):
    tokenizer = ChatTokenizer(base)
    pairs = [("say abc", "abc abc"), ("b", "bb"), ("say ff", "ff"), ("aaaa", "a")]
    return [tokenizer.tokens(conversation(*pair), 100) for pair in pairs]


def test_the_loss_is_that_of_the_whole_model_over_what_is_wanted(base):
    loss = AnswerLoss(base_load(base, torch.float32).model)
    examples = examples_of(base)
    with torch.no_grad():
        sums, counts = loss(rows_padded([[e] for e in examples], 2))
        for number, tokens in enumerate(examples):
            likely = loss.model(tokens.ids[None]).logits[0].log_softmax(-1)
            nats = sum(-likely[n - 1, tokens.ids[n]] for n in range(1, len(tokens)) if tokens.wanted[n])
            assert sums[number] == pytest.approx(float(nats), rel=1e-4)
            assert counts[number] == tokens.answers


def test_examples_packed_into_a_row_do_not_see_one_another(base):
    loss = AnswerLoss(base_load(base, torch.float32).model)
    examples = examples_of(base)
    packed = rows_packed(examples, 100)
    assert len(packed) < len(examples)
    with torch.no_grad():
        apart, _ = loss(rows_padded([[e] for e in examples], 2))
        joined, counts = loss(rows_joined(packed, 2))
    assert float(joined.sum()) == pytest.approx(float(apart.sum()), rel=1e-5)
    assert int(counts.sum()) == sum(e.answers for e in examples)


def test_physical_batches_keep_units_whole(base):
    a, b, c, d = examples_of(base)
    split = [list(map(len, held)) for held in units_split([[a, b], [c], [d, a], [b]], 3)]
    assert split == [[2, 1], [2, 1]]
    rows = rows_padded([[a, b], [c]], 2)
    assert rows.unit.tolist() == [0, 0, 1] and rows.units == 2
