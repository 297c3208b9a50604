"""A mixture-of-experts layer and its kernels against the memory and arithmetic limits of the chip.

python -m engine.bench.moe_layer [--shape NAME] [--tokens 1 32 1024] [--device cuda|cpu] [--out var/bench]

The limits are measured in the same run: a large copy gives bytes per second, a large product operations per
second. Each part of the layer moves at least so many bytes and does so many operations; the larger of the two
times is its limit, and `share` is limit / time. On CUDA the kernels are named by torch's profiler, and vLLM's
fused experts are timed beside where vLLM is installed.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.benchmark import Timer

from engine.bench.report import report
from engine.moe import layer

LEAST_RUN_S = 0.2
KERNELS_NAMED = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """D hidden width, F inner width of an expert, E experts, k of them per token."""

    hidden: int
    inner: int
    experts: int
    top: int


SHAPES = {
    "smollm2-135m": Shape(576, 192, 8, 2),
    "deepseek-v2-lite": Shape(2048, 1408, 64, 6),
    "qwen3-30b-a3b": Shape(2048, 768, 128, 8),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the chip was seen to do at best."""

    bytes_per_s: float
    operations_per_s: float

    def least_s(self, size_bytes: float, operations: float) -> float:
        return max(size_bytes / self.bytes_per_s, operations / self.operations_per_s)


def seconds(work: Callable[[], Any]) -> float:
    """The median time of one call, waiting for the device."""
    return float(Timer("work()", globals={"work": work}).blocked_autorange(min_run_time=LEAST_RUN_S).median)


