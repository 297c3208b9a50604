"""What the language model's server refuses before it loads anything."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.config import ServeConfig
from engine.errors import ConfigInvalid, ModelInvalid, ModelTooLarge
from engine.manifest import Manifest, files_hash, manifest_write
from engine.serve.model_check import (
    GIB,
    context_limit,
    device_memory_check,
    directory_check,
    dtype_check,
    memory_available_bytes,
    memory_check,
    weights_bytes,
)
from engine.serve.vllm_server import engine_arguments, vllm_arguments, vllm_environment
from tests.engine.compress import tiny
from tests.engine.servers import ROOT


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["MixtralForCausalLM"]}))
    save_file(
        {"a": np.zeros((3, 5), np.float16), "b": np.zeros(7, np.float32)}, tmp_path / "model.safetensors"
    )
    return tmp_path


def test_a_plain_hugging_face_directory_is_accepted(directory):
    assert directory_check(directory)["architectures"] == ["MixtralForCausalLM"]
    assert weights_bytes(directory, "float32") == 22 * 4


def test_floats_are_counted_as_they_are_served_and_quantised_weights_as_they_are_packed(directory):
    save_file({"q": np.zeros((8, 8), np.int8), "scale": np.zeros(8, np.float32)}, directory / "q.safetensors")
    assert weights_bytes(directory, "float32") == 22 * 4 + 64 + 8 * 4
    assert weights_bytes(directory, "bfloat16") == weights_bytes(directory, "auto") == 22 * 2 + 64 + 8 * 2


def test_a_file_of_weights_that_the_index_names_and_nobody_copied_is_missed(directory):
    index = directory / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model.safetensors", "c": "model-2.safetensors"}}))
    with pytest.raises(ModelInvalid, match="lacks 1 of 2 files of weights, as model-2.safetensors"):
        directory_check(directory)
    index.write_text("[]")
    with pytest.raises(ModelInvalid, match="no index"):
        directory_check(directory)


def test_missing_or_senseless_files_are_named(directory):
    weights = directory / "model.safetensors"
    weights.rename(directory / "moved")
    with pytest.raises(ModelInvalid, match="no weights"):
        directory_check(directory)
    for text, said in (("{", "not JSON"), ("{}", "architectures")):
        (directory / "config.json").write_text(text)
        with pytest.raises(ModelInvalid, match=f"config.json.*{said}"):
            directory_check(directory)
    (directory / "config.json").unlink()
    with pytest.raises(ModelInvalid, match="config.json: is missing"):
        directory_check(directory)


def test_a_pickle_beside_the_weights_is_refused(directory):
    (directory / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(ModelInvalid, match="pytorch_model.bin.*pickle"):
        directory_check(directory)


def test_weights_that_were_cut_are_refused(directory):
    weights = directory / "model.safetensors"
    whole = weights.read_bytes()
    for broken in (whole[:-1], whole[:5], b"", b"\xff" * 100):
        weights.write_bytes(broken)
        with pytest.raises(ModelInvalid, match="model.safetensors.*no whole"):
            weights_bytes(directory, "float32")


def test_an_embedding_model_is_not_served_as_a_chat_engine(embedding_model):
    with pytest.raises(ModelInvalid, match="embedding model"):
        directory_check(embedding_model)


def test_an_altered_default_model_is_refused(language_model, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(language_model, copy)
    assert directory_check(copy)["num_local_experts"] == 8
    with (copy / "model.safetensors").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x55")
    with pytest.raises(ModelInvalid, match="model.safetensors.*differs"):
        directory_check(copy)


PACKED = [
    {"quant_method": "compressed-tensors", "format": "pack-quantized"},
    {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"format": "pack-quantized"}}},
    {"quant_method": "gptq", "bits": 4},
]


@pytest.mark.parametrize("compression", PACKED)
def test_packed_weights_are_not_served_in_float32(directory, compression):
    config = {"architectures": ["MixtralForCausalLM"], "quantization_config": compression}
    with pytest.raises(ConfigInvalid, match="--dtype bfloat16"):
        dtype_check(directory, config, "float32")
    dtype_check(directory, config, "bfloat16")


def test_weights_of_8_bits_and_plain_ones_are_served_in_float32(directory):
    int8 = {"quant_method": "compressed-tensors", "format": "int-quantized"}
    dtype_check(directory, {"quantization_config": int8}, "float32")
    dtype_check(directory, {}, "float32")


def test_the_server_refuses_packed_weights_before_it_loads_them(tmp_path):
    compression = {"quant_method": "compressed-tensors", "format": "pack-quantized"}
    model = tiny.model_write(tmp_path / "tiny", quantization_config=compression)
    command = [sys.executable, "-m", "engine.serve.llm", "--model", str(model), "--uds", str(tmp_path / "s")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "serve it with --dtype bfloat16" in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "s").exists()


def test_a_model_beyond_memory_is_refused_with_figures(directory):
    config = ServeConfig(model=str(directory), kv_cache_gb=1)
    memory_check(directory, config, "float32", 4 * GIB)
    with pytest.raises(ModelTooLarge, match=r"about 3.0 GiB.*2.5 GiB are available"):
        memory_check(directory, config, "float32", int(2.5 * GIB))
    assert memory_available_bytes() > 0
    device_memory_check(directory, "auto", 100)
    with pytest.raises(ModelTooLarge, match=r"0.0 GiB of a GPU's memory.*largest here has 0.0 GiB.*--ranks"):
        device_memory_check(directory, "auto", 40)


def test_the_context_is_never_longer_than_the_models():
    assert context_limit({"max_position_embeddings": 2048}, 4096) == 2048
    assert context_limit({"max_position_embeddings": 8192}, 4096) == 4096
    assert context_limit({}, 4096) == 4096
    with pytest.raises(ConfigInvalid):
        context_limit({"max_position_embeddings": "x"}, 4096)


def test_a_cpu_gets_float32_and_an_accelerator_its_own_choice(directory, tmp_path):
    config = ServeConfig(model=str(directory))
    cpu = vllm_arguments(config, engine_arguments(config, cuda=False, context_tokens=99))
    gpu = vllm_arguments(config, engine_arguments(config, cuda=True, context_tokens=99))
    assert cpu[cpu.index("--dtype") + 1] == "float32" and "--enforce-eager" in cpu
    assert gpu[gpu.index("--dtype") + 1] == "auto" and "--enforce-eager" not in gpu
    assert "VLLM_CPU_KVCACHE_SPACE" in vllm_environment(config, cuda=False)
    assert not any(key.startswith("VLLM_CPU") for key in vllm_environment(config, cuda=True))


def test_only_a_local_directory_is_offline(directory):
    assert vllm_environment(ServeConfig(model=str(directory)), cuda=False)["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in vllm_environment(ServeConfig(model="owner/name"), cuda=False)


def test_the_api_key_is_read_from_its_file_and_kept_off_the_command_line(directory, tmp_path):
    key = tmp_path / "key"
    key.write_text("secret\n")
    config = ServeConfig(model=str(directory), api_key_file=key)
    assert vllm_environment(config, cuda=False)["VLLM_API_KEY"] == "secret"
    assert "secret" not in " ".join(vllm_arguments(config, {}))
    key.write_text("\n")
    with pytest.raises(ConfigInvalid, match="is empty"):
        vllm_environment(config, cuda=False)
    key.unlink()
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        vllm_environment(config, cuda=False)


def refused(*arguments: object, **environment: str) -> str:
    """What the server says, which refuses to start: one line, before it has loaded anything."""
    command = [sys.executable, "-m", "engine.serve.llm", *map(str, arguments)]
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    assert time.monotonic() - began < 30
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "/nowhere/at/all"], "neither a directory nor"),
        (["--model", "m", "--uds", "/tmp/" + "x" * 120], "choose a shorter one"),
        (["--model", "a/b", "--max-model-len", "1"], "max_model_len"),
    ],
)
def test_the_server_refuses_to_start_with_one_line(arguments, said):
    assert said in refused(*arguments)


def test_the_server_refuses_a_directory_that_it_cannot_or_must_not_load(directory, tmp_path):
    said = ("--model", directory, "--uds", tmp_path / "s")
    too_large = refused(*said, "--kv-cache-gb", 90_000)
    assert re.search(r"needs about 9\d{4}\.\d GiB .* and \d+\.\d GiB are available", too_large), too_large
    (directory / "adapter.pt").write_bytes(b"\x80\x04")
    assert "adapter.pt may hold a pickle" in refused(*said)
    (directory / "adapter.pt").unlink()
    known = {"version": "1", "kind": "generation", "architecture": "a", "languages": (), "base": "b"}
    files = files_hash(directory)
    manifest_write(directory, Manifest(name="m", licence="l", max_tokens=9, files=files, **known))
    with (directory / "model.safetensors").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x55")
    assert "model.safetensors: differs from the manifest (sha256)" in refused(*said)
    (directory / "manifest.json").unlink()
    (directory / "model.safetensors").unlink()
    assert "has no weights (*.safetensors)" in refused(*said)


@pytest.mark.parametrize(
    ("shape", "ranks", "said"),
    [
        ({"num_attention_heads": 9, "num_key_value_heads": 3}, 2, "9 query and 3 key/value heads"),
        (
            {"num_attention_heads": 32, "num_local_experts": 8},
            16,
            "16 ranks are more than the model's 8 experts",
        ),
    ],
)
def test_the_server_refuses_ranks_that_the_model_does_not_divide_into(
    directory, tmp_path, shape, ranks, said
):
    """At once, and for good: no worker that may still come would help."""
    (directory / "config.json").write_text(json.dumps({"architectures": ["MixtralForCausalLM"], **shape}))
    (tmp_path / "key").write_text("k" * 64)
    where = ("--broker", "redis+socket:///nowhere", "--rank-key-file", tmp_path / "key")
    assert said in refused("--model", directory, "--uds", tmp_path / "s", "--ranks", ranks, *where)
