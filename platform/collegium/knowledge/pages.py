"""Images of PDF pages, rendered in a process of its own with limits, a few at a time, and kept."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import Invalid, NotFound, Unavailable
from collegium.knowledge.blobs import blob_path, folder_remove
from collegium.knowledge.child import child_run
from collegium.knowledge.disk import space_errors_named
from collegium.knowledge.selectors import Id, version_get
from collegium.knowledge.uploads import PDF
from collegium.sdk.parsing import ParseProblem

log = logging.getLogger(__name__)
WIDTH_MIN_PX, WIDTH_MAX_PX = 100, 2400
TIMEOUT_S = 30
WAIT_S = 20.0  # for a turn; whoever comes later than that is told to come again
KEPT_S = 14 * 24 * 3600
KEPT_MAX_BYTES, KEPT_MAX_FILES = 300_000_000, 3_000  # of one version


def page_image(asker: Asker, version_id: Id, page: int, width_px: int = 1000) -> bytes:
    """A page, counted from 1, as PNG; NotFound where there is none or the asker may not see it.

    Raises Unavailable where many others are being drawn and none is done in time.
    """
    version = version_get(asker, version_id)
    if not version.page_count or not 1 <= page <= version.page_count:
        raise NotFound(_("There is no such page."))
    if not WIDTH_MIN_PX <= width_px <= WIDTH_MAX_PX:
        raise Invalid(
            _("A page image is %(least)s to %(most)s pixels wide.")
            % {"least": WIDTH_MIN_PX, "most": WIDTH_MAX_PX}
        )
    kept = cache_folder(version.pk) / f"{page}-{width_px}.png"
    if (image := kept_read(kept)) is not None:
        return image
    paths = [str(blob_path(file.sha256)) for file in version.files.all() if file.media_type == PDF]
    return made_in_turn(kept, lambda: _render(paths, page, width_px, kept))


def made_in_turn(kept: Path, make: Callable[[], bytes], *, keep: bool = True) -> bytes:
    """What `make` makes, a few at a time, unless somebody else has made and kept it while this one waited.

    Raises Unavailable where many others are being made and none is done in time.
    """
    with _turn(), space_errors_named():
        if keep and (content := kept_read(kept)) is not None:
            return content
        kept.parent.mkdir(parents=True, exist_ok=True)
        content = make()
        if keep:
            _kept_trim(kept)
        return content


def kept_read(path: Path) -> bytes | None:
    with suppress(FileNotFoundError):
        image = path.read_bytes()
        os.utime(path)
        return image
    return None


@cache
def _turns() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.RENDERINGS_AT_ONCE)


@contextmanager
def _turn() -> Iterator[None]:
    """Waits until fewer than RENDERINGS_AT_ONCE pages are being drawn by this process."""
    if not connection.in_atomic_block:
        connection.close()  # others need it while this one waits and draws
    if not _turns().acquire(timeout=WAIT_S):
        raise Unavailable(_("Many pages are being drawn now. Try again in a moment."), code="busy")
    try:
        yield
    finally:
        _turns().release()


def cache_folder(version_id: Id) -> Path:
    """Where what is made of a version's files lies; swept when nobody asks for it."""
    return Path(settings.HOME.cache) / "pages" / str(version_id)


def _render(paths: list[str], page: int, width_px: int, kept: Path) -> bytes:
    out = kept.with_name(f"{uuid.uuid4().hex}.part")
    try:
        child_run(
            module="collegium.knowledge.render_child",
            spec={"files": paths, "page": page, "width_px": width_px},
            folder=kept.parent,
            out=out,
            timeout_s=TIMEOUT_S,
        )
        image = out.read_bytes()
        out.replace(kept)
        return image
    except (ParseProblem, FileNotFoundError) as error:
        raise NotFound(_("The page cannot be shown."), code="page_unreadable") from error
    finally:
        out.unlink(missing_ok=True)


def _kept_trim(latest: Path) -> None:
    """Remove what was longest not asked for beside `latest`, until all is within KEPT_MAX_*."""
    found = []
    for path in latest.parent.iterdir():
        with suppress(FileNotFoundError):  # another has removed it
            if path.is_file() and not _is_unfinished(path.name):
                stat = path.stat()
                found.append((path == latest, stat.st_mtime_ns, stat.st_size, path))
    bytes_left, files_left = KEPT_MAX_BYTES, KEPT_MAX_FILES
    for is_latest, _when, size_bytes, path in sorted(found, reverse=True):
        bytes_left, files_left = bytes_left - size_bytes, files_left - 1
        if (bytes_left < 0 or files_left < 0) and not is_latest:
            path.unlink(missing_ok=True)


def _is_unfinished(name: str) -> bool:
    """Whether a file is one that a process writes to while it makes another."""
    return ".part" in name or name.endswith(".problem") or name.startswith("tmp")


def page_images_sweep(*, age_s: float = KEPT_S) -> None:
    """Remove images that nobody asked for in a while, and what processes left behind."""
    before = time.time() - age_s
    for path in (Path(settings.HOME.cache) / "pages").glob("*/*"):
        try:
            if path.stat().st_mtime >= before:
                continue
            if path.is_dir():
                folder_remove(path)
            else:
                path.unlink()
        except FileNotFoundError:  # another has removed it
            continue
        except OSError as error:  # the others go all the same
            log.warning("%s cannot be removed: %s. Remove it by hand.", path, error.strerror)
