"""A job from its data to the model that can be served."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from engine.errors import ConfigInvalid
from engine.train import processes
from engine.train.accounting import epsilon_of
from engine.train.bases import base_load
from engine.train.certificate import certificate_make
from engine.train.events import silent, told
from engine.train.loop import Stopped, Training
from engine.train.material import Material, material_prepare, plan_event
from engine.train.memory import memory_bytes
from engine.train.methods import Tuned, adapter_write, method_apply, model_write
from engine.train.state import Progress
from engine.train.tuning import FullMethod, TuningJob

STOPPED = 143


def job_plan(job: TuningJob) -> Material:
    """Reads the data and tells the plan."""
    told("stage", stage="data")
    material = material_prepare(job)
    told("plan", **plan_event(material))
    return material


def job_train(job: TuningJob, stopping: Callable[[], bool]) -> int:
    """Trains, tells of it and writes the result; returns the exit status. Raises what stands in the way."""
    if job.device == "cuda" and not torch.cuda.is_available():
        raise ConfigInvalid('device is "cuda", and torch sees no GPU here: use "cpu"')
    torch.set_num_threads(job.threads)
    if processes.joined():
        processes.join(job.device)
    tell = told if processes.rank() == 0 else silent
    try:
        return _trained(job, stopping, tell)
    finally:
        processes.leave()


def _trained(job: TuningJob, stopping: Callable[[], bool], tell: Callable[..., None]) -> int:
    tell("stage", stage="data")
    material = material_prepare(job)
    tell("plan", **plan_event(material))
    tell("stage", stage="model")
    torch.manual_seed(job.seed)  # for the weights that are made anew
    # What all weights are trained of is kept in float32.
    dtype = torch.float32 if isinstance(job.method, FullMethod) else getattr(torch, job.dtype)
    tuned = method_apply(base_load(Path(job.base), dtype), job.method)
    training = Training(job, material, tuned, tell, stopping)
    tell("stage", stage="train")
    try:
        progress = training.run()
    except Stopped as stopped:
        tell("stopped", step=stopped.step)
        return STOPPED
    if processes.rank() == 0:
        tell("stage", stage="write")
        tell("done", result=result_write(job, material, tuned, progress))
    return 0


def result_write(job: TuningJob, material: Material, tuned: Tuned, progress: Progress) -> dict[str, Any]:
    """Writes the adapter, the model, the data card, the certificate and the result."""
    out, plan = Path(job.out), material.privacy
    out.mkdir(parents=True, exist_ok=True)
    if tuned.adapter is not None:
        shutil.rmtree(out / "adapter", ignore_errors=True)
        adapter_write(tuned, out / "adapter")
    model_write(tuned, job, out / "model")
    material.card.write(out / "card.json")
    epsilon = None
    if plan is not None:
        epsilon = epsilon_of(plan.noise_multiplier, plan.sample_rate, progress.step, plan.delta)
        certificate = certificate_make(
            material, base_digest=tuned.base.manifest.digest, steps=progress.step, epsilon=epsilon
        )
        _json_write(out / "certificate.json", certificate.as_json())
    result = {
        "steps": progress.step,
        "train_loss": progress.train_loss,
        "held_out_loss": progress.held_out_loss,
        "base_held_out_loss": progress.base_held_out_loss,
        "epsilon": epsilon,
        "delta": plan and plan.delta,
        "tokens_per_s": round(_tokens(job, material, progress) / max(progress.seconds, 1e-9), 1),
        "memory_bytes": memory_bytes(job.device),
        "seconds": round(progress.seconds, 3),
    }
    _json_write(out / "result.json", result)
    return result


def _tokens(job: TuningJob, material: Material, progress: Progress) -> int:
    if material.privacy is None:
        return progress.tokens
    return progress.step * job.descent.batch * job.descent.max_tokens


def _json_write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
