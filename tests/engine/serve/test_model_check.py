"""What the language model's server refuses before it loads anything."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.config import ServeConfig
from engine.errors import ConfigInvalid, ModelInvalid, ModelTooLarge
from engine.serve.model_check import (
    GIB,
    context_limit,
    directory_check,
    memory_available_bytes,
    memory_check,
    parameters_count,
)
from engine.serve.vllm_server import engine_arguments, vllm_arguments, vllm_environment
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
    assert parameters_count(directory) == 22


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
            parameters_count(directory)


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


def test_a_model_beyond_memory_is_refused_with_figures(directory):
    config = ServeConfig(model=str(directory), kv_cache_gb=1)
    memory_check(directory, config, "float32", 4 * GIB)
    with pytest.raises(ModelTooLarge, match=r"about 3.0 GiB.*2.5 GiB are available"):
        memory_check(directory, config, "float32", int(2.5 * GIB))
    assert memory_available_bytes() > 0


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "/nowhere/at/all"], "neither a directory nor"),
        (["--model", "m", "--uds", "/tmp/" + "x" * 120], "choose a shorter one"),
        (["--model", "a/b", "--max-model-len", "1"], "max_model_len"),
    ],
)
def test_the_server_refuses_to_start_with_one_line(arguments, said):
    command = [sys.executable, "-m", "engine.serve.llm", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr
