"""A model directory's manifest: what the model is, and the hash of each of its files."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal, cast, get_args

from engine.errors import ModelInvalid

MANIFEST_NAME = "manifest.json"
PICKLE_SUFFIXES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})
OPTIONAL = frozenset({"experts", "batch_tokens"})
Kind = Literal["generation", "embedding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertRecord:
    """One routed expert of a mixture: whose it is, what it was made from, and the hash of its tensors.

    `sha256` covers the expert's tensors in all layers. `trained_on` is empty while it is as it was made.
    """

    index: int
    owner: str
    base: str
    licence: str
    sha256: str
    trained_on: str = ""

    def __post_init__(self) -> None:
        if type(self.index) is not int or self.index < 0:
            raise ModelInvalid(f"manifest: {self.index!r} is no expert's index")
        for name in ("owner", "base", "licence", "trained_on"):
            if not isinstance(getattr(self, name), str):
                raise ModelInvalid(f"manifest: {name!r} of expert {self.index} must be text")
        if not self.owner:
            raise ModelInvalid(f"manifest: expert {self.index} has no owner")
        _digest_check(f"expert {self.index}", self.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A model's identity. `files` maps names relative to the directory to their sha256.

    `experts` lists the routed experts of a mixture whose experts have owners; it is empty for other models.
    `batch_tokens` is how many tokens, padding included, one run of an embedding model takes at most, where
    that is faster than text by text; 0 where it is not.
    """

    name: str
    version: str
    kind: Kind
    architecture: str
    languages: tuple[str, ...]
    base: str
    licence: str
    max_tokens: int
    files: Mapping[str, str]
    dims: int | None = None
    prompt_template: str = ""
    created: str = ""
    experts: tuple[ExpertRecord, ...] = ()
    batch_tokens: int = 0

    def __post_init__(self) -> None:
        for name in ("name", "version", "architecture", "base", "licence", "prompt_template", "created"):
            if not isinstance(getattr(self, name), str):
                raise ModelInvalid(f"manifest: {name!r} must be text")
        if self.kind not in get_args(Kind):
            raise ModelInvalid(f"manifest: kind must be one of {get_args(Kind)}, not {self.kind!r}")
        if not self.name or "/" in self.name:
            raise ModelInvalid(f"manifest: {self.name!r} is not a usable model name")
        if type(self.max_tokens) is not int or self.max_tokens < 1:
            raise ModelInvalid("manifest: max_tokens must be a positive whole number")
        if type(self.batch_tokens) is not int or self.batch_tokens < 0:
            raise ModelInvalid("manifest: batch_tokens must be a whole number, and not negative")
        if self.kind == "embedding" and (type(self.dims) is not int or self.dims < 1):
            raise ModelInvalid("manifest: an embedding model needs dims, a positive whole number")
        if not isinstance(self.languages, tuple) or not all(isinstance(x, str) for x in self.languages):
            raise ModelInvalid("manifest: languages must be a list of language codes")
        if not isinstance(self.files, Mapping) or not self.files:
            raise ModelInvalid("manifest: files must map at least one file name to its sha256")
        for name, digest in self.files.items():
            _file_entry_check(name, digest)
        if not all(isinstance(expert, ExpertRecord) for expert in self.experts):
            raise ModelInvalid("manifest: experts must be a list of experts")
        if [expert.index for expert in self.experts] != list(range(len(self.experts))):
            raise ModelInvalid("manifest: experts must be listed once each, in the order of their indices")

    @property
    def digest(self) -> str:
        """The model version's identity: sha256 over the canonical JSON of every field."""
        text = json.dumps(_as_json(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _as_json(manifest: Manifest) -> dict[str, Any]:
    found = asdict(manifest) | {"languages": list(manifest.languages), "files": dict(manifest.files)}
    # What a model does not have is left out, so that digests from before there was such a field stay.
    experts = {"experts": [asdict(expert) for expert in manifest.experts]} if found.pop("experts") else {}
    batch = {"batch_tokens": manifest.batch_tokens} if found.pop("batch_tokens") else {}
    return found | experts | batch


def _file_entry_check(name: object, digest: object) -> None:
    path = PurePosixPath(name) if isinstance(name, str) else None
    if not path or path.is_absolute() or ".." in path.parts or not path.parts:
        raise ModelInvalid(f"manifest: {name!r} is not a file name inside the model directory")
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise ModelInvalid(f"manifest: {name} may hold a pickle; only safetensors and ONNX are loaded")
    _digest_check(str(name), digest)


def _digest_check(of: str, digest: object) -> None:
    if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ModelInvalid(f"manifest: the sha256 of {of} is not 64 hexadecimal digits")


def created_now() -> str:
    """The present time as a manifest writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def file_sha256(path: Path) -> str:
    """The sha256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_hash(directory: Path) -> dict[str, str]:
    """Hashes every file of a model directory except the manifest itself."""
    return {name: file_sha256(directory / name) for name in _names(directory)}


def _names(directory: Path) -> list[str]:
    paths = (p.relative_to(directory) for p in sorted(directory.rglob("*")) if not p.is_dir())
    visible = (p for p in paths if not any(part.startswith(".") for part in p.parts))
    return [p.as_posix() for p in visible if p.as_posix() != MANIFEST_NAME]


def pickles_refuse(directory: Path) -> None:
    """Raises ModelInvalid when the directory holds a file that could be a pickle."""
    for path in sorted(directory.rglob("*")):
        if path.suffix.lower() in PICKLE_SUFFIXES:
            raise ModelInvalid(
                f"{path} may hold a pickle, which can run code: "
                "convert the weights to safetensors and delete it"
            )


def manifest_read(path: Path | str) -> Manifest:
    """Reads a manifest from its file, or from the directory that holds it.

    Raises ModelInvalid when it is missing, is not JSON, or has unknown or missing keys.
    """
    path = Path(path)
    path = path / MANIFEST_NAME if path.is_dir() else path
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelInvalid(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ModelInvalid(f"{path}: is not JSON ({error})") from error
    if not isinstance(raw, dict):
        raise ModelInvalid(f"{path}: is not a JSON object")
    known = {f.name for f in fields(Manifest)}
    if unknown := sorted(set(raw) - known):
        raise ModelInvalid(f"{path}: unknown keys: {', '.join(unknown)}")
    if missing := sorted(known - OPTIONAL - set(raw)):
        raise ModelInvalid(f"{path}: missing keys: {', '.join(missing)}")
    languages = raw["languages"]
    raw["languages"] = tuple(languages) if isinstance(languages, list) else languages
    raw["experts"] = _experts_read(path, raw.get("experts", []))
    return Manifest(**cast(dict[str, Any], raw))


def _experts_read(path: Path, raw: object) -> tuple[ExpertRecord, ...]:
    if not isinstance(raw, list) or not all(isinstance(entry, dict) for entry in raw):
        raise ModelInvalid(f"{path}: experts must be a list of JSON objects")
    try:
        return tuple(ExpertRecord(**entry) for entry in raw)
    except TypeError as error:
        raise ModelInvalid(f"{path}: an expert has unknown or missing keys ({error})") from error


def manifest_write(path: Path | str, m: Manifest) -> None:
    """Writes a manifest to a file, or into a directory, replacing what was there at once."""
    path = Path(path)
    path = path / MANIFEST_NAME if path.is_dir() else path
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(json.dumps(_as_json(m), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def manifest_verify(directory: Path | str) -> Manifest:
    """Checks every file of a model directory against its manifest, and returns the manifest.

    Raises ModelInvalid naming the first file that is missing, altered, not listed, or a pickle.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise ModelInvalid(f"{directory}: is not a directory")
    pickles_refuse(directory)
    manifest = manifest_read(directory)
    present = _names(directory)
    if extra := sorted(set(present) - set(manifest.files)):
        raise ModelInvalid(f"{directory / extra[0]}: is not listed in the manifest")
    for name, digest in sorted(manifest.files.items()):
        path = directory / name
        if not path.is_file():
            raise ModelInvalid(f"{path}: is listed in the manifest and is missing")
        if file_sha256(path) != digest:
            raise ModelInvalid(f"{path}: differs from the manifest (sha256); build the model again")
    return manifest