def limits_measure(device: str, dtype: torch.dtype) -> Limits:
    """Copies 1 GiB (64 MiB on a CPU) and multiplies square matrices of 8192 (1024) rows."""
    large = device == "cuda"
    source = torch.ones(2**30 if large else 2**26, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copied = 2 * source.numel() / seconds(lambda: target.copy_(source))
    side = 8192 if large else 1024
    square = torch.randn(side, side, dtype=dtype, device=device)
    return Limits(copied, 2 * side**3 / seconds(lambda: square @ square))


def weights_random(shape: Shape, device: str, dtype: torch.dtype) -> layer.LayerWeights:
    """Weights of the usual size, from a fixed seed."""
    generator = torch.Generator(device).manual_seed(0)

    def normal(*sizes: int) -> torch.Tensor:
        values = torch.randn(*sizes, generator=generator, device=device, dtype=torch.float32)
        return (values * sizes[-1] ** -0.5).to(dtype)

    return layer.LayerWeights(
        router=normal(shape.experts, shape.hidden),
        bias=torch.zeros(shape.experts, device=device),
        gate_up=normal(shape.experts, 2 * shape.inner, shape.hidden),
        down=normal(shape.experts, shape.hidden, shape.inner),
    )


def parts_measure(
    shape: Shape, tokens: int, weights: layer.LayerWeights, limits: Limits
) -> list[dict[str, str | int | float]]:
    """One row per part of the layer, and one for the whole."""
    x = torch.randn(tokens, shape.hidden, device=weights.router.device).to(weights.router.dtype)
    chosen, weight = layer.route(x, weights, shape.top)
    routed = layer.permute(chosen, weight, shape.experts)
    rows = x[routed.token]
    wide = layer.grouped_linear(rows, weights.gate_up, routed.ends)
    inner = layer.activate(wide)
    narrow = layer.grouped_linear(inner, weights.down, routed.ends)
    used = int(torch.unique(chosen).numel())
    item, many = x.element_size(), tokens * shape.top
    expert = shape.inner * shape.hidden
    work: dict[str, tuple[Callable[[], Any], float, float]] = {
        "route": (
            lambda: layer.route(x, weights, shape.top),
            weights.router.numel() * item + x.numel() * item,
            2.0 * tokens * shape.experts * shape.hidden,
        ),
        "permute": (
            lambda: x[layer.permute(chosen, weight, shape.experts).token],
            (x.numel() + rows.numel()) * item,
            0.0,
        ),
        "gate and up": (
            lambda: layer.grouped_linear(rows, weights.gate_up, routed.ends),
            (used * 2 * expert + rows.numel() + wide.numel()) * item,
            4.0 * many * expert,
        ),
        "activate": (lambda: layer.activate(wide), (wide.numel() + inner.numel()) * item, 0.0),
        "down": (
            lambda: layer.grouped_linear(inner, weights.down, routed.ends),
            (used * expert + inner.numel() + narrow.numel()) * item,
            2.0 * many * expert,
        ),
        "combine": (
            lambda: layer.combine(narrow, routed, tokens),
            (narrow.numel() + x.numel()) * item,
            2.0 * narrow.numel(),
        ),
        "layer": (
            lambda: layer.forward(x, weights, shape.top),
            (weights.router.numel() + used * 3 * expert + 2 * x.numel()) * item,
            6.0 * many * expert + 2.0 * tokens * shape.experts * shape.hidden,
        ),
    }
    if (fused := _vllm_experts(x, weights, chosen, weight)) is not None:
        whole = (used * 3 * expert + 2 * x.numel()) * item
        work["vLLM fused experts"] = (fused, whole, 6.0 * many * expert)
    return [_row(name, tokens, *one, limits) for name, one in work.items()]


def _row(
    name: str, tokens: int, call: Callable[[], Any], size_bytes: float, operations: float, limits: Limits
) -> dict[str, str | int | float]:
    took, least = seconds(call), limits.least_s(size_bytes, operations)
    bound = "memory" if size_bytes / limits.bytes_per_s >= least else "arithmetic"
    return {
        "part": name,
        "tokens": tokens,
        "time us": took * 1e6,
        "limit us": least * 1e6,
        "share": least / took,
        "bound by": bound,
    }


def _vllm_experts(
    x: torch.Tensor, weights: layer.LayerWeights, chosen: torch.Tensor, weight: torch.Tensor
) -> Callable[[], Any] | None:
    """vLLM's fused kernel on the same weights; None without CUDA or without vLLM."""
    if not x.is_cuda:
        return None
    try:
        from vllm.model_executor.layers.fused_moe import fused_experts
    except ImportError:
        print("vLLM is not installed for this device: its kernel is left out")
        return None
    return lambda: fused_experts(x, weights.gate_up, weights.down, weight, chosen.to(torch.int32))


def kernels_name(shape: Shape, tokens: int, weights: layer.LayerWeights) -> list[dict[str, Any]]:
    """The kernels that a layer runs, by the device's time in each."""
    x = torch.randn(tokens, shape.hidden, device=weights.router.device).to(weights.router.dtype)
    layer.forward(x, weights, shape.top)
    on_cuda = x.is_cuda
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_cuda else [])]
    with profile(activities=activities) as seen:
        layer.forward(x, weights, shape.top)
    found = [
        {"kernel": event.key, "calls": event.count, "us": time_us}
        for event in seen.key_averages()
        if (time_us := float(event.self_device_time_total if on_cuda else event.self_cpu_time_total)) > 0
    ]
    return sorted(found, key=lambda row: -row["us"])[:KERNELS_NAMED]


def main() -> None:
    """Measures and reports."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.moe_layer")
    parser.add_argument("--shape", choices=SHAPES, help="one shape; by default the first on a CPU, else all")
    parser.add_argument("--tokens", type=int, nargs="+", default=[1, 32, 1024])
    parser.add_argument("--device", choices=("cuda", "cpu"))
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    chip = torch.cuda.get_device_name() if device == "cuda" else "CPU (there is no CUDA device here)"
    limits = limits_measure(device, dtype)
    print(
        f"{chip}: {limits.bytes_per_s / 1e9:.0f} GB/s, {limits.operations_per_s / 1e12:.2f} TFLOP/s {dtype}"
    )
    for name in [options.shape] if options.shape else list(SHAPES)[: None if device == "cuda" else 1]:
        weights = weights_random(SHAPES[name], device, dtype)
        rows = [
            row for tokens in options.tokens for row in parts_measure(SHAPES[name], tokens, weights, limits)
        ]
        kernels = kernels_name(SHAPES[name], max(options.tokens), weights)
        print(f"\n{name}")
        report(f"moe_layer_{name}", rows, options.out, chip=chip, dtype=str(dtype), kernels=kernels)
        for kernel in kernels:
            print(f"  {kernel['us']:9.1f} us in {kernel['calls']} x {kernel['kernel'][:90]}")


if __name__ == "__main__":
    main()
