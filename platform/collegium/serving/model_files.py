"""A version's files: what may be among them, and the folder that they are moved into as a whole."""

import json
import os
import re
import shutil
import struct
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from collegium.errors import Invalid
from collegium.knowledge.disk import space_check, space_errors_named
from engine.errors import ModelInvalid
from engine.manifest import MANIFEST_NAME, PICKLE_SUFFIXES, Manifest, manifest_verify

VERSIONS = "versions"
INCOMING = ".incoming-"
MODEL, ADAPTER = "model", "adapter"
ADAPTER_CONFIG = "adapter_config.json"
WEIGHTS = ".safetensors"
PLAIN = frozenset({".json", ".jinja", ".txt", ".md", ".model", ".tiktoken", ""})
PLAIN_MAX_BYTES = 200_000_000
HEADER_MAX_BYTES = 100 * 1024**2
NAME_CHARS, VERSION_CHARS = 200, 60
LEFT_AGE_S = 24 * 3600


def versions_folder() -> Path:
    """Where the files of registered versions are; made where there is none."""
    folder = Path(settings.HOME.models) / VERSIONS
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def adapters_options() -> tuple[str, ...]:
    """What an engine is told where it is to take adapters of registered versions."""
    return ("--adapters-dir", str(versions_folder())) if settings.ADAPTERS_SERVED else ()


def name_check(name: str, size_bytes: int) -> None:
    """Raise Invalid, naming the file, where a model's folder may not hold one of this name and size."""
    path = Path(name)
    suffix = path.suffix.lower()
    if suffix in PICKLE_SUFFIXES:
        raise invalid(_("%(file)s may hold a pickle: only safetensors are taken."), name, code="pickle")
    if suffix != WEIGHTS and (suffix not in PLAIN or size_bytes > PLAIN_MAX_BYTES):
        raise invalid(_("%(file)s is no file of a model: weights come as safetensors."), name)


def invalid(message: str, name: str, code: str = "model_invalid") -> Invalid:
    """A refusal that names a file."""
    return Invalid(message % {"file": name[:200]}, code=code, file=name[:200])


def weights_check(path: Path, name: str) -> None:
    """Raise Invalid unless a file of weights begins as safetensors do, whatever its name says."""
    with path.open("rb") as stream:
        try:
            (length,) = struct.unpack("<Q", stream.read(8))
            header = stream.read(length) if length <= HEADER_MAX_BYTES else b""
            if not isinstance(json.loads(header), dict):
                raise ValueError
        except (struct.error, ValueError, RecursionError) as error:
            raise invalid(_("%(file)s is named as safetensors and is none."), name, code="pickle") from error


def folder_check(folder: Path) -> None:
    """Raise Invalid, naming the file, for links, special files, and what is no file of a model."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise invalid(_("%(file)s is a link or a special file: put the file itself in its place."), name)
        if path.is_file():
            name_check(name, path.stat().st_size)
            if path.suffix == WEIGHTS:
                weights_check(path, name)


def model_verified(folder: Path) -> Manifest:
    """The manifest of a model that can be served; Invalid names the first file that is not as it says."""
    folder_check(folder)
    try:
        manifest = manifest_verify(folder)
    except ModelInvalid as error:
        said = str(error).replace(f"{folder}/", "").replace(str(folder), MANIFEST_NAME)
        raise Invalid(
            _("The model cannot be used: %(reason)s") % {"reason": said}, code="model_invalid"
        ) from error
    if manifest.kind != "generation":
        raise Invalid(
            _("The model embeds texts; only models that write are registered."), code="model_invalid"
        )
    named = manifest.name + manifest.version
    if len(manifest.name) > NAME_CHARS or len(manifest.version) > VERSION_CHARS or not named.isprintable():
        raise Invalid(
            _("The manifest's name or version is too long, or holds characters that cannot be shown."),
            code="model_invalid",
        )
    stored_check({"languages": manifest.languages, "licence": manifest.licence, "base": manifest.base})
    return manifest


def stored_check(value: object) -> None:
    """Raise Invalid for what the database holds as no JSON: NaN, NUL characters, lone surrogates."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        text = "\\u0000"
    if "\\u0000" in text:
        raise Invalid(
            _("What is told of the model holds a number or a character that cannot be stored."),
            code="model_invalid",
        )


def folder_named(manifest: Manifest) -> str:
    """Where a version's files go, relative to the home's models."""
    parts = (manifest.name[:60], manifest.version[:30], manifest.digest[:12])
    return f"{VERSIONS}/" + "-".join(
        re.sub(r"[^A-Za-z0-9._]+", "_", part).strip("._") or "x" for part in parts
    )


@contextmanager
def incoming() -> Iterator[Path]:
    """A folder beside the versions, to fill and to move into its place; what is left of it is removed."""
    folder = versions_folder() / f"{INCOMING}{uuid.uuid4().hex}"
    with space_errors_named():
        folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def taken(source: Path, target: Path) -> Callable[[], None]:
    """Move a folder, over file systems too, and return what puts it back."""
    try:
        source.rename(target)
    except OSError:
        size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
        space_check(target.parent, size)
        with space_errors_named():
            shutil.copytree(source, target)
        return lambda: None
    return lambda: target.rename(source)


def settled(folder: Path, directory: str) -> None:
    """Move a filled folder to where its version says, in place of what a crash left there."""
    target = Path(settings.HOME.models) / directory
    shutil.rmtree(target, ignore_errors=True)
    for path in (*folder.rglob("*"), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    folder.rename(target)


def incoming_sweep() -> None:
    """Remove what imports that were killed have left."""
    for folder in versions_folder().glob(f"{INCOMING}*"):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - LEFT_AGE_S:
                shutil.rmtree(folder, ignore_errors=True)
