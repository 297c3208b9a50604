"""The gate of private training: on the code that ships, what one unit can do is bounded, and noise hides it.

Each check is also made with clipping or noise taken out of that code: there it must fail.
"""

import json

import pytest
import torch
from opacus.grad_sample import GradSampleModuleFastGradientClipping
from opacus.optimizers import DPOptimizer, optimizer, optimizer_fast_gradient_clipping

from engine.train.__main__ import main
from engine.train.answer_loss import AnswerLoss, unit_losses
from engine.train.bases import base_load
from engine.train.chat import ChatTokenizer
from engine.train.data.options import DataOptions
from engine.train.data.prepare import prepare
from engine.train.methods import method_apply
from engine.train.private import PrivateStep
from engine.train.randomness import generator_secret
from engine.train.rows import rows_padded, units_split
from engine.train.samplers import Poisson
from engine.train.tuning import ExpertsMethod, LoraMethod
from tests.engine.train.tuning import base_write, events, examples_write, job_values, job_write

NORM, NOISE, EXPECTED = 0.5, 1.3, 16.0
METHODS = {
    "lora": ("mixtral", LoraMethod(r=4, alpha=8.0, targets=("q_proj", "v_proj"))),
    "experts": ("glm", ExpertsMethod(owner="law")),
    "all experts": ("mixtral", ExpertsMethod()),
}


class Bench:
    """A tiny model and units of examples; every update begins from the same weights."""

    def __init__(self, tmp_path, method, *, examples=16, per_unit=1, recompute=False):
        kind, options = METHODS[method]
        directory = base_write(tmp_path / "base", kind)
        tokenizer = ChatTokenizer(directory)
        file = examples_write(tmp_path / "e.jsonl", examples)
        found = prepare(file, DataOptions(), held_out=file, private=True, seed=1).train
        tokens = [tokenizer.tokens(example, 64) for example in found]
        self.units = [tokens[n : n + per_unit] for n in range(0, len(tokens), per_unit)]
        torch.manual_seed(1)
        self.tuned = method_apply(base_load(directory, torch.float32), options)
        self.loss = AnswerLoss(self.tuned.base.model).train(True)
        if recompute:
            self.tuned.base.model.gradient_checkpointing_enable({"use_reentrant": True})
            self.tuned.base.model.enable_input_require_grads()
        self.parameters = list(self.tuned.parameters.values())
        with torch.no_grad():
            for name, value in self.tuned.parameters.items():
                if "lora_B" in name:
                    value.normal_(std=0.3)
        self.start = [p.detach().clone() for p in self.parameters]
        self.ghost = method != "lora"
        self.step = None
        self.generator = generator_secret("cpu")

    def update(self, units, noise=0.0, norm=NORM, physical=4):
        """What a step moves the weights by, times the batch: the sum that is released."""
        with torch.no_grad():
            for value, start in zip(self.parameters, self.start, strict=True):
                value.copy_(start)
        if self.step is None:
            self.step = PrivateStep(
                self.loss, torch.optim.SGD(self.parameters, lr=1.0), ghost=self.ghost, noise_multiplier=noise,
                max_grad_norm=norm, batch=EXPECTED, generator=self.generator,
            )  # fmt: skip
        self.step._optimizer.noise_multiplier = noise
        self.step._optimizer.max_grad_norm = self.step._module.max_grad_norm = norm
        for held in units_split(units, physical):
            self.step.add(rows_padded(held, 2))
        self.step.finish()
        moved = [(a - b.detach()).flatten() for a, b in zip(self.start, self.parameters, strict=True)]
        return torch.cat(moved) * EXPECTED

    def brute(self, units, norm=NORM):
        """The same sum, unit by unit, by autograd alone."""
        total = 0
        for unit in units:
            rows = rows_padded([unit], 2)
            sums, counts = self.loss(rows)
            found = torch.autograd.grad(
                unit_losses(sums, counts, rows.unit, 1).sum(), self.parameters, allow_unused=True
            )
            flat = torch.cat([
                (torch.zeros_like(p) if g is None else g).flatten() for g, p in zip(found, self.parameters, strict=True)
            ])  # fmt: skip
            total = total + flat * min(1.0, norm / (float(flat.norm()) + 1e-6))
        return total


