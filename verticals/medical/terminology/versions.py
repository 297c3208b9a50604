"""The versions of a workspace's terminologies: listed, called off, removed."""

from uuid import UUID

from django.db import transaction

from collegium.sdk.errors import Conflict, NotFound
from verticals.medical.models import State, TerminologyVersion
from verticals.medical.terminology.rows import version_rows_remove


def versions_list(workspace: UUID) -> list[TerminologyVersion]:
    """All versions of the workspace, the latest first."""
    return list(TerminologyVersion.objects.filter(workspace_id=workspace).order_by("-id"))


def version_cancel(*, workspace: UUID) -> int:
    """Call off the loads that run in the workspace; each stops at its next batch. Returns their number."""
    running = TerminologyVersion.objects.filter(workspace_id=workspace, state=State.LOADING)
    return running.update(state=State.CANCELLED)


def version_remove(*, workspace: UUID, version: int) -> None:
    """Remove a version with all its rows. Raises Conflict for one that is in use or is being loaded."""
    with transaction.atomic():
        row = (
            TerminologyVersion.objects.select_for_update().filter(workspace_id=workspace, pk=version).first()
        )
        if row is None:
            raise NotFound(f"There is no version {version} in the workspace.")
        if row.state in {State.CURRENT, State.LOADING}:
            raise Conflict(
                f"The version {version} is {row.state}. Load another over it, or cancel its load, first."
            )
        version_rows_remove(row.pk)
        TerminologyVersion.objects.filter(pk=row.pk).delete()
