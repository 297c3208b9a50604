"""Disk space: checked before it is needed, and named where it runs out."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import OperationalError
from django.utils.translation import gettext as _

from collegium.errors import NoSpace

FULL = {errno.ENOSPC, errno.EDQUOT}
_DISK_FULL = "53100"  # PostgreSQL's code


def no_space() -> NoSpace:
    return NoSpace(_("The installation's disk is full. Free some space on it, then try again."))


def space_check(folder: Path, needed_bytes: int) -> None:
    """Raise NoSpace where `needed_bytes` more would leave less than the operator's reserve."""
    if shutil.disk_usage(folder).free - needed_bytes < settings.DISK_RESERVE_MB * 1_000_000:
        raise no_space()


def is_full(error: BaseException) -> bool:
    """Whether an error of the file system or of the database says that a disk is full."""
    if isinstance(error, OSError):
        return error.errno in FULL
    cause = error.__cause__
    return isinstance(error, OperationalError) and getattr(cause, "sqlstate", "") == _DISK_FULL


@contextmanager
def space_errors_named() -> Iterator[None]:
    """Turn a full disk inside the block into NoSpace."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise no_space() from error
        raise
