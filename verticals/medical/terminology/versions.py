"""The versions of terminologies that a workspace reaches: listed, called off, removed by an operator."""

from contextlib import nullcontext
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from collegium.sdk.errors import Conflict, NotFound
from verticals.medical.models import State, TerminologyVersion
from verticals.medical.terminology.loading import load_alone


def versions_list(workspace: UUID) -> list[TerminologyVersion]:
    """All versions of the workspace and those of the installation, the latest first."""
    return list(TerminologyVersion.objects.filter(_reached(workspace)).order_by("-id"))


def _reached(workspace: UUID) -> Q:
    return Q(workspace_id=workspace) | Q(workspace=None)


def version_cancel(*, workspace: UUID) -> int:
    """Call off the loads that run in the workspace or for the installation; each stops at its next batch.

    Returns their number.
    """
    running = TerminologyVersion.objects.filter(_reached(workspace), state=State.LOADING)
    return running.update(state=State.CANCELLED)


def versions_purge() -> None:
    """Remove all versions of all workspaces with their tables; a load that runs finds its version gone."""
    TerminologyVersion.objects.all().delete()


def version_remove(*, workspace: UUID, version: int) -> None:
    """Remove a version with all its tables. Raises Conflict for one that is in use or is being loaded.

    Where the process that loaded it has died, it is removed too: nobody else then loads that terminology.
    """
    chosen = TerminologyVersion.objects.filter(_reached(workspace), pk=version)
    seen = chosen.first()
    if seen is None:
        raise NotFound(f"There is no version {version} in the workspace.")
    died = seen.state == State.LOADING
    with load_alone(seen.workspace_id, seen.terminology) if died else nullcontext(), transaction.atomic():
        for row in chosen.select_for_update():
            if row.state == State.CURRENT or (row.state == State.LOADING and not died):
                raise Conflict(
                    f"The version {version} is {row.state}. Load another over it, or cancel its load, first."
                )
            row.delete()
