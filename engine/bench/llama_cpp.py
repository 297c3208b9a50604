"""llama.cpp's server, built here once, for comparison only: nothing else of the project needs it.

python -m engine.bench.llama_cpp [--environment var/llama-cpp]

The source is that in the package llama-cpp-python (MIT), of one version and hash; cmake and ninja come into
the same environment, and the machine must have a C++ compiler. On two cores that takes about half an hour.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.bench.completions import LlamaServer, completions
from engine.bench.rank_cluster import command_served
from engine.build.environment import command_run, environment_made
from engine.build.mixtral_gguf import mixtral_gguf_write
from engine.errors import EngineError, InstallFailed

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements-llama-cpp.txt"
SOURCE = "llama-cpp-python==0.3.36"
SOURCE_SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
SIZE_BYTES = 2 * 1024**3  # while it is built
PROGRAM = "llama-server"
OPTIONS = {
    "CMAKE_BUILD_TYPE": "Release",  # with the instructions of this machine's processor
    "BUILD_SHARED_LIBS": "OFF",
    "LLAMA_BUILD_COMMON": "ON",
    "LLAMA_BUILD_TOOLS": "ON",
    "LLAMA_BUILD_SERVER": "ON",
    "LLAMA_BUILD_TESTS": "OFF",
    "LLAMA_BUILD_EXAMPLES": "OFF",
    "LLAMA_BUILD_APP": "OFF",
    "LLAMA_OPENSSL": "OFF",
    "LLAMA_USE_PREBUILT_UI": "OFF",  # it would be fetched
}


def llama_cpp_made(directory: Path) -> Path:
    """The server's program in the environment of this directory, built when it is not there yet.

    Raises InstallFailed, ConfigInvalid or ModelTooLarge.
    """
    version = f"{SOURCE} {SOURCE_SHA256} {json.dumps(OPTIONS)}"
    interpreter = environment_made(
        directory, REQUIREMENTS, SIZE_BYTES, also=_server_build, also_version=version
    )
    return interpreter.with_name(PROGRAM)


def _server_build(interpreter: Path) -> None:
    place = interpreter.parent
    print(f"building {PROGRAM} from {SOURCE}: this takes a while, once", flush=True)
    with TemporaryDirectory(dir=place.parent) as folder:
        pip = [str(interpreter), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        pip += ["--no-deps", "--no-build-isolation", "--no-binary", ":all:", "--dest", folder]
        command_run([*pip, SOURCE], SOURCE)
        (archive,) = Path(folder).iterdir()
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SOURCE_SHA256:
            raise InstallFailed(f"cannot be installed ({SOURCE}): the source is not the one that was tried")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        (source,) = Path(folder).glob("*/vendor/llama.cpp")
        build = Path(folder) / "build"
        options = [f"-D{name}={value}" for name, value in OPTIONS.items()]
        options += ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={place / 'ninja'}"]
        cmake = str(place / "cmake")
        command_run([cmake, "-S", str(source), "-B", str(build), *options], SOURCE)
        jobs = str(len(os.sched_getaffinity(0)))
        command_run([cmake, "--build", str(build), "--target", PROGRAM, "--parallel", jobs], SOURCE)
        shutil.copy(build / "bin" / PROGRAM, place / PROGRAM)


def cache_tokens(model: Path, cache_bytes: int) -> int:
    """How many tokens a key/value cache of so many bytes holds in float32."""
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    values = 2 * config["num_hidden_layers"] * config["num_key_value_heads"] * width
    return cache_bytes // (4 * values)


@contextmanager
def llama_cpp_started(
    program: Path, model: Path, tokenizer: Path, *, end_token: int, slots: int, cache_bytes: int
) -> Iterator[tuple[LlamaServer, float]]:
    """Serves a Mixtral directory by llama.cpp, all in float32; gives it, and the seconds it took to start.

    Raises ModelInvalid when llama.cpp cannot express the model, EngineUnavailable when it does not start.
    """
    threads = str(len(os.sched_getaffinity(0)))
    with TemporaryDirectory(prefix="llama-cpp-") as folder:
        file = Path(folder) / "model.gguf"
        mixtral_gguf_write(model, tokenizer, file)
        command = [str(program), "--model", str(file), "--threads", threads, "--threads-batch", threads]
        command += [
            "--parallel",
            str(slots),
            "--kv-unified",
            "--ctx-size",
            str(cache_tokens(model, cache_bytes)),
        ]
        command += ["--cache-type-k", "f32", "--cache-type-v", "f32", "--flash-attn", "off"]
        with command_served(command, "--host") as (client, start_s):
            with completions(LlamaServer, client, end_token) as server:
                yield server, start_s


def main() -> int:
    """Builds the server; 1 with a message when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.llama_cpp")
    parser.add_argument("--environment", type=Path, default=Path("var/llama-cpp"))
    try:
        print(llama_cpp_made(parser.parse_args().environment))
    except EngineError as error:
        print(f"engine.bench.llama_cpp: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
