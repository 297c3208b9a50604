"""vLLM itself takes an adapter into the running engine, where there is a GPU."""

import json

import pytest

from engine.client import ChatMessage, EngineClient
from tests.engine.servers import started

RANK = 4


def adapter_write(folder, model) -> None:
    """A LoRA on the queries' and values' projections that changes what the model says."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    config = json.loads((model / "config.json").read_text())
    hidden, heads, kept = (
        config[key] for key in ("hidden_size", "num_attention_heads", "num_key_value_heads")
    )
    head = config.get("head_dim") or hidden // heads
    widths, tensors = {"q_proj": heads * head, "v_proj": kept * head}, {}
    for layer in range(config["num_hidden_layers"]):
        for name, width in widths.items():
            key = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            tensors[f"{key}.lora_A.weight"] = torch.randn(RANK, hidden)
            tensors[f"{key}.lora_B.weight"] = torch.randn(width, RANK)
    folder.mkdir(parents=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    said = {
        "peft_type": "LORA",
        "r": RANK,
        "lora_alpha": RANK,
        "target_modules": sorted(widths),
        "bias": "none",
    }
    (folder / "adapter_config.json").write_text(json.dumps(said))


@pytest.mark.gpu
def test_an_adapter_answers_otherwise_than_its_base_in_one_engine(language_model, tmp_path):
    adapter_write(tmp_path / "adapters" / "one", language_model)
    path = tmp_path / "l.sock"
    client = EngineClient(f"unix://{path}", model=language_model.name)
    arguments = [
        "--model",
        str(language_model),
        "--uds",
        str(path),
        "--adapters-dir",
        str(tmp_path / "adapters"),
    ]
    with started("engine.serve.llm", *arguments, client=client, wait_s=600):
        asked = [ChatMessage("user", "Say one word.")]
        before, _ = client.chat(asked, max_tokens=8)
        assert client.adapter_load("tuned@1", "one") == ["tuned@1"]
        tuned = EngineClient(f"unix://{path}", model="tuned@1")
        assert tuned.chat(asked, max_tokens=8)[0] != before
        assert client.chat(asked, max_tokens=8)[0] == before
        assert client.adapter_unload("tuned@1") == [] and client.state()["restarts"] == 0
