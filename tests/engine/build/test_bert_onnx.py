"""The encoder's graph against the same network written down in numpy, text by text."""

import math

import numpy as np
import pytest

from engine.build.bert_onnx import bert_graph
from engine.build.onnx_graph import Graph, Layer, linear_int8

ort = pytest.importorskip("onnxruntime")

HIDDEN, INNER, HEADS, LAYERS, WORDS, PLACES = 32, 64, 4, 2, 50, 24
CONFIG = {
    "hidden_size": HIDDEN,
    "num_attention_heads": HEADS,
    "num_hidden_layers": LAYERS,
    "layer_norm_eps": 1e-12,
}
TEXTS = [[1, 7, 9, 2], [1, 2], list(range(1, 24)), [5] * 11, [3, 30, 41, 8, 2]]


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)

    def of(*shape: int) -> np.ndarray:
        return rng.normal(scale=0.3, size=shape).astype(np.float32)

    made = {
        "embeddings.word_embeddings.weight": of(WORDS, HIDDEN),
        "embeddings.position_embeddings.weight": of(PLACES, HIDDEN),
        "embeddings.token_type_embeddings.weight": of(2, HIDDEN),
    }
    linear = {
        f"attention.{n}": (HIDDEN, HIDDEN) for n in ("self.query", "self.key", "self.value", "output.dense")
    }
    linear |= {"intermediate.dense": (INNER, HIDDEN), "output.dense": (HIDDEN, INNER)}
    norms = ["embeddings.LayerNorm"]
    for p in (f"encoder.layer.{i}." for i in range(LAYERS)):
        for name, shape in linear.items():
            made |= {f"{p}{name}.weight": of(*shape), f"{p}{name}.bias": of(shape[0])}
        norms += [f"{p}attention.output.LayerNorm", f"{p}output.LayerNorm"]
    return made | {f"{n}.weight": 1 + of(HIDDEN) for n in norms} | {f"{n}.bias": of(HIDDEN) for n in norms}


def slowly(weights: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """One text's vector, with the four biases of attention where the paper has them."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        spread = np.sqrt(x.var(axis=1, keepdims=True) + 1e-12)
        return (x - x.mean(axis=1, keepdims=True)) / spread * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    places = w["embeddings.position_embeddings.weight"][: len(ids)]
    words = w["embeddings.word_embeddings.weight"][ids]
    x = norm(words + places + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for p in (f"encoder.layer.{i}." for i in range(LAYERS)):
        q, k, v = (
            linear(x, f"{p}attention.self.{n}").reshape(len(ids), HEADS, -1)
            for n in ("query", "key", "value")
        )
        scores = np.einsum("qhd,khd->hqk", q, k) / math.sqrt(HIDDEN / HEADS)
        shares = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        attended = np.einsum("hqk,khd->qhd", shares, v).reshape(len(ids), HIDDEN)
        x = norm(linear(attended, f"{p}attention.output.dense") + x, f"{p}attention.output.LayerNorm")
        inner = linear(x, f"{p}intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(linear(inner, f"{p}output.dense") + x, f"{p}output.LayerNorm")
    mean = x.mean(axis=0)
    return mean / np.linalg.norm(mean)


def run(model: object, texts: list[list[int]], fill: int = 0) -> np.ndarray:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    lengths = np.array([len(ids) for ids in texts], np.int32)
    padded = np.full((len(texts), lengths.max()), fill, np.int64)
    for row, ids in zip(padded, texts, strict=True):
        row[: len(ids)] = ids
    return session.run(["embedding"], {"input_ids": padded, "lengths": lengths})[0]


def test_the_exact_graph_is_the_network(weights):
    wanted = np.stack([slowly(weights, ids) for ids in TEXTS])
    assert np.abs(run(bert_graph(CONFIG, weights, int8=False), TEXTS) - wanted).max() < 1e-5


def test_the_graph_of_8_bits_is_near_to_it(weights):
    wanted = np.stack([slowly(weights, ids) for ids in TEXTS])
    assert (run(bert_graph(CONFIG, weights, int8=True), TEXTS) * wanted).sum(axis=1).min() > 0.99


@pytest.mark.parametrize("int8", [False, True])
def test_neither_company_nor_what_fills_a_text_up_reaches_its_vector(weights, int8):
    model = bert_graph(CONFIG, weights, int8=int8)
    alone = np.concatenate([run(model, [ids]) for ids in TEXTS])
    for fill in (0, 49):
        assert np.abs(run(model, TEXTS, fill) - alone).max() < 1e-5


def test_each_row_is_rounded_by_its_own_size():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(5, 16)).astype(np.float32) * np.array([[1e-3], [1], [0], [1e4], [1]], np.float32)
    weight, bias = rng.normal(size=(8, 16)).astype(np.float32), rng.normal(size=8).astype(np.float32)
    graph = Graph(linear_int8)
    (name,) = linear_int8(graph, "x", [Layer("layer", weight, bias)])
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["T", w]) for n, w in (("x", 16), (name, 8))]
    body = helper.make_graph(graph.nodes, "g", ends[:1], ends[1:], list(graph.constants.values()))
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=10)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    got = session.run(None, {"x": x})[0] - bias
    wanted = x.astype(np.float64) @ weight.T
    step = np.abs(x).max(axis=1, keepdims=True) / 127 * np.abs(weight).sum(axis=1)
    assert (np.abs(got - wanted) <= step + 1e-6).all()
    off = np.linalg.norm(got - wanted, axis=1) / np.maximum(np.linalg.norm(wanted, axis=1), 1e-12)
    assert off[[0, 1, 3, 4]].max() < 0.02 and (got[2] == 0).all(), "a small row beside a large one was lost"
