"""Which model answers: versions are registered from their manifests, and the alias `production` names one."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from collegium.errors import NotFound, Unavailable
from collegium.serving.engines import EngineHandle, EngineState, client_of, state_of
from collegium.serving.models import ModelAlias, ModelVersion
from engine.client import EngineClient
from engine.errors import EngineError, ModelInvalid
from engine.manifest import MANIFEST_NAME, Manifest, manifest_read

log = logging.getLogger(__name__)
PRODUCTION = "production"


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


def production_engine() -> EngineHandle:
    """The engine that `production` names, registered on first sight; Unavailable where there is none yet."""
    return engine_of(PRODUCTION)


def engine_of(alias: str) -> EngineHandle:
    """The engine that an alias names; NotFound for an unknown one."""
    row = ModelVersion.objects.filter(aliases__name=alias).first()
    if alias == PRODUCTION and (row is None or row.url == settings.ENGINE_URL):
        row = _default_version(row)
    if row is None:
        raise NotFound(_("There is no model alias '%(alias)s'.") % {"alias": alias}, code="unknown_model")
    return handle_of(row)


def handle_of(row: ModelVersion) -> EngineHandle:
    """The engine that serves a version. Our own engine serves one model, a foreign one is told which."""
    client = client_of(row.url, model=None if row.digest else row.name)
    return EngineHandle(row.url, row.name, row.version, row.digest, row.manifest, client)


def engine_state() -> EngineState:
    """The state of the engine that answers questions now; never raises."""
    row = ModelVersion.objects.filter(aliases__name=PRODUCTION).first()
    if row is None or row.url == settings.ENGINE_URL:
        return state_of(settings.ENGINE_URL)
    return state_of(row.url, model=None if row.digest else row.name)


def production_version() -> ModelVersion | None:
    """The version that `production` names now; None before the first one is registered."""
    return ModelVersion.objects.filter(aliases__name=PRODUCTION).first()


def production_client(row: ModelVersion | None) -> EngineClient:
    """A client for the engine that serves a version; for the installation's own without one."""
    return client_of(row.url if row else settings.ENGINE_URL)


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
            manifest=_facts(manifest),
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
            return manifest
    return None


def _facts(manifest: Manifest) -> dict[str, Any]:
    """What is kept of a manifest in the database: all but the list of files."""
    return {
        "architecture": manifest.architecture,
        "base": manifest.base,
        "languages": list(manifest.languages),
        "licence": manifest.licence,
        "max_tokens": manifest.max_tokens,
        "created": manifest.created,
    }
