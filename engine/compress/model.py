"""A model directory made from another one, with the weights of its linear layers in a smaller form."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

from engine.build.environment import TAIL_CHARS
from engine.build.staging import Progress, builder_lock, manifest_add, staged
from engine.compress.environment import environment_made
from engine.compress.forms import Form, kept_patterns, layers_compressed
from engine.errors import CompressionFailed, ConfigInvalid, ModelInvalid
from engine.manifest import Manifest, files_hash, manifest_verify, pickles_refuse
from engine.moe.tensors import tensors_open

SCRIPT = Path(__file__).with_name("quantise.py")


def model_compress(source: Path, form: Form, out: Path, environment: Path, *, experts: bool = False) -> Path:
    """Writes `source` in this form to `out`, which must not exist, and returns it.

    Raises ModelInvalid when the source has no manifest or differs from it, ConfigInvalid when `out` exists or
    the model cannot take the form, ModelTooLarge when the disk is too small, CompressionFailed else.
    """
    progress = Progress(total=4)
    progress.step("check the model")
    manifest = source_check(source, experts=experts)
    layers_compressed({n: t.shape for n, t in tensors_open(source).items()}, experts=experts)
    with builder_lock(out):
        if out.exists():
            raise ConfigInvalid(f"{out} exists already: name another place, or remove it")
        with staged(out, sum(path.stat().st_size for path in source.rglob("*"))) as draft:
            progress.step("install what compresses")
            interpreter = environment_made(environment)
            progress.step(f"compress to {form.name}")
            _quantise(interpreter, source, form, draft, experts=experts)
            progress.step("hash the files")
            _manifest_write(draft, manifest, form, experts=experts)
    progress.finish()
    return out


def source_check(source: Path, *, experts: bool) -> Manifest:
    """The manifest of a model that can be compressed."""
    manifest = manifest_verify(source)
    if manifest.kind != "generation":
        raise ConfigInvalid(f"{source}: is an {manifest.kind} model; language models can be compressed")
    try:
        config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelInvalid(f"{source / 'config.json'}: cannot be read ({error})") from error
    if "quantization_config" in config:
        raise ConfigInvalid(f"{source}: is compressed already; start from the model it was made of")
    if experts and manifest.experts:
        raise ConfigInvalid(
            f"{source}: its experts have owners, and the manifest vouches for them as they are: "
            "compress it without the experts"
        )
    return manifest


def _quantise(interpreter: Path, source: Path, form: Form, draft: Path, *, experts: bool) -> None:
    """Runs the script in its own environment; the draft then holds the compressed model."""
    job = {"source": str(source.resolve()), "out": str(draft.resolve()), "scheme": dict(form.scheme)}
    job_text = json.dumps(job | {"ignore": kept_patterns(experts=experts)})
    done = subprocess.run(
        [str(interpreter), "-I", str(SCRIPT), job_text],
        env=os.environ | {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise CompressionFailed(f"{source} cannot be compressed: {done.stdout[-TAIL_CHARS:].strip()}")
    pickles_refuse(draft)
    for path in draft.iterdir():
        path.chmod(0o644)  # the engine may run as another user


def _manifest_write(draft: Path, source: Manifest, form: Form, *, experts: bool) -> None:
    part = "linear layers with experts" if experts else "linear layers without routed experts"
    compressed = replace(
        source,
        name=f"{source.name}-{form.name}",
        architecture=f"{source.architecture}; {part} in {form.name}",
        base=f"{source.name} {source.version}, of {source.base}",
        files=files_hash(draft),
    )
    manifest_add(draft, compressed)
