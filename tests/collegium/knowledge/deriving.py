"""Makers of derived files, as a vertical has them."""

import os
import tempfile
import time
import warnings
from pathlib import Path

from collegium.sdk.parsing import ParseProblem


def sizes_write(files, options, out) -> None:
    out.write_text(f"{options['mark']}: {[file.path.stat().st_size for file in files]}")


def refuse(files, options, out) -> None:
    raise ParseProblem("no_good", "'%(name)s' is no good.", name=files[0].name)


def die(files, options, out) -> None:
    os.abort()


def unpack_and_die(files, options, out) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "member").write_text("what was uploaded")
        os.abort()


def unpack_and_stay(files, options, out) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "member").write_text("what was uploaded")
        time.sleep(60)


def fail_and_quote(files, options, out) -> None:
    warnings.warn("invalid value 'Brandt^Oda'", stacklevel=1)
    try:
        int("MRN-4471")
    except ValueError as error:
        raise KeyError("Brandt^Oda") from error


def fail_at_the_system(files, options, out) -> None:
    (Path("/nowhere") / "Brandt").write_text("x")


def fail_to_import(files, options, out) -> None:
    import no_such_library  # noqa: F401
