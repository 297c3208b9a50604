"""Reads of tuning: whoever manages the workspace, and of runs over restricted documents who sees those."""

import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import vertical_slugs
from collegium.errors import NotFound
from collegium.jobs.models import JobState
from collegium.knowledge.models import KnowledgeBase
from collegium.knowledge.selectors import visible_knowledge_bases
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.tuning import Recipe
from collegium.tuning.models import TuningProgress, TuningRun

ACTIVE = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING})
RESUMABLE = frozenset({JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class RecipeOf:
    """A recipe, and the vertical that brings it."""

    vertical: str
    recipe: Recipe

    @property
    def key(self) -> str:
        return f"{self.vertical}.{self.recipe.name}"


def recipes_open(asker: Asker) -> list[RecipeOf]:
    """The recipes of the verticals that the workspace has enabled and the asker may use."""
    loaded = loaded_verticals()
    slugs = [slug for slug in vertical_slugs(asker) if slug in loaded]
    return [RecipeOf(slug, recipe) for slug in slugs for recipe in loaded[slug].recipes]


def recipe_get(asker: Asker, key: str) -> RecipeOf:
    """The recipe `vertical.name`; NotFound for one of a vertical that is not enabled as for an unknown
    one.
    """
    there = recipes_open(asker)
    for one in there:
        if one.key == key:
            return one
    raise NotFound(
        _("There is no recipe '%(key)s' here; there are: %(known)s.")
        % {"key": key[:110], "known": ", ".join(one.key for one in there) or _("none")},
        code="unknown_recipe",
    )


def visible_runs(asker: Asker) -> QuerySet[TuningRun]:
    """The runs of the workspace that the asker manages, without those over a knowledge base closed to
    them.
    """
    if not asker.may("manage"):
        return TuningRun.objects.none()
    closed = KnowledgeBase.objects.filter(workspace_id=asker.workspace_id).exclude(
        pk__in=visible_knowledge_bases(asker).values("pk")
    )
    rows = TuningRun.objects.filter(workspace_id=asker.workspace_id, vertical__in=vertical_slugs(asker))
    over_closed = TuningRun.objects.filter(knowledge_bases__in=closed.values("pk"))
    return rows.exclude(pk__in=over_closed.values("pk")).select_related("job", "model_version", "created_by")


def run_get(asker: Asker, run_id: uuid.UUID | str) -> TuningRun:
    """The run, or NotFound where there is none or the asker may not know of it."""
    try:
        run = visible_runs(asker).filter(pk=run_id).first()
    except (ValidationError, ValueError):  # not the form of an id
        run = None
    if run is None:
        raise NotFound(_("There is no such tuning run."))
    return run


def progress_rows(run: TuningRun) -> list[TuningProgress]:
    """What was measured of a run that `run_get` has let through, in the order of its steps."""
    return list(run.progress.order_by("step"))
