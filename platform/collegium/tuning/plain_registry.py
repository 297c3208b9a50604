"""Registers a tuned model with a registry that keeps no files: they are verified and moved into the home."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from collegium.errors import Invalid
from collegium.knowledge.blobs import folder_remove
from collegium.serving.models import ModelVersion
from collegium.serving.services import model_register
from engine.errors import ModelInvalid
from engine.manifest import manifest_verify


def version_add(
    *,
    directory: Path,
    base: ModelVersion | None,
    run: UUID | None = None,
    certificate: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> ModelVersion:
    """Verify `model/` of the directory, move it under the home's models, and register it."""
    try:
        manifest = manifest_verify(directory / "model")
    except ModelInvalid as error:
        raise Invalid(str(error), code="model_invalid") from error
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", f"{manifest.name}-{manifest.version}-{manifest.digest[:12]}")
    target = Path(settings.HOME.models) / "versions" / name / "model"
    folder_remove(target)  # what a crash left: no other run has this number
    target.parent.mkdir(parents=True, exist_ok=True)
    (directory / "model").rename(target)
    facts = {
        "architecture": manifest.architecture,
        "languages": list(manifest.languages),
        "licence": manifest.licence,
        "max_tokens": manifest.max_tokens,
        "certificate": certificate,
    }
    return model_register(
        url="", name=manifest.name, version=manifest.version, digest=manifest.digest, manifest=facts
    )