def gate(bench):
    """Whether the bound, the noise and its freshness hold: (sensitivity, noise, fresh)."""
    quiet = bench.update(bench.units)
    sensitivity = max(
        float((bench.update([*bench.units[:n], *bench.units[n + 1 :]]) - quiet).norm()) for n in (0, 5, 9)
    )
    one, other = (bench.update(bench.units, NOISE) - quiet for _ in range(2))
    ratio = float(one.std()) / (NOISE * NORM)
    alike = float(one @ other / (one.norm() * other.norm() + 1e-12))
    return (
        sensitivity <= NORM * 1.001,
        abs(ratio - 1) < 0.03,
        abs(alike) < 0.05 and float(one.std()) > 0.1 * NOISE * NORM,
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_gate_holds_on_the_code_that_ships(tmp_path, method):
    assert gate(Bench(tmp_path, method)) == (True, True, True)


@pytest.mark.parametrize("method", ["lora", "experts"])
def test_the_gate_fails_without_clipping(tmp_path, method, monkeypatch):
    def unclipped(optimizer):
        for parameter in optimizer.params:
            whole = parameter.grad_sample.sum(0)
            parameter.summed_grad = whole if parameter.summed_grad is None else parameter.summed_grad + whole

    monkeypatch.setattr(DPOptimizer, "clip_and_accumulate", unclipped)
    monkeypatch.setattr(
        GradSampleModuleFastGradientClipping,
        "get_clipping_coef",
        lambda self: torch.ones_like(self.get_norm_sample()),
    )
    bounded, _, _ = gate(Bench(tmp_path, method))
    assert not bounded


@pytest.mark.parametrize("method", ["lora", "experts"])
def test_the_gate_fails_without_noise(tmp_path, method, monkeypatch):
    for module in (optimizer, optimizer_fast_gradient_clipping):
        monkeypatch.setattr(
            module, "_generate_noise", lambda std, reference, **_: torch.zeros_like(reference)
        )
    _, noisy, fresh = gate(Bench(tmp_path, method))
    assert not noisy and not fresh


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("per_unit", [1, 4])
def test_a_clipped_sum_is_that_of_a_loop_over_units(tmp_path, method, per_unit):
    bench = Bench(tmp_path, method, per_unit=per_unit)
    wanted = bench.brute(bench.units)
    for physical in (4, 16):  # one batch, and several
        got = bench.update(bench.units, physical=physical)
        assert float((got - wanted).norm() / wanted.norm()) < 1e-4


@pytest.mark.parametrize("method", ["lora", "all experts"])
def test_recomputing_in_the_backward_pass_changes_nothing(tmp_path, method):
    updates = []
    for name, recompute in (("plain", False), ("again", True)):
        (tmp_path / name).mkdir()
        bench = Bench(tmp_path / name, method, examples=8, recompute=recompute)
        updates.append(bench.update(bench.units))
    wanted, got = updates
    assert float((got - wanted).norm() / wanted.norm()) < 1e-4


@pytest.mark.parametrize("method", ["lora", "experts"])
def test_an_empty_sample_takes_a_step_of_noise_alone(tmp_path, method):
    bench = Bench(tmp_path, method)
    assert float(bench.update([]).norm()) == 0
    assert float(bench.update([], NOISE).std()) / (NOISE * NORM) == pytest.approx(1, abs=0.03)


def test_samples_are_poisson_and_independent():
    sampler = Poisson(400, 0.1, generator_secret("cpu"))
    drawn = torch.zeros(600, 400)
    for step in range(600):
        drawn[step, sampler.batch(step)] = 1
    sizes = drawn.sum(1)
    assert float(sizes.mean()) == pytest.approx(40, abs=1.5)
    assert float(sizes.var()) == pytest.approx(36, rel=0.3)  # 400 * 0.1 * 0.9
    assert float(drawn.mean(0).std()) == pytest.approx((0.09 / 600) ** 0.5, rel=0.3)
    assert [sampler.some(3, 4), len(sampler.some(9, 4))] == [[0, 1, 2], 4]


def test_two_generators_have_nothing_in_common():
    one, other = (torch.randn(50_000, generator=generator_secret("cpu")) for _ in range(2))
    assert abs(float(one @ other)) / 50_000 < 0.03
    assert float(one.std()) == pytest.approx(1, abs=0.02) and abs(float(one.mean())) < 0.02


def run(tmp_path, capsys, kind="mixtral", count=60, groups=0, **changes):
    base = base_write(tmp_path / "base", kind)
    examples = examples_write(tmp_path / "e.jsonl", count, groups=groups)
    held_out = str(examples_write(tmp_path / "h.jsonl", 8, seed=2))
    privacy = {"target_epsilon": 3.0, "noise_multiplier": 2.0} | changes.pop("privacy", {})
    values = job_values(base, examples, tmp_path / "out", held_out=held_out, privacy=privacy, **changes)
    status = main([str(job_write(tmp_path / "job.json", values))])
    return status, events(capsys.readouterr().out), tmp_path / "out"


@pytest.mark.parametrize(
    ("kind", "method"), [("mixtral", {"kind": "lora", "r": 4}), ("glm", {"kind": "experts", "owner": "law"})]
)
def test_a_private_training_tells_no_loss_and_leaves_a_certificate(tmp_path, capsys, kind, method):
    status, told, out = run(tmp_path, capsys, kind, method=method)
    assert status == 0
    steps = [e for e in told if e["event"] == "step"]
    assert [e["loss"] for e in steps] == [None] * 4 and steps[-1]["epsilon"] < 3.0
    names = [e["event"] for e in told]
    assert names.index("plan") < names.index("started") < names.index("step")
    certificate = json.loads((out / "certificate.json").read_text())
    assert certificate["epsilon"] == told[-1]["result"]["epsilon"] == steps[-1]["epsilon"]
    assert certificate["records"] == 60 and certificate["unit"] == "record" and certificate["steps"] == 4
    assert certificate["delta"] == pytest.approx(60**-1.1)
    assert (
        certificate["secure_random"] is False and "not a cryptographic generator" in certificate["statement"]
    )
    assert told[-1]["result"]["train_loss"] is None


def test_a_patient_is_the_unit_where_the_job_says_so(tmp_path, capsys):
    status, told, out = run(
        tmp_path, capsys, count=90, groups=30, privacy={"unit": "group"}, descent={"physical_batch": 2}
    )
    assert status == 0
    plan = next(e for e in told if e["event"] == "plan")
    assert (plan["examples"], plan["units"], plan["sample_rate"]) == (90, 30, 8 / 30)
    certificate = json.loads((out / "certificate.json").read_text())
    assert (certificate["unit"], certificate["groups"], certificate["records"]) == ("group", 30, 90)
    assert certificate["delta"] == pytest.approx(30**-1.1)


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"method": {"kind": "full"}}, "not_private", "not all weights can be trained"),
        ({"method": {"kind": "experts", "router": "trained"}}, "not_private", "router stays frozen"),
        ({"method": {"kind": "lora", "targets": ["q_proj", "gate"]}}, "not_private", "alone, not on gate"),
        ({"descent": {"packing": True}}, "not_private", "no packing"),
        ({"descent": {"curriculum": True}}, "not_private", "no curriculum"),
        ({"descent": {"batch": 60}}, "config_invalid", "must be less with privacy"),
        ({"privacy": {"delta": 0.1}}, "config_invalid", "may be at most 0.0111"),
        ({"privacy": {"unit": "group"}}, "config_invalid", "must name its patient"),
        ({"privacy": {"noise_multiplier": None, "target_epsilon": 1e-5, "delta": 1e-6}}, "no_noise_reaches", "no noise keeps"),
        ({"privacy": {"target_epsilon": 0.01}}, "budget_too_small", "does not pay for one step"),
        ({"privacy": {"noise_multiplier": 0.7, "target_epsilon": 1.3}}, "budget_too_small", "pays for "),
    ],
)  # fmt: skip
def test_what_cannot_be_private_is_refused_before_anything_is_spent(tmp_path, capsys, changes, code, said):
    status, told, out = run(tmp_path, capsys, **changes)
    assert status == 1
    assert told[-1]["event"] == "problem" and told[-1]["code"] == code and said in told[-1]["message"]
    assert not any(e["event"] == "started" for e in told)
