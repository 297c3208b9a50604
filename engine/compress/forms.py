"""The compressed forms of a model: how the weights of its linear layers are stored, and which of them are.

Symmetric rounding to the nearest step, with a scale per output channel (int8) or per group of inputs (int4);
the form needs no text to calibrate on, so nothing of anybody's documents gets into a model. Embeddings, the
output head, norms and routers stay as they are: they are read by lookup, or decide by small differences.
Routed experts stay too unless they are asked for: on a CPU without AMX vLLM has no kernel that reads them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import CompressionFailed, ConfigInvalid

KEPT = ("lm_head", r"re:.*embed_tokens$", r"re:.*\.gate$")
ROUTED_EXPERTS = r"re:.*\.experts\..*"
TILE = 32  # vLLM's kernels for these forms read rows and columns by 32


@dataclass(frozen=True, slots=True)
class Form:
    """A form by its name; `scheme` is what compressed-tensors calls a quantization scheme."""

    name: str
    scheme: Mapping[str, Any]


FORMS = {
    form.name: form
    for form in (
        Form(
            "int8",
            {
                "targets": ["Linear"],
                "weights": {
                    "num_bits": 8,
                    "type": "int",
                    "symmetric": True,
                    "strategy": "channel",
                    "observer": "memoryless_minmax",
                },
                "input_activations": {
                    "num_bits": 8,
                    "type": "int",
                    "symmetric": True,
                    "strategy": "token",
                    "dynamic": True,
                },
                "format": "int-quantized",
            },
        ),
        Form(
            "int4",
            {
                "targets": ["Linear"],
                "weights": {
                    "num_bits": 4,
                    "type": "int",
                    "symmetric": True,
                    "strategy": "group",
                    "group_size": TILE,
                    "observer": "memoryless_mse",
                },
                "format": "pack-quantized",
            },
        ),
    )
}


def form_named(name: str) -> Form:
    """The form of this name; raises ConfigInvalid naming those that exist."""
    if name not in FORMS:
        raise ConfigInvalid(f"there is no form {name!r}; there are {', '.join(FORMS)}")
    return FORMS[name]


def kept_patterns(*, experts: bool) -> list[str]:
    """The names that stay as they are, in compressed-tensors' spelling (re: begins a pattern)."""
    return [*KEPT, *([] if experts else [ROUTED_EXPERTS])]


def layers_compressed(shapes: Mapping[str, tuple[int, ...]], *, experts: bool) -> list[str]:
    """The names of the weight matrices that a form changes, of all tensors and their shapes.

    Raises CompressionFailed when there are none, or one has a shape that vLLM's kernels cannot read.
    """
    kept = kept_patterns(experts=experts)
    chosen = [name for name, shape in shapes.items() if len(shape) == 2 and not _is_kept(name, kept)]
    if not chosen:
        raise CompressionFailed("the model has no linear layers that could be compressed")
    for name in chosen:
        if any(side % TILE for side in shapes[name]):
            raise CompressionFailed(
                f"{name} is {' x '.join(map(str, shapes[name]))}: both sides must be multiples of {TILE}"
            )
    return chosen


def _is_kept(tensor: str, patterns: Iterable[str]) -> bool:
    layer = tensor.removesuffix(".weight")
    return any(
        re.match(p.removeprefix("re:"), layer) if p.startswith("re:") else layer == p for p in patterns
    )
