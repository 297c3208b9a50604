"""A BERT sentence encoder as an ONNX graph, built from its safetensors without torch.

Shapes: B texts, each filled up to S tokens, T = B S, D hidden width.
The graph takes input_ids [B, S] and lengths [B], how many tokens each text has of its own. It gives embedding
[B, D]: the mean over these tokens, scaled to length 1. What a text is filled up with, and what is computed
beside it, does not reach its vector but for the rounding of float32.
"""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from engine.build.onnx_graph import FUSED, OPSET, Array, Graph, Layer, linear_float, linear_int8


def bert_graph(config: dict[str, Any], weights: dict[str, Array], *, int8: bool) -> onnx.ModelProto:
    """Builds the encoder with its pooling from a BertModel's config and float32 weights."""
    graph = Graph(linear_int8 if int8 else linear_float)
    epsilon, hidden = float(config["layer_norm_eps"]), int(config["hidden_size"])
    shape = graph.op("Shape", "shape", "input_ids")
    x = _embeddings(graph, weights, epsilon)
    x = graph.op("Reshape", "tokens", x, graph.const("flat", np.array([-1, hidden])))
    width = graph.const("width", np.array([hidden]))
    graph.op("Concat", "text_shape", shape, width, axis=0)
    for layer in range(config["num_hidden_layers"]):
        x = _layer(graph, f"encoder.layer.{layer}.", x, weights, config["num_attention_heads"], epsilon)
    _pool(graph, graph.op("Reshape", "by_text", x, "text_shape"))
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["B", "S"])
    lengths = helper.make_tensor_value_info("lengths", TensorProto.INT32, ["B"])
    out = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["B", hidden])
    constants = list(graph.constants.values())
    body = helper.make_graph(graph.nodes, "bert_sentence_encoder", [ids, lengths], [out], constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=10, producer_name="collegium")


def _embeddings(graph: Graph, weights: dict[str, Array], epsilon: float) -> str:
    """Word, position and segment vectors [B, S, D], normalised; every token is of segment 0."""
    # Segment 0 is the same for all tokens, so it is added to the position table once, here.
    positions = (
        weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    table = graph.const("word_table", weights["embeddings.word_embeddings.weight"])
    words = graph.op("Gather", "words", table, "input_ids")
    length = graph.op("Shape", "longest", "input_ids", start=1, end=2)
    zero, axis = graph.const("zero", np.array([0])), graph.const("axis0", np.array([0]))
    places = graph.op("Slice", "places", graph.const("position_table", positions), zero, length, axis)
    return _norm(graph, "embeddings.LayerNorm", graph.op("Add", "embedded", words, places), weights, epsilon)


def _norm(graph: Graph, name: str, x: str, weights: dict[str, Array], epsilon: float) -> str:
    scale = graph.const(f"{name}.scale", weights[f"{name}.weight"])
    shift = graph.const(f"{name}.shift", weights[f"{name}.bias"])
    return graph.op("LayerNormalization", name, x, scale, shift, axis=-1, epsilon=epsilon)


def _layer(graph: Graph, p: str, x: str, weights: dict[str, Array], heads: int, epsilon: float) -> str:
    """One transformer layer: attention and feed-forward, each added to its input and normalised after."""

    def layer(name: str) -> Layer:
        return Layer(p + name, weights[f"{p}{name}.weight"], weights[f"{p}{name}.bias"])

    attended = graph.op("Add", f"{p}residual1", _attention(graph, p, x, weights, heads), x)
    x = _norm(graph, f"{p}attention.output.LayerNorm", attended, weights, epsilon)
    (inner,) = graph.linear(graph, x, [layer("intermediate.dense")])
    inner = graph.op("Gelu", f"{p}gelu", inner, approximate="none")
    (output,) = graph.linear(graph, inner, [layer("output.dense")])
    return _norm(graph, f"{p}output.LayerNorm", graph.op("Add", f"{p}residual2", output, x), weights, epsilon)


def _attention(graph: Graph, p: str, x: str, weights: dict[str, Array], heads: int) -> str:
    """Attention of x [T, D] within each text, with its output's matrix.

    Two of the four biases need no operator. A key's adds the same to all scores of a query, which softmax
    takes away again; a value's passes through the weights, which sum to 1, and so is part of the output's.
    """
    query, key, value, output = (
        f"{p}attention.{name}" for name in ("self.query", "self.key", "self.value", "output.dense")
    )
    layers = [
        Layer(query, weights[f"{query}.weight"], weights[f"{query}.bias"]),
        Layer(key, weights[f"{key}.weight"]),
        Layer(value, weights[f"{value}.weight"]),
    ]
    by_text = [
        graph.op("Reshape", f"{name}.by_text", name, "text_shape") for name in graph.linear(graph, x, layers)
    ]
    attended = graph.op(
        "MultiHeadAttention", f"{p}attention", *by_text, "", "lengths", domain=FUSED, num_heads=heads
    )
    attended = graph.op("Reshape", f"{p}attended", attended, "flat")
    # In float64, so that the sum has the same digits on every machine, and the file the same hash.
    matrix, passed = weights[f"{output}.weight"], weights[f"{value}.bias"].astype(np.float64)
    bias = weights[f"{output}.bias"] + matrix.astype(np.float64) @ passed
    return graph.linear(graph, attended, [Layer(output, matrix, bias.astype(np.float32))])[0]


def _pool(graph: Graph, x: str) -> None:
    """The mean of x [B, S, D] over the tokens that each text has of its own, scaled to length 1."""
    axis = graph.const("axis1", np.array([1]))
    longest = graph.op("Squeeze", "longest.scalar", "longest")
    zero, one = graph.const("range.start", np.int64(0)), graph.const("range.step", np.int64(1))
    place = graph.op("Range", "place", zero, longest, one)
    lengths = graph.op("Cast", "lengths.int64", "lengths", to=TensorProto.INT64)
    own = graph.op("Less", "own", place, graph.op("Unsqueeze", "lengths.column", lengths, axis))
    weight = graph.op("Cast", "own.float", own, to=TensorProto.FLOAT)
    total = graph.op("MatMul", "total", graph.op("Unsqueeze", "own.row", weight, axis), x)
    # The sum has the direction of the mean, and only that is left.
    graph.op("LpNormalization", "embedding", graph.op("Squeeze", "sum", total, axis), axis=-1, p=2)
