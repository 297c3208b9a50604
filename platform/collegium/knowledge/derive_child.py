"""The process that makes a file of a version's files: `python -m collegium.knowledge.derive_child`."""

import json
import sys
from importlib import import_module
from pathlib import Path

from collegium.knowledge.parse_child import EXIT_BROKEN, EXIT_MEMORY, failure_print, limits_set
from collegium.sdk.parsing import ParseProblem, SourceFile


def main() -> int:
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    limits_set(spec)
    try:
        module, _, name = spec["maker"].rpartition(".")
        files = [SourceFile(Path(path), name, kind) for path, name, kind in spec["files"]]
        getattr(import_module(module), name)(files, spec["options"], Path(sys.argv[2]))
    except ParseProblem as problem:
        Path(spec["problem"]).write_text(json.dumps(problem.as_dict()), encoding="utf-8")
    except MemoryError:
        return EXIT_MEMORY
    except Exception as error:  # shown in the caller's log
        failure_print(error)
        return EXIT_BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
