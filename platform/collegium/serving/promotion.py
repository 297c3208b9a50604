"""Moves `production`: through the gate, or past it with a reason, and back to what answered before."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.models import Workspace
from collegium.accounts.services import audit_record
from collegium.errors import Conflict, Invalid, NotFound
from collegium.serving.evaluation import engine_await
from collegium.serving.gate import Verdict, gate_judge
from collegium.serving.models import (
    ModelAlias,
    ModelMove,
    ModelState,
    ModelVersion,
    MoveKind,
    WorkspaceShare,
)
from collegium.serving.resolution import CANDIDATE, PREVIOUS, PRODUCTION, alias_move
from collegium.serving.selectors import administrator_demand, version_get

WAIT_S = 50.0  # a load takes about 40 s on two cores, and whoever asked waits a minute at most
REASON_CHARS = 2000


def version_promote(
    *, asker: Asker, version_id: UUID | str, reason: str = "", wait_s: float = WAIT_S
) -> ModelMove:
    """Let a version answer from now on; what answered is `previous`. Requests under way end where they began.

    Past a gate that it does not pass only with a reason, which is kept. Nothing moves before the version's
    engine is ready: Unavailable where it is not within `wait_s`. Conflict, with the figures, at the gate.
    """
    administrator_demand(asker)
    version, reason = version_get(asker, version_id), reason.strip()[:REASON_CHARS]
    if version.state == ModelState.RETIRED:
        raise Conflict(_("%(label)s is retired.") % {"label": version}, code="retired")
    production = _named(PRODUCTION)
    if production == version:
        raise Conflict(_("%(label)s answers already.") % {"label": version}, code="promoted_already")
    verdict = gate_judge(version, production)
    if not verdict.passed and not reason:
        raise _gate_failed(version, verdict)
    engine_await(version, wait_s)
    with transaction.atomic():
        replaced = _locked(PRODUCTION)
        if replaced != production:  # the gate compared with another
            raise Conflict(_("Another version was promoted meanwhile; look again."), code="moved_meanwhile")
        alias_move(name=PRODUCTION, model_version=version)
        if replaced is not None:
            alias_move(name=PREVIOUS, model_version=replaced)
        ModelAlias.objects.filter(name=CANDIDATE, model_version=version).delete()
        override = "" if verdict.passed else reason
        return _moved(asker, MoveKind.PROMOTED, version, replaced, override, verdict)


def _gate_failed(version: ModelVersion, verdict: Verdict) -> Conflict:
    if not verdict.figures:
        detail = _("No evaluation gate is set, so nothing vouches for %(label)s: set one, or state a reason.")
    else:
        detail = _("%(label)s does not pass the gate: evaluate it, train it again, or state a reason.")
    return Conflict(detail % {"label": version}, code="gate_failed", figures=verdict.as_list())


def version_rollback(*, asker: Asker, wait_s: float = WAIT_S) -> ModelMove:
    """Let the version answer again that answered before. What was spent of a privacy budget stays spent.

    Conflict where there is none; Unavailable where its engine, stopped meanwhile, is not ready in `wait_s`.
    """
    administrator_demand(asker)
    previous, production = _named(PREVIOUS), _named(PRODUCTION)
    if previous is None:
        raise Conflict(_("No version answered before this one."), code="no_previous")
    engine_await(previous, wait_s)
    with transaction.atomic():
        replaced = _locked(PRODUCTION)
        if replaced != production or _locked(PREVIOUS) != previous:
            raise Conflict(_("Another version was promoted meanwhile; look again."), code="moved_meanwhile")
        alias_move(name=PRODUCTION, model_version=previous)
        ModelAlias.objects.filter(name=PREVIOUS).delete()  # a second rollback must not bring the bad one back
        return _moved(asker, MoveKind.ROLLED_BACK, previous, replaced, "", Verdict(()))


def _named(alias: str) -> ModelVersion | None:
    return ModelVersion.objects.filter(aliases__name=alias).select_related("served_by").first()


def _locked(alias: str) -> ModelVersion | None:
    row = ModelAlias.objects.select_for_update(of=("self",)).filter(name=alias).first()
    return row.model_version if row else None


def _moved(
    asker: Asker,
    kind: MoveKind,
    version: ModelVersion,
    replaced: ModelVersion | None,
    reason: str,
    verdict: Verdict,
) -> ModelMove:
    action = "model.promote" if kind == MoveKind.PROMOTED else "model.rollback"
    audit_record(
        asker=asker,
        action=action,
        target=version.uid,
        label=str(version),
        replaced=str(replaced or ""),
        **({"reason": reason} if reason else {}),
    )
    return ModelMove.objects.create(
        kind=kind,
        model_version=version,
        replaced=replaced,
        by_id=asker.user_id,
        reason=reason,
        figures=verdict.as_list(),
    )


def candidate_set(*, asker: Asker, version_id: UUID | str | None) -> None:
    """Make a version, or none, the candidate: its engine is kept, and a share of workspaces may ask it."""
    administrator_demand(asker)
    version = version_get(asker, version_id) if version_id is not None else None
    if version is not None and version.state == ModelState.RETIRED:
        raise Conflict(_("%(label)s is retired.") % {"label": version}, code="retired")
    with transaction.atomic():
        if version is None:
            ModelAlias.objects.filter(name=CANDIDATE).delete()
        else:
            if version == _locked(PRODUCTION):
                raise Conflict(_("%(label)s answers already.") % {"label": version}, code="promoted_already")
            alias_move(name=CANDIDATE, model_version=version)
        audit_record(asker=asker, action="model.candidate", target=version.uid if version else "")


def share_set(*, asker: Asker, workspace: UUID | None, percent: int | None) -> None:
    """Let the candidate answer a part of all workspaces, in percent; or one named workspace alone (0 or 100;
    None: as all others).
    """
    administrator_demand(asker)
    if percent is not None and not 0 <= percent <= 100:
        raise Invalid(_("Write a share from 0 to 100 percent."), code="bad_share")
    if workspace is not None and percent not in (None, 0, 100):
        raise Invalid(_("A named workspace asks the candidate or does not: 0 or 100."), code="bad_share")
    if workspace is not None and not Workspace.objects.filter(pk=workspace).exists():
        raise NotFound(_("There is no such workspace."))
    with transaction.atomic():
        rows = WorkspaceShare.objects.filter(workspace_id=workspace)
        if percent is None:
            rows.delete()
        else:
            WorkspaceShare.objects.update_or_create(workspace_id=workspace, defaults={"percent": percent})
        audit_record(asker=asker, action="model.share", target=workspace or "*", percent=percent)


def previous_kept() -> bool:
    """Whether the engine of `previous` goes on running, so that a rollback needs no load."""
    alias = ModelAlias.objects.filter(name=PREVIOUS).first()
    return (
        alias is not None and alias.moved_at + timedelta(minutes=settings.PREVIOUS_KEPT_MIN) > timezone.now()
    )
