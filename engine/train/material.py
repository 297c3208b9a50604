"""What a training trains on: examples as tokens, in units, and how many steps over them at what privacy."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import ConfigInvalid, NoExamples
from engine.manifest import file_sha256
from engine.train.accounting import delta_for, epsilon_of, noise_for, steps_within
from engine.train.chat import ChatTokenizer, Tokens, chats_read
from engine.train.data.card import DataCard
from engine.train.data.example import Example
from engine.train.data.prepare import prepare
from engine.train.private import private_require
from engine.train.tuning import PrivacyOptions, TuningJob


@dataclass(frozen=True, slots=True)
class PrivacyPlan:
    """The guarantee that a training will give: what it is about and what it costs."""

    epsilon: float
    delta: float
    noise_multiplier: float
    sample_rate: float
    max_grad_norm: float
    unit: str


@dataclass(frozen=True, slots=True)
class Material:
    """`units` has each unit's examples: one without privacy or per record, several per patient.

    `records` and `groups` are the numbers of both that are trained on.
    """

    units: Sequence[Sequence[Tokens]]
    held_out: Sequence[Tokens]
    padding: int
    card: DataCard
    data_sha256: str
    records: int
    groups: int
    steps: int
    privacy: PrivacyPlan | None


def material_prepare(job: TuningJob) -> Material:
    """Reads the examples and plans the steps over them.

    Raises ConfigInvalid, NotPrivate, NoExamples, BudgetTooSmall or NoNoiseReaches when a job cannot be done.
    """
    if job.privacy is not None:
        private_require(job)
    held_out = None if job.held_out is None else Path(job.held_out)
    prepared = prepare(
        Path(job.examples), job.data, held_out=held_out, private=job.privacy is not None, seed=job.seed
    )
    tokenizer = ChatTokenizer(Path(job.base))
    limit = job.descent.max_tokens
    chats = chats_read(tokenizer, prepared.train, limit)
    units = _units(prepared.train, chats, job.privacy)
    if not units:
        raise NoExamples(
            f"{job.examples}: no example is left to train on; the data card says what was left out"
        )
    measured = [t for t in chats_read(tokenizer, prepared.held_out, limit) if t.answers]
    if job.descent.patience and not measured:
        raise ConfigInvalid("descent.patience needs held-out examples: none are left")
    steps = job.descent.steps_over(len(units))
    return Material(
        units=units,
        held_out=measured,
        padding=tokenizer.padding,
        card=prepared.card,
        data_sha256=_data_sha256(job),
        records=sum(map(len, units)),
        groups=len({e.group for e in prepared.train if e.group}),
        steps=steps,
        privacy=None if job.privacy is None else _privacy_plan(job.privacy, len(units), steps, job),
    )


def _units(
    examples: Sequence[Example], chats: Sequence[Tokens], privacy: PrivacyOptions | None
) -> list[list[Tokens]]:
    if privacy is None:
        return [[tokens] for tokens in chats if tokens.answers]
    # With privacy an example that asks for nothing stays, with no gradient: to count it out would tell of it.
    if privacy.unit == "record":
        return [[tokens] for tokens in chats]
    groups: dict[str, list[Tokens]] = {}
    for number, (example, tokens) in enumerate(zip(examples, chats, strict=True)):
        if not example.group:
            raise ConfigInvalid(
                f'example {number + 1} (source {example.source}) names no group: with privacy.unit "group" '
                "each must name its patient, since one who is not named is not protected"
            )
        groups.setdefault(example.group, []).append(tokens)
    return list(groups.values())


def _privacy_plan(privacy: PrivacyOptions, units: int, steps: int, job: TuningJob) -> PrivacyPlan:
    batch = job.descent.batch
    if batch >= units:
        raise ConfigInvalid(
            f"descent.batch is {batch}; with {units} units it must be less with privacy, since a sample "
            "hides who is in it: choose a smaller batch, or bring more examples"
        )
    delta, rate = delta_for(units, privacy.delta), batch / units
    noise = privacy.noise_multiplier
    if noise is None:
        noise = noise_for(privacy.target_epsilon, rate, steps, delta)
    else:
        steps_within(privacy.target_epsilon, noise, rate, delta, steps)
    return PrivacyPlan(
        epsilon=epsilon_of(noise, rate, steps, delta),
        delta=delta,
        noise_multiplier=noise,
        sample_rate=rate,
        max_grad_norm=privacy.max_grad_norm,
        unit=privacy.unit,
    )


def _data_sha256(job: TuningJob) -> str:
    """One hash over the files of examples."""
    digest = hashlib.sha256(file_sha256(Path(job.examples)).encode())
    if job.held_out is not None:
        digest.update(file_sha256(Path(job.held_out)).encode())
    return digest.hexdigest()


def plan_event(material: Material) -> dict[str, Any]:
    """The values of the `plan` event."""
    privacy = material.privacy
    return {
        "examples": material.records,
        "units": len(material.units),
        "held_out": len(material.held_out),
        "steps": material.steps,
        "noise_multiplier": privacy and privacy.noise_multiplier,
        "sample_rate": privacy and privacy.sample_rate,
        "epsilon": privacy and privacy.epsilon,
        "delta": privacy and privacy.delta,
    }
