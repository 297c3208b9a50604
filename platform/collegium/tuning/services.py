"""Writes of tuning: a run is started, stopped, and gone on with."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.services import audit_record
from collegium.errors import Conflict, Forbidden, Invalid, NotFound
from collegium.jobs.services import job_cancel, job_create, job_retry
from collegium.knowledge.models import KnowledgeBase
from collegium.knowledge.selectors import visible_knowledge_bases
from collegium.sdk.registry import vertical_get
from collegium.serving.models import ModelVersion
from collegium.tuning.bases import Base, base_get, base_version
from collegium.tuning.budgets import DataSet, base_data_set, import_data_set
from collegium.tuning.folder import run_folder
from collegium.tuning.models import SpendingState, TuningRun
from collegium.tuning.parameters import job_of
from collegium.tuning.selectors import RecipeOf, recipe_get, run_get
from collegium.tuning.sources import source_versions
from collegium.tuning.spending import spending_reserve, spending_state

BASES_MAX = 100
LANGUAGES = ("", "en", "zh")


def job_start(
    *,
    asker: Asker,
    recipe: str,
    knowledge_bases: Sequence[UUID],
    changes: Mapping[str, Any] | None = None,
    language: str = "",
    base_model: str = "",
) -> TuningRun:
    """Queue a tuning by a vertical's recipe, and reserve what it may spend of each data set's privacy.

    Args:
        recipe: `vertical.name`.
        changes: parameters by name (tuning.parameters) that are to differ from the recipe's.
        base_model: `name@version`; empty for what answers now.

    Raises NotFound, Invalid, Forbidden, or Conflict where a budget does not allow it; then nothing is kept.
    """
    _manage_demand(asker)
    wanted = recipe_get(asker, recipe)
    bases = _bases_get(asker, wanted, knowledge_bases)
    if language not in LANGUAGES:
        raise Invalid(_("Choose one of %(values)s.") % {"values": "en, zh"}, code="unknown_language")
    job = job_of(wanted.recipe, changes or {})
    base = base_get(base_model)
    row = base_version(base)
    with transaction.atomic():
        run = _run_create(asker, wanted, bases, job, base, row, language)
        if run.private:
            _reserve(run, bases)
        run.job = job_create(asker=asker, kind="tuning", subject=run.pk)
        run.save(update_fields=["job"])
        audit_record(
            asker=asker,
            action="tuning.start",
            target=run.pk,
            recipe=wanted.key,
            knowledge_bases=[str(one.pk) for one in bases],
            epsilon=(job["privacy"] or {}).get("target_epsilon"),
        )
    return run


def _manage_demand(asker: Asker) -> None:
    if not asker.may("manage"):
        raise Forbidden(
            _("This needs the permission '%(scope)s'; ask an administrator for it.") % {"scope": "manage"}
        )


def _bases_get(asker: Asker, wanted: RecipeOf, ids: Sequence[UUID]) -> list[KnowledgeBase]:
    """The knowledge bases in the order of their names; each must be visible, of the vertical, and not
    empty.
    """
    asked = list(dict.fromkeys(ids))
    if not asked or len(asked) > BASES_MAX:
        raise Invalid(
            _("Choose 1 to %(most)s knowledge bases to train on.") % {"most": BASES_MAX},
            code="no_knowledge_base",
        )
    seen = visible_knowledge_bases(asker).filter(pk__in=asked).order_by("name", "pk")
    found = {base.pk: base for base in seen}
    for one in asked:
        if one not in found:
            raise NotFound(
                _("There is no knowledge base %(base)s.") % {"base": one}, code="unknown_knowledge_base"
            )
        if found[one].vertical != wanted.vertical:
            raise Invalid(
                _("'%(name)s' belongs to another field than the recipe '%(recipe)s'.")
                % {"name": found[one].name, "recipe": wanted.key},
                code="knowledge_base_of_another_vertical",
            )
    if not source_versions(asker, asked):
        raise Invalid(
            _("There is no document in these knowledge bases that is ready and that you may see."),
            code="no_documents",
        )
    return list(found.values())


def _run_create(
    asker: Asker,
    wanted: RecipeOf,
    bases: Sequence[KnowledgeBase],
    job: Mapping[str, Any],
    base: Base,
    row: ModelVersion,
    language: str,
) -> TuningRun:
    name, number = _model_named(base, wanted.vertical)
    run = TuningRun.objects.create(
        workspace_id=asker.workspace_id,
        created_by_id=asker.user_id,
        api_key_id=asker.key_id,
        vertical=wanted.vertical,
        recipe=wanted.recipe.name,
        private=wanted.recipe.private,
        sources=[{"id": str(one.pk), "name": one.name} for one in bases],
        language=language,
        parameters=dict(job),
        base=row,
        base_label=base.label,
        base_digest=base.manifest.digest,
        model_name=name,
        model_number=number,
    )
    run.knowledge_bases.set(bases)
    return run


def _model_named(base: Base, vertical: str) -> tuple[str, int]:
    """What the result is called, and its number, which no other run is given."""
    stem = re.sub(rf"-{re.escape(vertical)}$", "", base.manifest.name)
    name = f"{stem}-{vertical}"[:200]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"tuned model {name}"])
    last = TuningRun.objects.filter(model_name=name).aggregate(last=Max("model_number"))["last"] or 0
    taken = ModelVersion.objects.filter(name=name).values_list("version", flat=True)
    return name, max([last, *(int(one) for one in taken if one.isascii() and one.isdigit())]) + 1


def _reserve(run: TuningRun, bases: Sequence[KnowledgeBase]) -> None:
    privacy = run.parameters["privacy"]
    spending_reserve(
        run=run,
        data_sets=run_data_sets(run, bases),
        epsilon=privacy["target_epsilon"],
        delta=privacy["delta"],
        unit=privacy["unit"],
    )


def run_data_sets(run: TuningRun, bases: Sequence[KnowledgeBase]) -> list[DataSet]:
    """The data sets that a run touches: its knowledge bases, and what its recipe reads beside them."""
    recipes = {recipe.name: recipe for recipe in vertical_get(run.vertical).recipes}
    imports = recipes[run.recipe].imports if run.recipe in recipes else ()
    return [*map(base_data_set, bases), *(import_data_set(run.vertical, name) for name in imports)]


def run_cancel(*, asker: Asker, run_id: UUID | str) -> TuningRun:
    """Stop a run; one that has begun writes a checkpoint first. Conflict where it has ended."""
    run = run_get(asker, run_id)
    job_cancel(asker=asker, job_id=_job_id(run))
    audit_record(asker=asker, action="tuning.cancel", target=run.pk)
    return run_get(asker, run_id)


def run_resume(*, asker: Asker, run_id: UUID | str) -> TuningRun:
    """Go on with a run that was stopped or failed, from its newest checkpoint where there is one.

    One that begins anew and trains on private texts reserves anew. Conflict where it has not ended or has
    succeeded, and where a budget does not allow it.
    """
    run = run_get(asker, run_id)
    job_retry(asker=asker, job_id=_job_id(run))
    audit_record(asker=asker, action="tuning.resume", target=run.pk)
    return run_get(asker, run_id)


def _job_id(run: TuningRun) -> UUID:
    if run.job_id is None:
        raise Conflict(_("The run's job is gone; start a new run."), code="job_gone")
    return run.job_id


def run_again(asker: Asker, run_id: UUID) -> None:
    """Prepare an ended run for going on, in the transaction that queues its job again (jobs.registry)."""
    run = TuningRun.objects.select_for_update().get(pk=run_get(asker, run_id).pk)
    if not run.private:
        return
    state = spending_state(run)
    goes_on = state == SpendingState.SPENT and run_folder(run.pk).has_checkpoint()
    if goes_on or state == SpendingState.RESERVED:
        return
    # What the last execution took is returned or spent, and this one will take steps of its own.
    bases = list(KnowledgeBase.objects.filter(pk__in=[one["id"] for one in run.sources]))
    if len(bases) != len(run.sources):
        raise Conflict(
            _("A knowledge base of this run was deleted; start a new run."), code="knowledge_base_gone"
        )
    run.execution += 1
    run.boot = ""
    run.save(update_fields=["execution", "boot"])
    _reserve(run, bases)
