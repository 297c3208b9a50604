"""Which model answers whom: the alias `production` names one; a share of workspaces asks the candidate."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import NotFound, Unavailable
from collegium.serving.engines import EngineHandle, EngineState, client_of, state_of
from collegium.serving.models import ModelAlias, ModelVersion, WorkspaceShare
from engine.client import EngineClient
from engine.errors import EngineError, ModelInvalid
from engine.manifest import MANIFEST_NAME, Manifest, manifest_read

log = logging.getLogger(__name__)
PRODUCTION, CANDIDATE, PREVIOUS = "production", "candidate", "previous"
_pinned: ContextVar[ModelVersion | None] = ContextVar("model_pinned", default=None)


@transaction.atomic
def model_register(
    *, url: str, name: str, version: str, digest: str = "", manifest: Mapping[str, Any] | None = None
) -> ModelVersion:
    """Record a version of a model that is served at `url`; registering it again changes nothing but its
    manifest.
    """
    row, _created = ModelVersion.objects.update_or_create(
        name=name, version=version, url=url, defaults={"digest": digest, "manifest": dict(manifest or {})}
    )
    return row


@transaction.atomic
def alias_move(*, name: str, model_version: ModelVersion) -> ModelAlias:
    """Let an alias name another version; requests that come after use it."""
    alias, _created = ModelAlias.objects.update_or_create(
        name=name, defaults={"model_version": model_version}
    )
    return alias


@contextmanager
def answered_by(version: ModelVersion) -> Iterator[None]:
    """Inside the block every question is answered by this version, whatever the aliases say."""
    token = _pinned.set(version)
    try:
        yield
    finally:
        _pinned.reset(token)


def version_pinned() -> ModelVersion | None:
    """The version that answers inside `answered_by`."""
    return _pinned.get()


def engine_for(asker: Asker) -> EngineHandle:
    """The engine that answers the asker: the candidate's where their workspace is in its share and it is
    ready, else production's. Unavailable where there is none yet.
    """
    if (pinned := _pinned.get()) is not None:
        return handle_of(pinned)
    if (candidate := candidate_for(asker.workspace_id)) is not None:
        engine = handle_of(candidate)
        if engine.state().state == "ready":
            return engine
    return production_engine()


def candidate_for(workspace_id: UUID) -> ModelVersion | None:
    """The candidate where it answers this workspace."""
    row = ModelVersion.objects.filter(aliases__name=CANDIDATE).select_related("served_by").first()
    if row is None:
        return None
    shares = dict(
        WorkspaceShare.objects.filter(workspace_id=workspace_id).values_list("workspace_id", "percent")
    ) or dict(WorkspaceShare.objects.filter(workspace=None).values_list("workspace_id", "percent"))
    percent = next(iter(shares.values()), 0)
    return row if workspace_bucket(workspace_id) < percent else None


def workspace_bucket(workspace_id: UUID) -> int:
    """The workspace's place among a hundred, always the same."""
    return int.from_bytes(hashlib.sha256(workspace_id.bytes).digest()[:8], "big") % 100


def names_in_service() -> set[str]:
    """The names of what answers now and of what answered before it: a client that names the model keeps its
    answers when another is promoted, and in a share of the candidate's.
    """
    rows = ModelVersion.objects.filter(aliases__name__in=[PRODUCTION, PREVIOUS])
    return {
        said for name, version in rows.values_list("name", "version") for said in (name, f"{name}@{version}")
    }


def production_engine() -> EngineHandle:
    """The engine that `production` names, registered on first sight; Unavailable where there is none yet."""
    return engine_of(PRODUCTION)


def engine_of(alias: str) -> EngineHandle:
    """The engine that an alias names; NotFound for an unknown one."""
    return handle_of(version_of(alias))


def version_of(alias: str) -> ModelVersion:
    """The version that an alias names; NotFound for an unknown one."""
    row = ModelVersion.objects.filter(aliases__name=alias).select_related("served_by").first()
    if alias == PRODUCTION and (row is None or row.url == settings.ENGINE_URL):
        row = _default_version(row)
    if row is None:
        raise NotFound(_("There is no model alias '%(alias)s'.") % {"alias": alias}, code="unknown_model")
    return row


def handle_of(row: ModelVersion) -> EngineHandle:
    """The engine that serves a version. An engine of one model is not told which, others are."""
    client = client_of(row.address, model=row.asked_as)
    return EngineHandle(
        row.address, row.name, row.version, row.digest, row.manifest, client, asked_as=row.asked_as
    )


def engine_state() -> EngineState:
    """The state of the engine that answers questions now; never raises."""
    row = production_version()
    if row is None or row.url == settings.ENGINE_URL:
        return state_of(settings.ENGINE_URL)
    return handle_of(row).state()


def production_version() -> ModelVersion | None:
    """The version that `production` names now; None before the first one is registered."""
    return ModelVersion.objects.filter(aliases__name=PRODUCTION).select_related("served_by").first()


def production_client(row: ModelVersion | None) -> EngineClient:
    """A client for the engine that serves a version; for the installation's own without one."""
    return client_of(row.address if row else settings.ENGINE_URL)


def _default_version(known: ModelVersion | None) -> ModelVersion:
    """The version that the installation's own engine address serves, registered where it is new."""
    if settings.EMBEDDED_ENGINE and (manifest := default_manifest()) is not None:
        if known is not None and known.digest == manifest.digest:
            return known
        row = model_register(
            url=settings.ENGINE_URL,
            name=manifest.name,
            version=manifest.version,
            digest=manifest.digest,
            manifest=manifest_facts(manifest),
        )
    elif known is not None:
        return known
    else:
        row = _remote_version()
    alias_move(name=PRODUCTION, model_version=row)
    return row


def _remote_version() -> ModelVersion:
    try:
        served = client_of(settings.ENGINE_URL).models()
    except EngineError as error:
        raise Unavailable(_("The language model is not running."), code="engine_unavailable") from error
    name = settings.ENGINE_MODEL if settings.ENGINE_MODEL in served else next(iter(served), "")
    if not name:
        raise Unavailable(_("The language model's server serves no model."), code="engine_unavailable")
    return model_register(url=settings.ENGINE_URL, name=name, version="remote")


def default_manifest() -> Manifest | None:
    """The manifest of the model that the embedded engine serves: ENGINE_MODEL, or the only one in the
    home.
    """
    found = _default_model()
    return found[1] if found else None


def default_folder() -> Path | None:
    """The folder of that model."""
    found = _default_model()
    return found[0].parent if found else None


def _default_model() -> tuple[Path, Manifest] | None:
    wanted = settings.ENGINE_MODEL
    if wanted and Path(wanted).is_dir():
        paths = [Path(wanted) / MANIFEST_NAME]
    elif wanted and "/" not in wanted:
        paths = [settings.HOME.models / wanted / MANIFEST_NAME]
    else:
        paths = sorted(settings.HOME.models.glob(f"*/{MANIFEST_NAME}"))
    for path in paths:
        if not path.is_file():
            continue
        try:
            manifest = manifest_read(path)
        except ModelInvalid:
            log.warning("the manifest %s cannot be used", path.name, exc_info=True)
            continue
        if manifest.kind == "generation":
            return path, manifest
    return None


def manifest_facts(manifest: Manifest) -> dict[str, Any]:
    """What is kept of a manifest in the database: all but the list of files."""
    return {
        "architecture": manifest.architecture,
        "base": manifest.base,
        "languages": list(manifest.languages),
        "licence": manifest.licence,
        "max_tokens": manifest.max_tokens,
        "created": manifest.created,
    }
