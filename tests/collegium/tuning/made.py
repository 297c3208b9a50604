"""A run of another day, for tests that only look at it."""


def run_failed(asker, base):
    """A run over the knowledge base that failed, and what it spent."""
    from collegium.jobs.models import Job, JobState
    from collegium.tuning.budgets import base_data_set
    from collegium.tuning.models import TuningRun
    from collegium.tuning.spending import spending_reserve, spending_spend

    run = TuningRun.objects.create(
        workspace=base.workspace,
        created_by_id=asker.user_id,
        vertical=base.vertical,
        recipe="private",
        private=True,
        sources=[{"id": str(base.pk), "name": base.name}],
        base_label="tiny@1",
        model_name="tiny-tuned",
        model_number=1,
    )
    run.knowledge_bases.add(base)
    run.job = Job.objects.create(
        workspace=base.workspace, kind="tuning", subject=run.pk, state=JobState.FAILED
    )
    run.save()
    spending_reserve(run=run, data_sets=[base_data_set(base)], epsilon=0.5, delta=1e-5, unit="record")
    spending_spend(run=run)
    return run
