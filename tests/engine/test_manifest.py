"""Manifests: what is read is what was written, and everything else is refused by name."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from engine.errors import ModelInvalid
from engine.manifest import ExpertRecord, Manifest, files_hash, manifest_read, manifest_verify, manifest_write


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "config.json").write_text("{}")
    manifest_write(tmp_path, manifest_of(tmp_path))
    return tmp_path


def manifest_of(directory: Path) -> Manifest:
    return Manifest(
        name="m",
        version="1",
        kind="generation",
        architecture="MixtralForCausalLM",
        languages=("en", "zh"),
        base="base",
        licence="Apache-2.0",
        max_tokens=128,
        files=files_hash(directory),
        created="2026-01-01T00:00:00+00:00",
    )


def expert(index: int, **changes) -> ExpertRecord:
    values = {"owner": "botany", "base": "base", "licence": "MIT", "sha256": "1" * 64, "trained_on": "herbs"}
    return ExpertRecord(index=index, **values | changes)


def test_experts_are_read_as_they_were_written(directory):
    manifest = dataclasses.replace(manifest_of(directory), experts=(expert(0), expert(1, owner="common")))
    manifest_write(directory, manifest)
    assert manifest_read(directory) == manifest


def test_a_manifest_says_how_much_a_run_takes(directory):
    manifest_write(directory, dataclasses.replace(manifest_of(directory), batch_tokens=256))
    assert manifest_read(directory).batch_tokens == 256


def test_a_manifest_from_before_there_were_experts_and_batches_keeps_its_digest(directory):
    path = directory / "manifest.json"
    old = json.loads(path.read_text())
    assert "experts" not in old and "batch_tokens" not in old
    canonical = json.dumps(old, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert manifest_read(path).digest == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_manifest_is_read_as_it_was_written(directory):
    assert manifest_read(directory) == manifest_of(directory)
    assert manifest_read(directory / "manifest.json") == manifest_verify(directory)
    assert set(manifest_read(directory).files) == {"model.safetensors", "sub/config.json"}


def test_the_digest_depends_on_every_field_and_on_nothing_else(directory):
    manifest = manifest_read(directory)
    assert manifest.digest == manifest_of(directory).digest
    other = {
        "kind": "embedding", "dims": 3, "languages": ("en",), "max_tokens": 1, "files": {"a": "0" * 64},
        "experts": (expert(0),), "batch_tokens": 64,
    }  # fmt: skip
    for field in dataclasses.fields(Manifest):
        changes = {field.name: other.get(field.name, "other")}
        if field.name == "kind":
            changes["dims"] = 3
        assert dataclasses.replace(manifest, **changes).digest != manifest.digest, field.name


def test_an_altered_file_is_named(directory):
    (directory / "model.safetensors").write_bytes(b"Weights")
    with pytest.raises(ModelInvalid, match="model.safetensors.*differs"):
        manifest_verify(directory)


def test_a_missing_file_is_named(directory):
    (directory / "sub" / "config.json").unlink()
    with pytest.raises(ModelInvalid, match="config.json.*missing"):
        manifest_verify(directory)


def test_a_file_that_is_not_listed_is_named(directory):
    (directory / "extra.safetensors").write_bytes(b"x")
    with pytest.raises(ModelInvalid, match="extra.safetensors.*not listed"):
        manifest_verify(directory)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "sub/model.PT", "a.pkl", "b.ckpt"])
def test_a_pickle_is_refused_whether_listed_or_not(directory, name):
    (directory / name).write_bytes(b"x")
    with pytest.raises(ModelInvalid, match=name.split("/")[-1]):
        manifest_verify(directory)
    with pytest.raises(ModelInvalid, match="pickle"):
        manifest_of(directory)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"surprise": 1}, "unknown keys: surprise"),
        ({"name": None}, "'name' must be text"),
        ({"name": "../x"}, "not a usable model name"),
        ({"kind": "other"}, "kind must be one of"),
        ({"kind": "embedding"}, "needs dims"),
        ({"languages": "en"}, "languages"),
        ({"max_tokens": "9"}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"files": {}}, "files"),
        ({"batch_tokens": -1}, "batch_tokens must be a whole number"),
        ({"batch_tokens": 1.5}, "batch_tokens must be a whole number"),
        ({"experts": {"0": "botany"}}, "experts must be a list"),
        ({"experts": [{"index": 0}]}, "missing"),
        ({"experts": [dataclasses.asdict(expert(1))]}, "in the order"),
        ({"experts": [dataclasses.asdict(expert(0))] * 2}, "listed once"),
        ({"experts": [dataclasses.asdict(expert(0)) | {"owner": ""}]}, "no owner"),
        ({"experts": [dataclasses.asdict(expert(0)) | {"sha256": "x"}]}, "64 hexadecimal"),
        ({"files": {"../outside": "0" * 64}}, "outside"),
        ({"files": {"/absolute": "0" * 64}}, "absolute"),
        ({"files": {"a": "0" * 63}}, "64 hexadecimal"),
    ],
)
def test_a_senseless_manifest_is_refused_saying_why(directory, change, said):
    path = directory / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelInvalid, match=said):
        manifest_read(path)


def test_a_manifest_that_is_missing_or_no_json_or_incomplete_is_refused(directory, tmp_path_factory):
    with pytest.raises(ModelInvalid, match="cannot be read"):
        manifest_read(tmp_path_factory.mktemp("empty"))
    path = directory / "manifest.json"
    for text, said in (("{", "not JSON"), ("[]", "not a JSON object"), ('{"name": "m"}', "missing keys")):
        path.write_text(text)
        with pytest.raises(ModelInvalid, match=said):
            manifest_verify(directory)
    with pytest.raises(ModelInvalid, match="not a directory"):
        manifest_verify(directory / "nowhere")
