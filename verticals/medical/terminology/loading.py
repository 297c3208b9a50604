"""Loads a release into a version beside the current one, stage by stage, and swaps it in at the end.

Each stage is a transaction that fills tables of the version's own: what was interrupted goes on after the
last stage that ended. Indexes are built when the tables are full, which spares most of the time they take.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import Error, connection, transaction
from django.utils import timezone

from collegium.sdk.errors import Conflict, Problem
from verticals.medical import models
from verticals.medical.models import State
from verticals.medical.terminology.components import (
    axioms_write,
    descriptions_write,
    members_write,
    relationships_write,
    words_write,
)  # fmt: skip
from verticals.medical.terminology.concepts import Load, concepts_write
from verticals.medical.terminology.partitions import partitions_attach, partitions_drop, partitions_index
from verticals.medical.terminology.problems import BrokenRelease
from verticals.medical.terminology.rf2_files import UNREADABLE, ReleaseFile, release_files
from verticals.medical.terminology.rows import bulk_settings, ids_written

LABEL_MAX_CHARS = 200
Stages = Sequence[tuple[str, Callable[[Load], int]]]
Heard = Callable[[str, int], None]
RF2_STAGES: Stages = (
    ("concepts", concepts_write),
    ("descriptions", descriptions_write),
    ("relationships", relationships_write),
    ("axioms", axioms_write),
    ("members", members_write),
    ("words", words_write),
)


class Cancelled(Problem):
    """Somebody called the load off; it can be resumed."""

    status = 409
    code = "cancelled"


def release_load(
    *,
    workspace: UUID,
    paths: Sequence[Path],
    kind: str = "",
    lenient: bool = False,
    heard: Heard = lambda stage, done: None,
) -> models.TerminologyVersion:
    """Load an RF2 release as the workspace's current SNOMED CT, or go on with its load.

    `heard(stage, rows)` is told how far it is. `lenient`: rows that name concepts which the release does
    not hold are left out and counted, as of a test release or an extension by itself. What was current stays
    so until the end.

    Raises BrokenRelease, with the place, for what may not be loaded; Conflict where another load runs;
    Cancelled where it was called off.
    """
    files = release_files(paths, kind=kind)
    released = max(file.released for file in files)
    with load_alone(workspace, "snomed"):
        base = _base(workspace, files) if files[0].kind == "Delta" else None
        version = version_begin(
            workspace=workspace,
            terminology="snomed",
            label=f"{released} {', '.join(sorted({file.origin for file in files}))}"[:LABEL_MAX_CHARS],
            released=released,
            kind=files[0].kind,
            base=base,
            fingerprint=_fingerprint(files, lenient=lenient),
        )
        version_fill(Load(version, files, heard, lenient), RF2_STAGES)
    return version


def version_begin(**fields: Any) -> models.TerminologyVersion:
    """The unfinished version of the same load, to go on with, or a new one."""
    same = {name: fields[name] for name in ("workspace", "terminology", "fingerprint", "base")}
    same["workspace_id"] = same.pop("workspace")
    unfinished = models.TerminologyVersion.objects.filter(**same, state__in=[State.LOADING, State.CANCELLED])
    version = unfinished.select_related("base").order_by("-id").first()
    if version is None:
        fields["workspace_id"] = fields.pop("workspace")
        return models.TerminologyVersion.objects.create(**fields)
    version.state, version.problem = State.LOADING, None
    version.save(update_fields=["state", "problem"])
    return version


def version_fill(load: Load, stages: Stages) -> None:
    """Run the stages that have not ended yet, and make the version the current one."""
    version = load.version
    load.heard = _watched(version, load.heard)
    try:
        for name, write in stages:
            if name in version.stages:
                continue
            if not load.ids and name != stages[0][0]:
                load.ids = ids_written(version.pk)
            with transaction.atomic():
                bulk_settings()
                load.left_out = 0
                written = {name: write(load)} | ({f"{name} left out": load.left_out} if load.left_out else {})
                version.stages = {**version.stages, **written}
                version.save(update_fields=["stages"])
        with transaction.atomic():
            bulk_settings()
            partitions_index(version.pk, lambda done: load.heard("indexes", done))
            _swap(version)
    except (Cancelled, KeyboardInterrupt):
        models.TerminologyVersion.objects.filter(pk=version.pk).update(state=State.CANCELLED)
        raise
    except Problem as problem:
        _refused(version, problem)
        raise
    except Exception as error:
        _broken_off(version, error)
        raise


def _watched(version: models.TerminologyVersion, heard: Heard) -> Heard:
    """Tells on how far it is, and raises Cancelled once the version's row says so, or is gone."""

    def told(stage: str, done: int) -> None:
        heard(stage, done)
        if not models.TerminologyVersion.objects.filter(pk=version.pk, state=State.LOADING).exists():
            raise Cancelled("The load was called off. Load the same release again to go on with it.")

    return told


