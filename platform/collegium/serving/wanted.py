"""Which versions are to have an engine of their own now, the most important first."""

from dataclasses import dataclass

from django.utils import timezone

from collegium.serving.models import ModelAlias, ModelState, ModelVersion
from collegium.serving.promotion import previous_kept
from collegium.serving.resolution import CANDIDATE, PREVIOUS, PRODUCTION

ORDER = (PRODUCTION, PREVIOUS, CANDIDATE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version and how important its engine is: 0 is what answers now."""

    version: ModelVersion
    rank: int


def versions_wanted() -> list[Wanted]:
    """Production, previous within its time, the candidate, and what was asked for a while: of those that have
    their files here and are not served elsewhere.
    """
    named = dict(ModelAlias.objects.filter(name__in=ORDER).values_list("name", "model_version_id"))
    if PREVIOUS in named and not previous_kept():
        del named[PREVIOUS]
    aliased: dict[int, int] = {}
    for rank, alias in enumerate(ORDER):
        if alias in named:
            aliased.setdefault(named[alias], rank)
    asked = ModelVersion.objects.filter(wanted_until__gt=timezone.now()).values_list("pk", flat=True)
    for pk in asked:
        aliased.setdefault(pk, len(ORDER))
    rows = ModelVersion.objects.filter(pk__in=aliased, url="").exclude(directory="")
    rows = rows.exclude(state=ModelState.RETIRED).select_related("base", "served_by")
    return sorted((Wanted(row, aliased[row.pk]) for row in rows), key=lambda one: (one.rank, one.version.pk))
