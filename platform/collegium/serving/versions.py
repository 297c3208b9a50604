"""Registers what a training left: verified, moved as a whole, recorded with where it comes from."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.services import audit_record
from collegium.errors import Conflict, Invalid
from collegium.serving.model_files import (
    ADAPTER,
    ADAPTER_CONFIG,
    MODEL,
    folder_check,
    folder_named,
    incoming,
    model_verified,
    settled,
    stored_check,
    taken,
)
from collegium.serving.models import ModelAlias, ModelState, ModelVersion
from collegium.serving.resolution import manifest_facts
from collegium.serving.selectors import administrator_demand, version_get
from engine.manifest import MANIFEST_NAME, Manifest

DIGEST = re.compile(r"[0-9a-f]{64}")


def version_add(
    *,
    directory: Path,
    base: ModelVersion | None,
    run: UUID | None = None,
    certificate: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> ModelVersion:
    """Register a model of a directory: either the model itself, or what a training wrote (model/, adapter/).

    Every file is verified against the manifest first; then the files are moved under the home's models. What
    is refused leaves the directory as it was. A certificate and a card that lie there are taken where none is
    given. Raises Invalid naming the file or the base that is wrong, Conflict for a version that is there.
    """
    whole = (directory / MANIFEST_NAME).exists()
    model = directory if whole else directory / MODEL
    adapter = None if whole or not (directory / ADAPTER).is_dir() else directory / ADAPTER
    manifest = model_verified(model)
    certificate = certificate or json_read(directory / "certificate.json")
    base_check(base.digest if base else "", certificate, adapter)
    put_back: list[Callable[[], None]] = []
    with incoming() as staging:
        try:
            put_back.append(taken(model, staging / MODEL))
            if adapter is not None:
                put_back.append(taken(adapter, staging / ADAPTER))
            facts = {
                "base": base,
                "run": run,
                "certificate": certificate,
                "card": card or json_read(directory / "card.json"),
                "metrics": dict(metrics or {}),
            }
            return version_settled(staging, manifest, facts)
        except BaseException:
            for undo in reversed(put_back):
                with suppress(FileNotFoundError):
                    undo()
            raise


def version_settled(staging: Path, manifest: Manifest, facts: Mapping[str, Any]) -> ModelVersion:
    """Record a version and move its files into their place: both, or neither."""
    stored_check([facts.get(name) for name in ("certificate", "card", "metrics", "origin")])
    directory = folder_named(manifest)
    same = ModelVersion.objects.filter(name=manifest.name, version=manifest.version, url="").first()
    if same is not None:
        raise _exists(same)
    try:
        with transaction.atomic():
            row = ModelVersion.objects.create(
                name=manifest.name,
                version=manifest.version,
                digest=manifest.digest,
                manifest=manifest_facts(manifest),
                directory=directory,
                has_adapter=(staging / ADAPTER).is_dir(),
                **facts,
            )
            settled(staging, directory)  # last: what fails before it leaves no row
            return row
    except IntegrityError as error:  # another registered it meanwhile
        raise _exists(
            ModelVersion.objects.get(name=manifest.name, version=manifest.version, url="")
        ) from error


def _exists(row: ModelVersion) -> Conflict:
    return Conflict(
        _("%(label)s is registered already; give the new one another version.") % {"label": row},
        code="version_exists",
        model=str(row.uid),
    )


def base_check(base_digest: str, certificate: Mapping[str, Any] | None, adapter: Path | None) -> None:
    """Raise Invalid where a certificate or an adapter was made for another base than the one named."""
    certified = str((certificate or {}).get("base_digest") or "")
    if certified and base_digest and certified != base_digest:
        raise Invalid(
            _("The certificate names another base: %(certified)s, not %(base)s.")
            % {"certified": certified[:12], "base": base_digest[:12]},
            code="wrong_base",
        )
    if adapter is None:
        return
    folder_check(adapter)
    config = json_read(adapter / ADAPTER_CONFIG)
    if config is None:
        raise Invalid(_("The adapter has no adapter_config.json."), code="model_invalid", file=ADAPTER_CONFIG)
    stated = str(config.get("revision") or "")  # PEFT's name for which state of the base it was made from
    made_for = stated if DIGEST.fullmatch(stated) else certified
    if not base_digest or (made_for and made_for != base_digest):
        raise Invalid(
            _("The adapter was made for another base: %(made_for)s, not %(base)s.")
            % {"made_for": made_for[:12] or "?", "base": base_digest[:12] or "?"},
            code="adapter_of_another_base",
        )


def json_read(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file; None where there is none."""
    if not path.is_file() or path.is_symlink():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Invalid(
            _("%(file)s is no JSON.") % {"file": path.name}, code="model_invalid", file=path.name
        ) from error
    return found if isinstance(found, dict) else None


def version_retire(*, asker: Asker, version_id: UUID | str) -> ModelVersion:
    """Keep a version, not to be promoted any more. Conflict where an alias names it."""
    administrator_demand(asker)
    row = version_get(asker, version_id)
    with transaction.atomic():
        aliases = list(ModelAlias.objects.select_for_update().filter(model_version=row))
        if aliases:
            raise Conflict(
                _("%(label)s is %(alias)s; promote another version first.")
                % {"label": row, "alias": aliases[0]},
                code="in_service",
            )
        row.state, row.wanted_until = ModelState.RETIRED, None
        row.save(update_fields=["state", "wanted_until"])
        audit_record(asker=asker, action="model.retire", target=row.uid, label=str(row))
    return row
