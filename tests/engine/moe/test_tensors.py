"""Tensors as raw bytes: read without loading, written unchanged, refused when damaged."""

import dataclasses

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from engine.errors import ModelInvalid
from engine.moe.tensors import (
    tensor_hashes,
    tensors_open,
    tensors_sha256,
    tensors_write,
)

VALUES = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.arange(4, dtype=np.float16)}


@pytest.fixture
def directory(tmp_path):
    save_file(VALUES, tmp_path / "model.safetensors")
    return tmp_path


def test_what_is_written_is_what_was_read(directory, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    tensors_write(out / "model.safetensors", tensors_open(directory))
    read = load_file(out / "model.safetensors")
    assert all(np.array_equal(read[name], value) for name, value in VALUES.items())
    assert tensor_hashes(out) == tensor_hashes(directory)


def test_a_hash_covers_bytes_type_and_shape(directory):
    tensor = tensors_open(directory)["a"]
    others = [
        dataclasses.replace(tensor, data=bytes(24)),
        dataclasses.replace(tensor, shape=(3, 2)),
        dataclasses.replace(tensor, dtype="I32"),
    ]
    assert len({tensor.sha256, *(other.sha256 for other in others)}) == 4
    named = [("a", tensor), ("b", others[0])]
    assert tensors_sha256(named) == tensors_sha256(reversed(named))
    assert tensors_sha256(named) != tensors_sha256([("b", tensor), ("a", others[0])])


def test_a_name_in_two_files_is_refused(directory):
    save_file(VALUES, directory / "other.safetensors")
    with pytest.raises(ModelInvalid, match="in another file"):
        tensors_open(directory)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: b"x" * 40, lambda raw: b""])
def test_a_damaged_file_is_refused_by_name(directory, damage):
    path = directory / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelInvalid, match="model.safetensors: is no whole"):
        tensors_open(directory)


def test_a_directory_without_weights_is_refused(tmp_path):
    with pytest.raises(ModelInvalid, match="has no weights"):
        tensors_open(tmp_path)