def _refused(version: models.TerminologyVersion, problem: Problem) -> None:
    """Keep why, and nothing of what was written: no later load of the same files can go on from it."""
    models.TerminologyVersion.objects.filter(pk=version.pk).update(
        state=State.FAILED, stages={}, problem=problem.as_dict(), finished_at=timezone.now()
    )
    partitions_drop(version.pk)


def _broken_off(version: models.TerminologyVersion, error: Exception) -> None:
    """Keep why, and the stages that ended: the same load goes on after them.

    A database that does not answer cannot be told. The version is then as of a process that died: the same
    load goes on with it too, and as nobody loads it, it may be removed.
    """
    said = next(iter(str(error).splitlines()), "") or type(error).__name__
    problem = Problem(
        f"The load broke off: {said} Load the same release again to go on with it, or remove the version.",
        code="broken_off",
    )
    with suppress(Error):
        models.TerminologyVersion.objects.filter(pk=version.pk).update(
            state=State.CANCELLED, problem=problem.as_dict()
        )


def _swap(version: models.TerminologyVersion) -> None:
    with transaction.atomic():
        current = models.TerminologyVersion.objects.select_for_update().filter(
            workspace_id=version.workspace_id, terminology=version.terminology, state=State.CURRENT
        )
        now = current.first()
        if version.base_id and (now is None or now.pk != version.base_id):
            raise Conflict(
                "The release that the delta changes is no longer the current one. Load the delta again."
            )
        partitions_attach(version.pk)
        current.update(state=State.FORMER)
        version.state, version.finished_at = State.CURRENT, timezone.now()
        version.save(update_fields=["state", "finished_at"])


def _base(workspace: UUID, files: Sequence[ReleaseFile]) -> models.TerminologyVersion:
    """The current version, which a Delta changes. Raises BrokenRelease where it cannot be the one meant."""
    base = models.TerminologyVersion.objects.filter(
        workspace_id=workspace, terminology="snomed", state=State.CURRENT
    ).first()
    latest = max(files, key=lambda file: file.released)
    if base is None:
        raise BrokenRelease(
            "A delta changes a release, and none is loaded. Load the Snapshot before it.", file=latest.name
        )
    if latest.released <= base.released:
        raise BrokenRelease(
            f"The delta is of {latest.released}, but '{base.label}' of {base.released} is loaded: a delta is "
            "loaded over the release before it. Load a later delta, or a Snapshot.",
            file=latest.name,
        )
    return base


def _fingerprint(files: Sequence[ReleaseFile], *, lenient: bool) -> str:
    """What tells a load from another: its files, and whether rows were left out."""
    digest = hashlib.sha256(b"lenient" if lenient else b"")
    for file in files:
        digest.update(f"{file.name}\0{file.size_bytes}\0".encode())
        try:
            with file.open() as content:
                while block := content.read(1 << 20):
                    digest.update(block)
        except UNREADABLE as error:
            raise BrokenRelease(f"It cannot be read: {error}.", file=file.name) from error
    return digest.hexdigest()


@contextmanager
def load_alone(workspace: UUID | None, terminology: str) -> Iterator[None]:
    """One load of a terminology at a time in a workspace; a process that dies lets go of it."""
    key = f"terminology {workspace or ''} {terminology}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        if not cursor.fetchone()[0]:
            raise Conflict(
                "Another load of this terminology is going on in the workspace. Wait for it, or cancel it."
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])
