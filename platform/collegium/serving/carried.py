"""Adapters that the running engine of their base carries: then their version needs no engine of its own."""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.db.models import Q

from collegium.serving.engines import client_of
from collegium.serving.model_files import ADAPTER, VERSIONS
from collegium.serving.models import ModelVersion
from collegium.serving.wanted import Wanted
from engine.errors import EngineError, EngineRejected

log = logging.getLogger(__name__)


def adapters_carry(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Load the wanted adapters into the engines of their bases where those take them; what is left needs an
    engine of its own, and serves its merged model. Only where COLLEGIUM_SERVE_ADAPTERS is set.
    """
    if not settings.ADAPTERS_SERVED:
        return list(wanted)
    left = [want for want in wanted if not _carried(want.version)]
    kept = {want.version.pk for want in wanted} - {want.version.pk for want in left}
    gone = ModelVersion.objects.exclude(pk__in=kept).filter(Q(served_by__isnull=False) | ~Q(served_as=""))
    gone.update(served_by=None, served_as="")  # loaded it stays, for who asks it now
    return left


def _carried(version: ModelVersion) -> bool:
    """Whether the base's engine serves the version now."""
    base = version.base
    if base is None or not version.has_adapter or base.served_by_id is not None:
        return False
    name = f"{version.name}@{version.version}"
    client = client_of(base.address)
    try:
        loaded = client.state().get("adapters")
        if loaded is None:  # an engine that takes no adapters
            return False
        if name not in loaded:
            client.adapter_load(name, f"{version.directory.removeprefix(f'{VERSIONS}/')}/{ADAPTER}")
            log.info("the engine of %s carries the adapter of %s", base, version)
    except EngineRejected as error:
        log.warning("the engine of %s does not take the adapter of %s: %s", base, version, error)
        return False
    except EngineError:  # it is away: whoever was carried is again when it is back
        return version.served_by_id is not None
    if (version.served_by_id, version.served_as) != (base.pk, name):
        ModelVersion.objects.filter(pk=version.pk).update(served_by=base, served_as=name)
    return True
