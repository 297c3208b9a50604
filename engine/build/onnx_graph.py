"""An ONNX graph as it is written, and the two ways in which its linear layers are computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

OPSET = 21
FUSED = "com.microsoft"  # ONNX Runtime's own fused operators
ZERO_POINT = 128
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """A linear layer: weight [out, in]; a bias [out] where it has one."""

    name: str
    weight: Array
    bias: Array | None = None


@dataclass(slots=True)
class Graph:
    """Nodes and constants as they are added; `linear` decides how linear layers are computed."""

    linear: Callable[["Graph", str, Sequence[Layer]], list[str]]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def const(self, name: str, value: Array | np.generic) -> str:
        """Adds a constant, once, and returns its name."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.array(value, order="C"), name)
        return name

    def op(self, kind: str, name: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Adds a node with one output, named as the node, and returns that name."""
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def biased(self, layer: Layer, product: str) -> str:
        """Adds the layer's bias to its product, where it has one."""
        if layer.bias is None:
            return product
        return self.op("Add", layer.name, product, self.const(f"{layer.name}.bias", layer.bias))


def linear_float(graph: Graph, x: str, layers: Sequence[Layer]) -> list[str]:
    """Layers that read the same x [T, in], each to [T, out], in float32."""
    outputs = []
    for layer in layers:
        weight = graph.const(f"{layer.name}.weight", layer.weight.T)
        outputs.append(graph.biased(layer, graph.op("MatMul", f"{layer.name}.matmul", x, weight)))
    return outputs


def linear_int8(graph: Graph, x: str, layers: Sequence[Layer]) -> list[str]:
    """As linear_float, with weights of 8 bits and a scale per output, activations of 8 bits and one per row.

    A row is a token: nothing that is computed for it depends on the other rows, and so no text's vector on
    what else is in its batch. ONNX Runtime's DynamicQuantizeMatMul has one scale for all rows.
    """
    codes, scale = _rows_quantised(graph, x)
    column = graph.op("Unsqueeze", f"{x}.row_scale.column", scale, graph.const("axis1", np.array([1])))
    outputs = []
    for layer in layers:
        weight, scales = _weight_int8(layer.weight)
        product = graph.op(
            "MatMulIntegerToFloat",
            f"{layer.name}.product",
            codes,
            graph.const(f"{layer.name}.weight", weight.T),
            graph.const("one", np.float32(1)),
            graph.const(f"{layer.name}.scale", scales),
            graph.const("zero_point", np.uint8(ZERO_POINT)),
            domain=FUSED,
        )
        outputs.append(graph.biased(layer, graph.op("Mul", f"{layer.name}.scaled", product, column)))
    return outputs


def _weight_int8(weight: Array) -> tuple[Array, Array]:
    """Codes [out, in] and scales [out] of a weight, rounded to the nearest step."""
    scales = np.maximum(np.abs(weight).max(axis=1) / 127, 1e-12).astype(np.float32)
    return np.clip(np.rint(weight / scales[:, None]), -127, 127).astype(np.int8), scales


def _rows_quantised(graph: Graph, x: str) -> tuple[str, str]:
    """Codes of x [T, in] and their scale [T]: a row's largest magnitude is 127 steps from the zero point.

    Codes are unsigned, since the fast kernels multiply unsigned activations with signed weights.
    """
    size = graph.op("Abs", f"{x}.row_sizes", x)
    largest = graph.op(
        "ReduceMax", f"{x}.row_largest", size, graph.const("last_axis", np.array([-1])), keepdims=0
    )
    step = graph.op("Mul", f"{x}.row_step", largest, graph.const("step", np.float32(1 / 127)))
    # A row of zeros has a scale as well.
    scale = graph.op("Max", f"{x}.row_scale", step, graph.const("least_scale", np.float32(1e-12)))
    count = graph.op("Shape", f"{x}.row_count", x, start=0, end=1)
    zero = graph.op("Expand", f"{x}.row_zero", graph.const("zero_point", np.uint8(ZERO_POINT)), count)
    return graph.op("QuantizeLinear", f"{x}.row_codes", x, scale, zero, axis=0), scale
