"""Fine-tuning runs, how they went, and what of a data set's privacy they have spent."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from collegium.accounts.models import ApiKey, User, Workspace
from collegium.jobs.models import Job
from collegium.knowledge.models import KnowledgeBase
from collegium.serving.models import ModelVersion

EPSILON = {"max_digits": 16, "decimal_places": 8}
DELTA = {"max_digits": 22, "decimal_places": 18}


class TuningRun(models.Model):
    """One tuning of a base model by a vertical's recipe. Its state is that of its job.

    `parameters` is the job as the training reads it, but for paths. `starts` counts the processes that were
    started for it; `execution` grows where it begins anew, so that what it spends is counted anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tuning_runs")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, blank=True)
    vertical = models.SlugField(_("vertical"), max_length=60)
    recipe = models.CharField(_("recipe"), max_length=40)
    private = models.BooleanField(_("private"))
    knowledge_bases = models.ManyToManyField(KnowledgeBase, related_name="tuning_runs", blank=True)
    sources = models.JSONField(default=list)  # [{id, name}] of the knowledge bases, as they were called then
    language = models.CharField(_("language"), max_length=8, blank=True)
    parameters = models.JSONField(_("parameters"), default=dict)
    base = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="tuned")
    base_label = models.CharField(_("base model"), max_length=300)
    base_digest = models.CharField(max_length=64)
    model_name = models.CharField(_("model"), max_length=200)
    model_number = models.PositiveIntegerField(_("version"))
    model_version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="tuning_runs")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="tuning_run")
    execution = models.PositiveIntegerField(default=1)
    starts = models.PositiveIntegerField(default=0)
    boot = models.CharField(max_length=64, blank=True)  # of the machine where a process was last started
    examples_sha256 = models.CharField(max_length=64, blank=True)
    examples_count = models.PositiveIntegerField(default=0)
    plan = models.JSONField(null=True)
    result = models.JSONField(null=True)
    certificate = models.JSONField(_("certificate"), null=True)
    card = models.JSONField(_("data card"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("tuning run")
        verbose_name_plural = _("tuning runs")
        constraints = [
            models.UniqueConstraint(fields=["model_name", "model_number"], name="tuned_model_number_once")
        ]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="tuning_recent")]

    def __str__(self) -> str:
        return f"{self.model_name}@{self.model_number}"


class TuningProgress(models.Model):
    """What was measured at a step. Under differential privacy there is no loss of the private texts."""

    run = models.ForeignKey(TuningRun, models.CASCADE, related_name="progress")
    step = models.PositiveIntegerField()
    loss = models.FloatField(null=True)
    held_out_loss = models.FloatField(null=True)
    epsilon = models.FloatField(null=True)
    tokens_per_s = models.FloatField(null=True)
    memory_bytes = models.BigIntegerField(null=True)
    learning_rate = models.FloatField(null=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "step"], name="tuning_step_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.step}"


class PrivacyBudget(models.Model):
    """How much of a data set's privacy trainings may spend in all.

    `data_set` is `knowledge-base:ID` or `import:VERTICAL.NAME`. The row outlives the knowledge base, since
    models
    trained on it do. Limits that nobody has set are the installation's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="privacy_budgets")
    data_set = models.CharField(max_length=160)
    label = models.CharField(_("data set"), max_length=200)
    knowledge_base = models.ForeignKey(KnowledgeBase, models.SET_NULL, null=True, related_name="+")
    vertical = models.SlugField(_("vertical"), max_length=60)
    epsilon_limit = models.DecimalField(_("limit of epsilon"), null=True, **EPSILON)
    delta_limit = models.DecimalField(_("limit of delta"), null=True, **DELTA)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("privacy budget")
        verbose_name_plural = _("privacy budgets")
        constraints = [models.UniqueConstraint(fields=["workspace", "data_set"], name="privacy_budget_once")]

    def __str__(self) -> str:
        return self.label


class SpendingState(models.TextChoices):
    """`returned` counts for nothing; the other two count in full."""

    RESERVED = "reserved", _("reserved")
    SPENT = "spent", _("spent")
    RETURNED = "returned", _("returned")


class PrivacySpending(models.Model):
    """What one execution of a run takes of one budget: a line of the ledger, never deleted while its budget
    is.
    """

    budget = models.ForeignKey(PrivacyBudget, models.CASCADE, related_name="spendings")
    run = models.ForeignKey(TuningRun, models.SET_NULL, null=True, related_name="spendings")
    execution = models.PositiveIntegerField(default=1)
    run_label = models.CharField(_("model"), max_length=300)
    state = models.CharField(
        _("state"), max_length=8, choices=SpendingState.choices, default=SpendingState.RESERVED
    )
    epsilon = models.DecimalField("ε", **EPSILON)
    delta = models.DecimalField("δ", **DELTA)
    unit = models.CharField(_("unit"), max_length=10)
    reason = models.CharField(max_length=40, blank=True)  # why it was judged so where no worker saw it
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("privacy spending")
        verbose_name_plural = _("privacy ledger")
        constraints = [
            models.UniqueConstraint(fields=["budget", "run", "execution"], name="privacy_spent_once"),
            models.CheckConstraint(
                condition=models.Q(epsilon__gt=0) & models.Q(delta__gt=0), name="privacy_spending_positive"
            ),
        ]
        indexes = [models.Index(fields=["budget", "-created_at"], name="privacy_ledger")]

    def __str__(self) -> str:
        return f"{self.budget_id} ε={self.epsilon} δ={self.delta} ({self.state})"
