"""Which versions of a model exist, where each is served, how each was judged, and what an alias means."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from collegium.accounts.models import User, Workspace
from collegium.evaluation.models import SuiteRun


class ModelState(models.TextChoices):
    REGISTERED = "registered", _("registered")
    EVALUATED = "evaluated", _("evaluated")
    REFUSED = "refused", _("refused")
    RETIRED = "retired", _("retired")


class ModelVersion(models.Model):
    """A served or servable model; two versions may be served at once, each at its own address.

    One whose files are ours has a `directory` under the home's models and an engine of its own, unless `url`
    says that the operator serves it elsewhere. An adapter may be served inside the engine of its base, which
    calls it `served_as`.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    version = models.CharField(_("version"), max_length=60)
    digest = models.CharField(max_length=64, blank=True)  # the manifest's; empty for a remote engine
    manifest = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)  # http://host:port or unix:///path
    state = models.CharField(
        _("state"), max_length=12, choices=ModelState.choices, default=ModelState.REGISTERED
    )
    directory = models.CharField(max_length=200, blank=True)  # relative to the home's models
    has_adapter = models.BooleanField(default=False)
    base = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="derived")
    origin = models.JSONField(default=dict)  # of an imported version: name, version, digest of its base there
    run = models.UUIDField(null=True, blank=True)  # of the tuning that made it
    card = models.JSONField(null=True, blank=True)  # what it was trained on, in counts
    certificate = models.JSONField(null=True, blank=True)  # what its privacy guarantee is
    metrics = models.JSONField(default=dict)  # of its training
    wanted_until = models.DateTimeField(null=True, blank=True)  # its engine is kept so long, alias or not
    served_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="carries")
    served_as = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        constraints = [models.UniqueConstraint(fields=["name", "version", "url"], name="model_version_once")]

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def folder(self) -> Path | None:
        """Where its files are: `model`, and `adapter` where it has one."""
        return Path(settings.HOME.models) / self.directory if self.directory else None

    @property
    def has_own_engine(self) -> bool:
        """Whether this installation starts an engine for it."""
        return bool(self.directory) and not self.url

    @property
    def address(self) -> str:
        """Where it is served, whether or not it is now."""
        if self.served_by is not None:
            return self.served_by.address
        return self.url or f"unix://{engine_socket(self)}"

    @property
    def asked_as(self) -> str | None:
        """What its engine must be told to be asked for; None where it serves one model only."""
        if self.served_by is not None:
            return self.served_as
        return None if self.digest else self.name


def engine_socket(version: ModelVersion) -> Path:
    """The socket of a version's own engine."""
    return Path(settings.HOME.run) / f"engine-{version.pk}.sock"


class ModelAlias(models.Model):
    """A name such as `production` that requests use; moving it is how a model is promoted or rolled back."""

    name = models.SlugField(max_length=60, unique=True)
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="aliases")
    moved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class EvaluationGate(models.Model):
    """What a version must reach on one metric of a suite before it is promoted."""

    suite = models.CharField(_("suite"), max_length=100)  # its whole name, with the vertical's
    metric = models.CharField(_("metric"), max_length=100)
    minimum = models.FloatField(_("minimum"), null=True, blank=True)
    worse_by = models.FloatField(
        _("worse than production by at most"),
        null=True,
        blank=True,
        help_text=_("0: at least as good as what answers now. Empty: not compared."),
    )
    higher_is_better = models.BooleanField(_("higher is better"), default=True)
    data = models.CharField(
        _("data folder"),
        max_length=100,
        blank=True,
        help_text=_("A folder under the home's 'evaluation'; empty: the sample of the vertical."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("evaluation gate")
        verbose_name_plural = _("evaluation gates")
        constraints = [
            models.UniqueConstraint(fields=["suite", "metric", "data"], name="evaluation_gate_once"),
            models.CheckConstraint(
                condition=models.Q(minimum__isnull=False) | models.Q(worse_by__isnull=False),
                name="evaluation_gate_demands",
                violation_error_message=_("State a minimum, or how much worse it may be than production."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.suite} {self.metric}"


class ModelEvaluation(models.Model):
    """A version's figures on a suite."""

    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="evaluations")
    suite_run = models.ForeignKey(SuiteRun, models.PROTECT)
    data = models.CharField(max_length=100, blank=True)  # the gate's folder
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.model_version} {self.suite_run}"


class WorkspaceShare(models.Model):
    """The part of all workspaces that the candidate answers, in percent; or of one workspace alone."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True)
    percent = models.PositiveSmallIntegerField(validators=[MaxValueValidator(100)])
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace"], nulls_distinct=False, name="workspace_share_once"),
            models.CheckConstraint(condition=models.Q(percent__lte=100), name="workspace_share_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.workspace or '*'} {self.percent} %"


class MoveKind(models.TextChoices):
    PROMOTED = "promoted", _("promoted")
    ROLLED_BACK = "rolled_back", _("rolled back")


class ModelMove(models.Model):
    """One move of `production`: who made which version answer, and what the gate said of it."""

    kind = models.CharField(max_length=12, choices=MoveKind.choices)
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="moves")
    replaced = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="replaced_by")
    by = models.ForeignKey(User, models.SET_NULL, null=True)
    reason = models.TextField(blank=True)  # why a gate that was not passed did not count
    figures: Any = models.JSONField(default=list)  # what the gate judged
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.model_version} {self.kind}"
