"""Fine-tunes a model; progress is told as JSON lines on standard output.

python -m engine.train JOB.json        trains
python -m engine.train plan JOB.json   reads the data, solves for the noise, prints the plan, trains nothing

Exit status: 0 done, 1 a problem (told as an event, and on standard error), 2 wrong arguments, 143 stopped by
SIGTERM after a checkpoint.
"""

import errno
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from engine.errors import DiskFull, EngineError
from engine.train.errors import OutOfMemory
from engine.train.events import complained

STOPPED = 128 + signal.SIGTERM
_FULL = (errno.ENOSPC, errno.EDQUOT)


def main(arguments: list[str] | None = None) -> int:
    """Runs what the command line asks for; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    plans = arguments[:1] == ["plan"]
    paths = arguments[1:] if plans else arguments
    if len(paths) != 1 or paths[0].startswith("-"):
        print("usage: python -m engine.train [plan] JOB.json", file=sys.stderr)
        return 2
    asked: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
    try:
        return _run(Path(paths[0]), plans, lambda: bool(asked))
    except EngineError as error:
        complained(error.code, str(error))
    except MemoryError:
        complained(OutOfMemory.code, "the model and its data do not fit into memory: choose a smaller base")
    except OSError as error:
        code = DiskFull.code if error.errno in _FULL else "io_error"
        complained(code, f"{error.filename or 'a file'}: {error.strerror or error}")
    finally:
        signal.signal(signal.SIGTERM, before)
    return 1


def _run(path: Path, plans: bool, stopping: Callable[[], bool]) -> int:
    # Torch takes seconds to import: not before the arguments are known to be right.
    from engine.train import processes
    from engine.train.tuning import tuning_read

    job = tuning_read(path)
    if not plans and job.processes > 1 and not processes.joined():
        return processes.processes_start(job.processes, [str(path)])
    from engine.train.training import job_plan, job_train

    if plans:
        job_plan(job)
        return 0
    return job_train(job, stopping)


if __name__ == "__main__":
    sys.exit(main())
