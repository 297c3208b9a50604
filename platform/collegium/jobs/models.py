"""Long work that people see: its state, how far it is, and why it failed."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from collegium.accounts.models import User, Workspace


class JobState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLING = "cancelling", _("cancelling")
    CANCELLED = "cancelled", _("cancelled")


class Job(models.Model):
    """One piece of long work. The row is the truth; a worker holds it by a lease that it renews."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="jobs")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    kind = models.CharField(_("kind"), max_length=30)  # names the task that does it: jobs/registry.py
    subject = models.UUIDField(db_index=True)  # the row that it works on, such as a document version
    document = models.UUIDField(
        null=True, db_index=True
    )  # for permission: who sees the document sees the job
    state = models.CharField(_("state"), max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    stage = models.CharField(_("stage"), max_length=30, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    problem = models.JSONField(null=True)
    stages = models.JSONField(default=dict)  # seconds spent in each stage that ended
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)  # when its id was last put on the queue
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["state", "lease_until"], name="job_lost"),
            models.Index(fields=["workspace", "-created_at"], name="job_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
