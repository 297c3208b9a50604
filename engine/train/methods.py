"""What is trained of a base model, and how the result is written so that it can be served.

Only weights go out, as safetensors: an adapter beside the base for LoRA, and in every case the whole model,
whose other tensors are copied byte for byte.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer

from engine.errors import ConfigInvalid
from engine.manifest import Manifest, pickles_refuse
from engine.moe.rewrite import model_rewrite
from engine.moe.tensors import RawTensor, tensors_open
from engine.moe.trainable import raw_tensor
from engine.train.bases import (
    Base,
    Parameters,
    Weights,
    experts_named,
    mixtures_place,
    parameters_named,
    router_named,
)
from engine.train.tuning import ExpertsMethod, LoraMethod, Method, TuningJob

ADAPTER = "default"  # PEFT's name for the only one


@dataclass(frozen=True, slots=True)
class Tuned:
    """A base with something in it that is trained: `parameters` by name; `weights` under served names.

    `adapter` is PEFT's wrapper with LoRA, `experts` the indices of what is trained of a mixture.
    """

    base: Base
    parameters: Parameters
    weights: Weights
    adapter: Any = None
    experts: tuple[int, ...] = ()


def method_apply(base: Base, method: Method) -> Tuned:
    """Readies a base for a method; raises ConfigInvalid or ExpertsInvalid when it has no such parts."""
    if isinstance(method, LoraMethod):
        return _lora(base, method)
    if isinstance(method, ExpertsMethod):
        return _experts(base, method)
    base.model.requires_grad_(True)
    base.model.float()  # what is trained is float32; bfloat16 is what its matrices are multiplied in
    return Tuned(base, _parameters(base), lambda: parameters_named(base))


def _lora(base: Base, method: LoraMethod) -> Tuned:
    make: Any = LoraConfig  # annotated for whole numbers where it takes any
    config = make(
        r=method.r,
        lora_alpha=method.alpha,
        lora_dropout=method.dropout,
        target_modules=list(method.targets),
        task_type="CAUSAL_LM",
        revision=base.manifest.digest,
    )
    try:
        adapter = get_peft_model(base.model, config)
    except ValueError as error:
        raise ConfigInvalid(
            f"method.targets: {', '.join(method.targets)} is not in the model: {error}"
        ) from error
    # PEFT notes where the model was read; what it is is more.
    adapter.peft_config[ADAPTER].base_model_name_or_path = base.manifest.name
    layers: dict[str, Any] = {n: m for n, m in base.model.named_modules() if isinstance(m, LoraLayer)}

    def weights() -> Any:
        for name, layer in layers.items():
            merged = layer.get_base_layer().weight.detach().float()
            yield f"{name}.weight", merged + layer.get_delta_weight(ADAPTER).detach().float()

    return Tuned(base, _parameters(base), weights, adapter=adapter)


def _experts(base: Base, method: ExpertsMethod) -> Tuned:
    trained = base.experts_of(method.owner)
    placed = mixtures_place(base, trained)
    if method.router == "trained":
        for mixture in placed.values():
            mixture.gate.weight.requires_grad_(True)

    def weights() -> Any:
        for layer, mixture in placed.items():
            yield from experts_named(base, layer, mixture, trained)
            if method.router == "trained":
                yield router_named(base, layer), mixture.gate.weight

    return Tuned(base, _parameters(base), weights, experts=trained)


def _parameters(base: Base) -> Parameters:
    return {name: value for name, value in base.model.named_parameters() if value.requires_grad}


def recompute_enable(tuned: Tuned) -> None:
    """Lets layers compute anew in the backward pass what they would have kept: less memory, more time.

    The reentrant kind, since the other loses the hooks by which gradients are told apart.
    """
    tuned.base.model.gradient_checkpointing_enable({"use_reentrant": True})
    tuned.base.model.enable_input_require_grads()


def adapter_write(tuned: Tuned, directory: Path) -> None:
    """Writes a LoRA adapter: safetensors and a config that names its base and that base's digest."""
    tuned.adapter.save_pretrained(directory, safe_serialization=True, save_embedding_layers=False)
    (directory / "README.md").unlink(missing_ok=True)  # a form to fill in; the data card says what there is
    pickles_refuse(directory)


def model_write(tuned: Tuned, job: TuningJob, directory: Path) -> Manifest:
    """Writes the whole model, as it can be served, with a manifest that says what it now is."""
    types = {name: raw.dtype for name, raw in tensors_open(tuned.base.directory).items()}
    replaced: dict[str, RawTensor] = {
        name: raw_tensor(value.cpu(), types.get(name, "F32")) for name, value in tuned.weights()
    }
    about = {
        "base": tuned.base.manifest.base,
        "licence": job.licence,
        "trained_on": job.trained_on,
    }
    known = [record.index for record in tuned.base.manifest.experts]
    touched = tuned.experts if tuned.experts or tuned.adapter is not None else known
    changes = {index: about for index in known if index in touched}
    return model_rewrite(
        tuned.base.directory, directory, replaced, version=job.version, name=job.name, changes=changes
    )
