"""Training a vertical's experts, grafting them, and training the router: what is learnt, and what stays."""

import json

import pytest
import torch

from engine.errors import ConfigInvalid
from engine.manifest import manifest_read, manifest_verify
from engine.moe.expert_set import set_read
from engine.moe.graft import experts_graft
from engine.moe.graft import main as graft
from engine.moe.records import ownership_of
from engine.moe.tensors import tensor_hashes
from engine.moe.trainable import trainable_load
from engine.train.balancing import balanced_write, deviations_measure, model_balance
from engine.train.descent import loss_require
from engine.train.experts import main as train_experts
from engine.train.perplexity import losses_measure, ratio_interval
from engine.train.router import main as train_router
from engine.train.router import routers_turn
from engine.train.texts import blocks_pack, tokenizer_open
from engine.train.upper import lower_states, routing_watched, upper_states
from tests.engine.train.conftest import PAPERS, PLANTS, job_write, sentences, texts_write

SMALL = {"block_tokens": 32, "batch": 8, "threads": 1}


def experts_of(model, tmp_path, owner, words, **changes):
    texts = texts_write(tmp_path / f"{owner}.jsonl", sentences(words, 120, seed=len(owner)))
    values = {
        "model": str(model), "owner": owner, "texts": texts, "out": str(tmp_path / owner), "epochs": 6,
        "trained_on": "sentences", "licence": "CC0-1.0", "learning_rate": 0.01, **SMALL, **changes
    }  # fmt: skip
    assert train_experts([str(job_write(tmp_path / f"{owner}.json", **values))]) == 0
    return tmp_path / owner


def measured(directory, texts):
    blocks = blocks_pack(tokenizer_open(directory), texts, 32)
    model = trainable_load(directory)
    return losses_measure(model, lower_states(model, blocks), blocks)


def test_grafted_experts_and_a_trained_router_beat_the_base_and_leave_the_rest_exact(model, tmp_path):
    sets = [experts_of(model, tmp_path, "botany", PLANTS), experts_of(model, tmp_path, "law", PAPERS)]
    mix = {"botany": str(tmp_path / "botany.jsonl"), "law": str(tmp_path / "law.jsonl")}
    job = job_write(tmp_path / "router.json", mix=mix, epochs=2, learning_rate=0.01, **SMALL)
    out = tmp_path / "mixed"
    arguments = ["--model", str(model), "--out", str(out), "--router", str(job)]
    assert graft([*arguments, "--experts", *map(str, sets)]) == 0

    for words in (PLANTS, PAPERS):
        held_out = sentences(words, 60, seed=99)
        ratio = ratio_interval(measured(out, held_out), measured(model, held_out))
        assert ratio.high < 0.9, f"nothing was learnt: {ratio}"

    before, after = tensor_hashes(model), tensor_hashes(out)
    ownership = ownership_of(manifest_verify(out))
    own = [*ownership.experts_of("botany"), *ownership.experts_of("law")]
    allowed = (*(f".mlp.experts.{index}." for index in own), ".mlp.gate.weight")
    changed = {name for name in before if before[name] != after[name]}
    assert changed and all(any(part in name for part in allowed) for name in changed)
    assert [r.sha256 for r in manifest_read(out).experts if r.owner == "common"] == [
        r.sha256 for r in manifest_read(model).experts if r.owner == "common"
    ]


def test_the_same_job_gives_the_same_experts(model, tmp_path):
    hashes = []
    for _ in range(2):
        found, _ = set_read(experts_of(model, tmp_path, "law", PAPERS, epochs=1))
        hashes.append(found.sha256)
    assert hashes[0] == hashes[1]


