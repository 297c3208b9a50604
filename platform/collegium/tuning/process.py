"""The training as a process: started in a session of its own, read by what it prints, killed with the
worker.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from collegium.knowledge.disk import space_errors_named
from collegium.ops.processes import child_start, child_stop
from collegium.tuning.folder import OutputReader, RunFolder
from collegium.tuning.problems import TrainingFailed

MODULE = "engine.train"
NICENESS = 15
POLL_S = 0.2
KILLED = 128


class Training:
    """A running training. `events` gives what it has printed since it was last asked."""

    def __init__(self, process: subprocess.Popen[bytes], output: OutputReader) -> None:
        self.process = process
        self._output = output

    def events(self) -> list[dict[str, Any]]:
        return self._output.read()

    def wait(self) -> bool:
        """Wait a moment; returns whether it has ended."""
        try:
            self.process.wait(POLL_S)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop_ask(self) -> None:
        """Ask it to write a checkpoint and end."""
        self.process.send_signal(signal.SIGTERM)

    @property
    def how_ended(self) -> str:
        """The exit status, or the name of the signal that it died of."""
        code = self.process.returncode
        return signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"


def job_write(folder: RunFolder, job: Mapping[str, Any]) -> None:
    """Write what the training is to do. Raises NoSpace where the disk is full."""
    with space_errors_named():
        draft = folder.job.with_suffix(".json.new")
        draft.write_text(json.dumps(job, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(folder.job)


def training_demand() -> None:
    """Raise TrainingFailed where no training is installed."""
    package = find_spec(MODULE)
    if (
        package is None
        or find_spec(f"{MODULE}.__main__" if package.submodule_search_locations else MODULE) is None
    ):
        raise TrainingFailed("engine_missing")


@contextmanager
def training_run(folder: RunFolder, execution: int, held: int) -> Iterator[Training]:
    """Start the training of the folder's job, which goes on holding it by `held`; kill it at the block's
    end.
    """
    path = folder.output(execution)
    path.touch(mode=0o600)
    output = OutputReader(path)
    output.read()  # what processes before this one printed
    with space_errors_named():
        process = child_start(
            [sys.executable, "-m", MODULE, folder.job],
            log=path,
            errors=folder.errors,
            env=_environment(folder),
            cwd=settings.BASE_DIR,
            niceness=NICENESS,
            pass_fds=(held,),
        )
    try:
        yield Training(process, output)
    finally:
        child_stop(process, grace_s=0, stop_signal=signal.SIGKILL)


def _environment(folder: RunFolder) -> dict[str, str]:
    """No address and no secret of ours; what a machine's own accelerator needs is passed on."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("CUDA_", "NVIDIA_", "LD_LIBRARY_PATH")) or name in {"PATH", "HOME", "USER"}
    }
    further = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    roots = [str(settings.BASE_DIR), str(settings.BASE_DIR / "platform")]
    return {
        "PATH": os.defpath,
        **passed,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(roots + further)),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUNBUFFERED": "1",
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder.root),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": str(settings.TUNING_THREADS),
    }
