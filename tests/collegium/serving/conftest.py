"""Small models on disk, an administrator of the installation, and engines that say what a test wants."""

import json
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.manifest import Manifest, files_hash, manifest_write


def safetensors_write(path: Path, content: bytes = b"\0" * 8) -> None:
    header = json.dumps(
        {"w": {"dtype": "F32", "shape": [len(content) // 4], "data_offsets": [0, len(content)]}}
    )
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + content)


def model_write(
    folder: Path, name: str = "small-moe", version: str = "2", content: bytes = b"\0" * 8
) -> Path:
    """A model's folder that verifies: weights, a configuration, the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    safetensors_write(folder / "model.safetensors", content)
    (folder / "config.json").write_text(
        json.dumps({"architectures": ["MixtralForCausalLM"], "dtype": "float32"})
    )
    manifest = Manifest(
        name=name, version=version, kind="generation", architecture="Mixtral", languages=("en", "zh"), base="b",
        licence="Apache-2.0", max_tokens=2048, files=files_hash(folder),
    )  # fmt: skip
    manifest_write(folder, manifest)
    return folder


@pytest.fixture(autouse=True)
def _versions_removed(settings) -> Iterator[None]:
    yield
    shutil.rmtree(settings.HOME.models / "versions", ignore_errors=True)


@pytest.fixture
def trained(tmp_path) -> Callable:
    """trained(version, adapter=True) -> a folder as a training leaves it."""

    def make(version: str = "2", *, name: str = "small-moe", adapter_for: str = "") -> Path:
        out = tmp_path / f"out-{name}-{version}"
        model_write(out / "model", name, version, version.encode().ljust(8, b"\0")[:8])
        if adapter_for:
            (out / "adapter").mkdir()
            safetensors_write(out / "adapter" / "adapter_model.safetensors")
            config = {"peft_type": "LORA", "revision": adapter_for}
            (out / "adapter" / "adapter_config.json").write_text(json.dumps(config))
        (out / "card.json").write_text(json.dumps({"examples": 12}))
        (out / "checkpoints").mkdir()
        return out

    return make


@pytest.fixture
def administrator(owner):
    """A person of the workspace who administers the installation."""
    owner.is_staff = True
    owner.save()
    return owner


@pytest.fixture
def admin_asker(administrator, workspace, asker_of):
    return asker_of(administrator, workspace)