def test_balancing_evens_the_load_and_changes_nothing_but_the_bias(model, tmp_path):
    experts = experts_of(model, tmp_path, "law", PAPERS, epochs=2)
    experts_graft(model, [experts], tmp_path / "grafted", version="2")
    grafted = trainable_load(tmp_path / "grafted")
    groups = ownership_of(manifest_read(model)).groups()
    tokenizer = tokenizer_open(model)
    states = [
        lower_states(grafted, blocks_pack(tokenizer, sentences([*PLANTS, *PAPERS], 400, seed=seed), 32))
        for seed in (1, 2)
    ]
    before = deviations_measure(grafted, states[1], groups)
    model_balance(grafted, states[0], groups)
    after = deviations_measure(grafted, states[1], groups)
    assert max(max(layer.values()) for layer in before) > 0.15, "it was even before"
    assert max(max(layer.values()) for layer in after) < 0.05

    balanced_write(grafted, tmp_path / "grafted", tmp_path / "balanced", version="3")
    old, new = tensor_hashes(tmp_path / "grafted"), tensor_hashes(tmp_path / "balanced")
    changed = {name for name in old if old[name] != new[name]}
    assert changed == {f"model.layers.{n}.mlp.gate.e_score_correction_bias" for n in (1, 2)}
    again = trainable_load(tmp_path / "balanced")
    assert deviations_measure(again, states[1], groups) == after


@pytest.mark.parametrize(
    ("main", "changes", "said"),
    [
        (train_experts, {"owner": "nobody"}, "'nobody' owns no experts"),
        (train_experts, {"surprise": 1}, "unknown keys: surprise"),
        (train_experts, {"compute": "int3"}, "compute must be one of"),
        (train_experts, {"texts": "/nowhere.jsonl"}, "cannot be read"),
        (train_experts, {"block_tokens": 10**6}, "do not fill one block"),
        (train_experts, {"learning_rate": "high"}, "learning_rate must be a positive number"),
        (train_experts, {"epochs": 1.5}, "epochs must be a positive number"),
        (train_router, {"mix": {"law": "law.jsonl"}}, "at least two owners"),
        (train_router, {"mix": {"law": "law.jsonl", "nobody": "law.jsonl"}}, "owns no experts"),
        (train_router, {"model": "/nowhere", "mix": {}}, "is not a directory"),
    ],
)
def test_a_job_that_cannot_be_done_ends_with_a_reason(
    model, tmp_path, capsys, monkeypatch, main, changes, said
):
    monkeypatch.chdir(tmp_path)
    texts_write(tmp_path / "law.jsonl", sentences(PAPERS, 20, seed=1))
    values = {"model": str(model), "out": str(tmp_path / "out"), "threads": 1, "block_tokens": 32}
    if main is train_experts:
        values |= {"owner": "law", "texts": "law.jsonl", "trained_on": "x", "licence": "CC0-1.0"}
    assert main([str(job_write(tmp_path / "job.json", **values | changes))]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_training_that_diverges_ends_at_that_step():
    loss_require(torch.tensor(3.0), 6)
    with pytest.raises(ConfigInvalid, match="the loss is nan at step 7: choose a lower learning_rate"):
        loss_require(torch.tensor(float("nan")), 7)


def test_a_job_without_its_keys_is_refused(tmp_path, capsys):
    assert train_experts([str(job_write(tmp_path / "job.json", owner="law"))]) == 1
    assert "missing keys: licence, model, out, texts, trained_on" in capsys.readouterr().err
    (tmp_path / "job.json").write_text(json.dumps([]))
    assert train_router([str(tmp_path / "job.json")]) == 1
    assert train_router([]) == 2


def test_the_rows_of_an_owners_experts_turn_towards_its_tokens(model):
    """The logits of the owner's experts rise on its own tokens against the others', by what was asked."""
    mixture, tokenizer = trainable_load(model), tokenizer_open(model)
    parts = [blocks_pack(tokenizer, sentences(words, 60, seed=5), 32) for words in (PLANTS, PAPERS)]
    lower = torch.cat([lower_states(mixture, part) for part in parts])
    owners = ["botany"] * len(parts[0]) + ["law"] * len(parts[1])
    own = torch.tensor([owner == "law" for owner in owners]).repeat_interleave(32)
    law = list(ownership_of(manifest_read(model)).experts_of("law"))

    def gap() -> float:
        seen = {}
        with torch.no_grad(), routing_watched(mixture, lambda n, x, found: seen.setdefault(n, found[0])):
            upper_states(mixture, lower)
        logits = seen[0][:, law].mean(1)
        return float(logits[own].mean() - logits[~own].mean())

    before = gap()
    routers_turn(mixture, lower, owners, ownership_of(manifest_read(model)), turn=2.0)
    assert gap() - before == pytest.approx(2.0, abs=0.01)
