"""Images of PDF pages, rendered in a process of its own with limits, and kept."""

import os
import time
import uuid
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from collegium.accounts.asker import Asker
from collegium.errors import Invalid, NotFound
from collegium.knowledge.blobs import blob_path
from collegium.knowledge.child import child_run
from collegium.knowledge.disk import space_errors_named
from collegium.knowledge.selectors import Id, version_get
from collegium.knowledge.uploads import PDF
from collegium.sdk.parsing import ParseProblem

WIDTH_MIN_PX, WIDTH_MAX_PX = 100, 2400
TIMEOUT_S = 30
KEPT_S = 14 * 24 * 3600


def page_image(asker: Asker, version_id: Id, page: int, width_px: int = 1000) -> bytes:
    """A page, counted from 1, as PNG; NotFound where there is none or the asker may not see it."""
    version = version_get(asker, version_id)
    if not version.page_count or not 1 <= page <= version.page_count:
        raise NotFound("There is no such page.")
    if not WIDTH_MIN_PX <= width_px <= WIDTH_MAX_PX:
        raise Invalid(f"A page image is {WIDTH_MIN_PX} to {WIDTH_MAX_PX} pixels wide.")
    folder = Path(settings.HOME.cache) / "pages" / str(version.pk)
    kept = folder / f"{page}-{width_px}.png"
    with suppress(FileNotFoundError):
        image = kept.read_bytes()
        os.utime(kept)
        return image
    paths = [str(blob_path(file.sha256)) for file in version.files.all() if file.media_type == PDF]
    with space_errors_named():
        folder.mkdir(parents=True, exist_ok=True)
        return _render(paths, page, width_px, folder, kept)


def _render(paths: list[str], page: int, width_px: int, folder: Path, kept: Path) -> bytes:
    out = folder / f"{uuid.uuid4().hex}.part"
    try:
        child_run(
            module="collegium.knowledge.render_child",
            spec={"files": paths, "page": page, "width_px": width_px},
            folder=folder,
            out=out,
            timeout_s=TIMEOUT_S,
        )
        image = out.read_bytes()
        out.replace(kept)
        return image
    except (ParseProblem, FileNotFoundError) as error:
        raise NotFound("The page cannot be shown.", code="page_unreadable") from error
    finally:
        out.unlink(missing_ok=True)


def page_images_sweep(*, age_s: float = KEPT_S) -> None:
    """Remove images that nobody asked for in a while."""
    before = time.time() - age_s
    for path in (Path(settings.HOME.cache) / "pages").glob("*/*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
