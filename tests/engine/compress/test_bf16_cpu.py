"""vLLM's bfloat16 kernels for CPUs against float32, in the shapes of the default models.

A wrong text in bfloat16 would show here first: each kernel that a layer runs, on the instructions that vLLM
chooses on this machine (AMX tiles where the CPU has them, AVX-512 else), then all of them in a layer's order,
since those that use tiles leave a state behind that others could trip over.
"""

from importlib.util import find_spec

import pytest

if find_spec("vllm") is None:
    pytest.skip("vLLM is not installed", allow_module_level=True)

import torch

if torch.cuda.is_available() or not torch.cpu._is_avx512_bf16_supported():
    pytest.skip("not a CPU machine with bfloat16 instructions", allow_module_level=True)

HIDDEN, HEADS, KV_HEADS, HEAD, INNER, EXPERTS = 576, 9, 3, 64, 192, 8
BLOCK_TOKENS = 128
ROUNDING = 0.004  # bfloat16 has 8 bits: results are off by half a step in 256, sums by a little more
AMX = torch.cpu._is_amx_tile_supported()
LENGTHS = [1, 4, 5, 17, 33]


@pytest.fixture(scope="module", autouse=True)
def kernels():
    """vLLM is imported here and below, not above: that takes seconds, and every process collects every file."""
    from vllm.platforms import current_platform

    current_platform.import_kernels()
    torch.manual_seed(7)


def off(got: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((got.float() - wanted).norm() / wanted.norm())


def bf16(*shape: int, scale: float = 1.0) -> torch.Tensor:
    return (torch.randn(*shape) * scale).bfloat16()


def linear_off(tokens: int, outputs: int) -> float:
    """The kernel that vLLM gives a linear layer of these sides."""
    from vllm import _custom_ops as ops
    from vllm.model_executor.layers.utils import check_cpu_sgl_kernel

    weight, x = bf16(outputs, HIDDEN, scale=0.05), bf16(tokens, HIDDEN)
    if check_cpu_sgl_kernel(outputs, HIDDEN, torch.bfloat16):
        got = ops.weight_packed_linear_cpu(x, torch.ops._C.convert_weight_packed(weight), outputs, None)
    else:
        got = ops.onednn_mm(ops.create_onednn_mm(weight.t(), 32), x, None)
    return off(got, x.float() @ weight.float().t())


def experts_off(tokens: int, isa: str) -> float:
    """All experts with equal weights, as the split mixture routes."""
    from vllm import _custom_ops as ops

    w13, w2 = bf16(EXPERTS, 2 * INNER, HIDDEN, scale=0.05), bf16(EXPERTS, HIDDEN, INNER, scale=0.05)
    x, got = bf16(tokens, HIDDEN), torch.empty(tokens, HIDDEN, dtype=torch.bfloat16)
    ids = torch.arange(EXPERTS, dtype=torch.int32).repeat(tokens, 1)
    shares = torch.full((tokens, EXPERTS), 1 / EXPERTS)
    packed = [ops.cpu_prepack_moe_weight(w, isa) for w in (w13, w2)]
    ops.cpu_fused_moe(got, x, *packed, None, None, shares, ids, "silu", isa)
    gate, up = torch.einsum("td,efd->etf", x.float(), w13.float()).chunk(2, dim=2)
    inner = torch.nn.functional.silu(gate) * up
    return off(got, torch.einsum("etf,edf->td", inner, w2.float()) / EXPERTS)


def attention_off(queries: int, context: int) -> float:
    """`queries` new tokens at the end of `context`, in blocks as the server sets them."""
    from vllm import _custom_ops as ops
    from vllm.v1.attention.backends.cpu_attn import _get_attn_isa

    isa = _get_attn_isa(torch.bfloat16, BLOCK_TOKENS, HEAD)
    blocks = -(-context // BLOCK_TOKENS)
    cache = torch.zeros(blocks + 1, KV_HEADS, 2 * BLOCK_TOKENS, HEAD, dtype=torch.bfloat16)
    keys_cached, values_cached = cache.chunk(2, dim=2)
    keys, values = bf16(context, KV_HEADS, HEAD), bf16(context, KV_HEADS, HEAD)
    slots = torch.arange(context) + BLOCK_TOKENS
    ops.cpu_attn_reshape_and_cache(keys, values, keys_cached, values_cached, slots, isa)
    query = bf16(queries, HEADS, HEAD)
    got, scale = torch.empty_like(query), HEAD**-0.5
    starts, lengths = (torch.tensor(v, dtype=torch.int32) for v in ([0, queries], [context]))
    plan = ops.cpu_attn_get_scheduler_metadata(
        num_reqs=1,
        num_heads=HEADS,
        num_kv_heads=KV_HEADS,
        head_dim=HEAD,
        seq_lens=lengths,
        dtype=torch.bfloat16,
        query_start_loc=starts,
        causal=True,
        sliding_window_size=-1,
        isa=isa,
        enable_kv_split=True,
    )
    ops.cpu_attention_with_kv_cache(
        query=query,
        key_cache=keys_cached,
        value_cache=values_cached,
        output=got,
        query_start_loc=starts,
        seq_lens=lengths,
        scale=scale,
        causal=True,
        alibi_slopes=None,
        sliding_window=-1,
        block_table=torch.arange(1, blocks + 1, dtype=torch.int32)[None],
        softcap=0,
        scheduler_metadata=plan,
        s_aux=None,
    )
    shared = HEADS // KV_HEADS
    keys, values = (t.float().repeat_interleave(shared, 1) for t in (keys, values))
    scores = torch.einsum("qhd,khd->hqk", query.float(), keys) * scale
    seen = torch.ones(queries, context).tril(context - queries).bool()
    weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
    return off(got, torch.einsum("hqk,khd->qhd", weights, values))


@pytest.mark.parametrize("tokens", LENGTHS)
@pytest.mark.parametrize("outputs", [EXPERTS, HIDDEN, (HEADS + 2 * KV_HEADS) * HEAD, 4096])
def test_a_linear_layer_rounds_and_no_more(tokens, outputs):
    assert linear_off(tokens, outputs) < ROUNDING


@pytest.mark.parametrize("tokens", LENGTHS)
@pytest.mark.parametrize("isa", ["vec", *(["amx"] if AMX else [])])
def test_the_fused_experts_round_and_no_more(tokens, isa):
    assert experts_off(tokens, isa) < ROUNDING


@pytest.mark.parametrize(("queries", "context"), [(1, 1), (5, 5), (1, 300), (40, 400), (200, 200)])
def test_attention_rounds_and_no_more(queries, context):
    assert attention_off(queries, context) < ROUNDING


def test_a_layers_kernels_do_not_disturb_each_other():
    isa = "amx" if AMX else "vec"
    for turn, tokens in enumerate([1, 7, 33, 1, 2, 64, 1]):
        steps = {
            "query, key, value": linear_off(tokens, (HEADS + 2 * KV_HEADS) * HEAD),
            "attention": attention_off(tokens, tokens + 50 * turn),
            "attention's output": linear_off(tokens, HIDDEN),
            "router": linear_off(tokens, EXPERTS),
            "experts": experts_off(tokens, isa),
            "output head": linear_off(tokens, 4096),
        }
        assert max(steps.values()) < ROUNDING, (turn, steps)
