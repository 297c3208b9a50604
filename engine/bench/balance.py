"""Load of a mixture's experts before and after balancing, and the perplexity that it costs.

python -m engine.bench.balance --model DIR [--data var/bench/data] [--out var/bench]
DIR holds a mixture whose experts are trained: engine.bench.experts makes one. The bias is found on texts of
some documents; deviation and perplexity are measured on at least 64,000 tokens of others, which nothing was
trained on either.
"""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor
from transformers import Glm4MoeForCausalLM

from engine.bench.corpora import KINDS, Corpus, corpora_missing, corpora_read
from engine.bench.report import Row, report
from engine.manifest import manifest_verify
from engine.moe.balance import Groups, deviations
from engine.moe.records import ownership_of
from engine.moe.trainable import trainable_load
from engine.train.balancing import balanced_write, model_balance
from engine.train.perplexity import Losses, losses_measure, ratio_interval
from engine.train.texts import Blocks, blocks_pack, tokenizer_open
from engine.train.upper import lower_states, routing_counted

BLOCK_TOKENS = 256
HELD_OUT_TOKENS = 128 * BLOCK_TOKENS  # of each of three kinds: 98,304 together
CALIBRATION_TOKENS = 320 * BLOCK_TOKENS
GOAL = 0.05


@dataclass(frozen=True, slots=True)
class Prepared:
    """Texts of one kind as blocks, and what enters the first mixture for them [B, L, D]."""

    blocks: Blocks
    lower_BLD: Tensor


@dataclass(frozen=True, slots=True)
class Balance:
    """Per layer the deviation of each owner's group; per kind the losses."""

    deviations: list[dict[str, float]]
    losses: dict[str, Losses]

    @property
    def mean(self) -> float:
        """The mean deviation over layers and owners."""
        return fmean(value for layer in self.deviations for value in layer.values())

    @property
    def worst(self) -> float:
        """The largest deviation of any owner's group in any layer."""
        return max(value for layer in self.deviations for value in layer.values())

    @property
    def worst_layer(self) -> float:
        """The largest of the layers' deviations, each the mean over its owners."""
        return max(fmean(layer.values()) for layer in self.deviations)


def prepared(
    model: Glm4MoeForCausalLM, directory: Path, texts: Mapping[str, list[str]], tokens: int, compute: str
) -> dict[str, Prepared]:
    """So many tokens of the texts of each kind, computed up to the first mixture."""
    tokenizer = tokenizer_open(directory)
    found = {}
    for kind, of_kind in texts.items():
        blocks = blocks_pack(tokenizer, of_kind, BLOCK_TOKENS, max_tokens=tokens)
        found[kind] = Prepared(blocks, lower_states(model, blocks, compute=compute))
    return found


def balance_measure(
    model: Glm4MoeForCausalLM, held_out: Mapping[str, Prepared], groups: Groups, compute: str
) -> Balance:
    """Deviations over all held-out texts together, and losses of each kind."""
    with routing_counted(model) as counts:
        losses = {
            kind: losses_measure(model, part.lower_BLD, part.blocks, compute=compute)
            for kind, part in held_out.items()
        }
    return Balance([deviations(load, groups) for load in counts], losses)


def balanced(
    model: Glm4MoeForCausalLM, calibration: Mapping[str, Prepared], groups: Groups, compute: str
) -> None:
    """Balances a model on calibration texts of all kinds."""
    together = torch.cat([part.lower_BLD for part in calibration.values()])
    model_balance(model, together, groups, compute=compute)


def balance_rows(before: Balance, after: Balance) -> list[Row]:
    """The table: deviation and perplexity before and after."""
    rows: list[Row] = [
        {
            "figure": "deviation, mean over layers and owners %",
            "before": before.mean * 100,
            "after": after.mean * 100,
        },
        {
            "figure": "deviation, worst layer %",
            "before": before.worst_layer * 100,
            "after": after.worst_layer * 100,
        },
        {
            "figure": "deviation, worst owner of any layer %",
            "before": before.worst * 100,
            "after": after.worst * 100,
        },
    ]
    for kind, losses in before.losses.items():
        now = after.losses[kind]
        rows.append({"figure": f"perplexity, {kind}", "before": losses.perplexity, "after": now.perplexity})
        print(f"balancing, {kind}: perplexity times {ratio_interval(now, losses)}")
    return rows


def tokens_of(held_out: Mapping[str, Prepared]) -> int:
    """The number of held-out tokens."""
    return sum(part.blocks.tokens for part in held_out.values())


def main() -> int:
    """Measures, balances, measures again and reports; 1 when the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.balance")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--write", type=Path, help="where the balanced model is written")
    options_add(parser)
    options = parser.parse_args()
    if missing := corpora_missing(options.data):
        print(f"balance: skipped: no evaluation data at {options.data} ({missing[0]} is missing)")
        return 0
    torch.set_num_threads(options.threads)
    corpora = corpora_read(options.data)
    groups = ownership_of(manifest_verify(options.model)).groups()
    model = trainable_load(options.model)
    held_out = prepared(model, options.model, held_out_texts(corpora), HELD_OUT_TOKENS, options.compute)
    calibration = prepared(
        model, options.model, calibration_texts(corpora), CALIBRATION_TOKENS, options.compute
    )
    before = balance_measure(model, held_out, groups, options.compute)
    balanced(model, calibration, groups, options.compute)
    after = balance_measure(model, held_out, groups, options.compute)
    if options.write:
        balanced_write(model, options.model, options.write, version="balanced")
    report("balance", balance_rows(before, after), options.out, held_out_tokens=tokens_of(held_out))
    return 0 if after.worst_layer < GOAL else 1


def options_add(parser: argparse.ArgumentParser) -> None:
    """The options that the benchmarks of experts share."""
    parser.add_argument("--data", type=Path, default=Path("var/bench/data"))
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--compute", choices=["bfloat16", "float32"], default="bfloat16")


def held_out_texts(corpora: Mapping[str, Corpus]) -> dict[str, list[str]]:
    """What is measured on."""
    return {kind: corpora[kind].held_out for kind in KINDS}


def calibration_texts(corpora: Mapping[str, Corpus]) -> dict[str, list[str]]:
    """What the bias is found on."""
    return {kind: corpora[kind].calibration for kind in KINDS}


if __name__ == "__main__":
    raise SystemExit(main())
