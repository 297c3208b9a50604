"""A model is compressed whole, or not at all and with a reason."""

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.build import staging
from engine.compress.__main__ import main
from engine.compress.forms import form_named
from engine.compress.model import model_compress
from engine.manifest import manifest_verify
from engine.moe.tensors import tensor_hashes
from tests.engine.compress import tiny
from tests.engine.servers import model_cache


def run(model: Path, out: Path, *more: str, form: str = "int8") -> int:
    places = ["--environment", str(out.parent / "environment"), "--out", str(out)]
    return main(["--model", str(model), "--form", form, *places, *more])


@pytest.fixture
def model(tmp_path):
    return tiny.model_write(tmp_path / "tiny")


def refusal(capsys, tmp_path, *arguments: str, **options: str) -> str:
    before = sorted(tmp_path.rglob("*.safetensors"))
    assert run(*arguments, **options) == 1
    assert sorted(tmp_path.rglob("*.safetensors")) == before, "something was left behind"
    assert not (tmp_path / "environment").exists(), "it was refused after the installation"
    return capsys.readouterr().err


def test_an_unknown_form_is_refused(model, tmp_path, capsys):
    assert "there is no form 'int2'" in refusal(capsys, tmp_path, model, tmp_path / "out", form="int2")


def test_a_place_that_exists_is_refused_and_kept(model, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "precious").write_text("")
    assert "exists already" in refusal(capsys, tmp_path, model, out)
    assert (out / "precious").exists()


def test_a_model_without_a_manifest_is_refused(model, tmp_path, capsys):
    (model / "manifest.json").unlink()
    assert "manifest.json: cannot be read" in refusal(capsys, tmp_path, model, tmp_path / "out")


def test_a_model_that_is_not_there_is_refused(tmp_path, capsys):
    assert "is not a directory" in refusal(capsys, tmp_path, tmp_path / "none", tmp_path / "out")


def test_an_altered_model_is_refused(model, tmp_path, capsys):
    (model / "config.json").write_text("{}")
    assert "differs from the manifest" in refusal(capsys, tmp_path, model, tmp_path / "out")


def test_a_model_with_a_pickle_is_refused(model, tmp_path, capsys):
    (model / "pytorch_model.bin").write_bytes(b"")
    assert "may hold a pickle" in refusal(capsys, tmp_path, model, tmp_path / "out")


def test_a_compressed_model_is_not_compressed_again(tmp_path, capsys):
    model = tiny.model_write(tmp_path / "tiny", quantization_config={"quant_method": "compressed-tensors"})
    assert "is compressed already" in refusal(capsys, tmp_path, model, tmp_path / "out")


def test_widths_that_no_kernel_reads_are_refused(tmp_path, capsys):
    model = tiny.model_write(tmp_path / "tiny", hidden=72)
    assert "multiples of 32" in refusal(capsys, tmp_path, model, tmp_path / "out")


def test_experts_with_owners_stay_as_their_records_say(tmp_path, capsys):
    model = tiny.model_write(tmp_path / "tiny", owned=True)
    assert "experts have owners" in refusal(capsys, tmp_path, model, tmp_path / "out", "--experts")


def test_a_disk_that_is_too_small_is_refused_with_figures(model, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(staging, "DISK_RESERVE_BYTES", 10**18)
    assert "GB of disk" in refusal(capsys, tmp_path, model, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.skipif("COLLEGIUM_SOAK" not in os.environ, reason="installs llm-compressor: part of make soak")
@pytest.mark.parametrize("form", ["int8", "int4"])
def test_the_compressed_weights_are_the_nearest_steps_and_the_rest_is_untouched(tmp_path, model, form):
    environment = Path(os.environ.get("COLLEGIUM_TEST_COMPRESS") or model_cache() / "compress")
    out = model_compress(model, form_named(form), tmp_path / "out", environment)
    manifest = manifest_verify(out)
    assert manifest.name == f"tiny-{form}" and form in manifest.architecture
    before, after = tensor_hashes(model), tensor_hashes(out)
    kept = [name for name in before if "self_attn" not in name]
    assert len(kept) == 11 and {name: after[name] for name in kept} == {name: before[name] for name in kept}
    compressed = load_file(out / "model.safetensors")
    name = "model.layers.0.self_attn.o_proj.weight"
    exact, scale = tiny.weights()[name], compressed[f"{name}_scale"].astype(np.float32)
    if form == "int8":
        read = compressed[name].astype(np.float32) * scale
    else:
        packed = compressed[f"{name}_packed"].view(np.uint32)
        steps = (packed[..., None] >> np.arange(0, 32, 4, dtype=np.uint32)) & 15
        steps = steps.reshape(exact.shape).astype(np.float32) - 8
        read = steps * np.repeat(scale, exact.shape[1] // scale.shape[1], axis=1)
    error = np.abs(read - exact) / np.abs(exact).max()
    assert error.max() < {"int8": 0.01, "int4": 0.2}[form] and error.mean() > 0
