"""The models of this home that can be tuned."""

import logging
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from collegium.errors import Invalid, NotFound
from collegium.serving.models import ModelVersion
from collegium.serving.services import default_manifest, model_register, production_version
from engine.errors import ModelInvalid
from engine.manifest import MANIFEST_NAME, Manifest, manifest_read

log = logging.getLogger(__name__)
PLACES = (f"*/{MANIFEST_NAME}", f"versions/*/model/{MANIFEST_NAME}")
WEIGHTS = ".safetensors"


@dataclass(frozen=True, slots=True)
class Base:
    """A model whose files are here."""

    folder: Path
    manifest: Manifest

    @property
    def label(self) -> str:
        return f"{self.manifest.name}@{self.manifest.version}"


def bases_there() -> list[Base]:
    """The models of the home that write and whose weights can be trained, by name and version."""
    found: dict[str, Base] = {}
    for path in _manifests():
        try:
            manifest = manifest_read(path)
        except ModelInvalid as error:
            log.warning("%s is left out of the models that can be tuned: %s", path.parent, error)
            continue
        weights = any(name.endswith(WEIGHTS) for name in manifest.files)
        if manifest.kind == "generation" and weights:
            found.setdefault(manifest.digest, Base(path.parent, manifest))
    return sorted(found.values(), key=lambda base: (base.manifest.name, base.manifest.version))


def _manifests() -> list[Path]:
    """Where manifests are: in the home, and where the operator's own model lies."""
    paths = [path for place in PLACES for path in sorted(Path(settings.HOME.models).glob(place))]
    own = Path(settings.ENGINE_MODEL) / MANIFEST_NAME if settings.ENGINE_MODEL else None
    return [*paths, own] if own is not None and own.is_file() else paths


def base_get(label: str = "") -> Base:
    """The model of that name and version; without one, what answers now or would at first, or the only one.

    Raises NotFound for an unknown one, Invalid where there is none to choose.
    """
    there = bases_there()
    if label:
        for base in there:
            if label == base.label:
                return base
        raise NotFound(
            _("There is no model '%(label)s' here to tune; there are: %(known)s.")
            % {"label": label[:100], "known": ", ".join(base.label for base in there) or _("none")},
            code="unknown_base_model",
        )
    served, default = production_version(), default_manifest()
    wanted = [served.digest] if served is not None else []
    wanted += [default.digest] if default is not None and settings.EMBEDDED_ENGINE else []
    for digest in wanted:
        for base in there:
            if digest == base.manifest.digest:
                return base
    if len(there) == 1:
        return there[0]
    if there:
        raise Invalid(
            _("Name the model to tune: %(known)s.") % {"known": ", ".join(base.label for base in there)},
            code="base_model_needed",
        )
    raise Invalid(
        _("There is no model on this installation's disk that could be tuned. Build or import one first."),
        code="no_base_model",
    )


def base_of_digest(digest: str) -> Base | None:
    """The model with this digest, where its files are still here."""
    return next((base for base in bases_there() if base.manifest.digest == digest), None)


def base_version(base: Base) -> ModelVersion:
    """The registry's row of a base, made where nothing has registered it yet."""
    manifest = base.manifest
    row = ModelVersion.objects.filter(digest=manifest.digest).order_by("pk").first()
    if row is not None:
        return row
    facts = {
        "architecture": manifest.architecture,
        "languages": list(manifest.languages),
        "licence": manifest.licence,
        "max_tokens": manifest.max_tokens,
    }
    return model_register(
        url="", name=manifest.name, version=manifest.version, digest=manifest.digest, manifest=facts
    )
