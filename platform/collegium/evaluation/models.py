"""Runs of evaluation suites and their figures."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SuiteRun(models.Model):
    """One run of a suite: its figures, over which data and with which code and model."""

    suite = models.CharField(_("suite"), max_length=100, db_index=True)
    metrics = models.JSONField(_("metrics"), default=dict)
    details = models.JSONField(default=list)
    data_fingerprint = models.CharField(max_length=64, blank=True)
    served = models.JSONField(default=dict)  # the embedding and generation models in use
    code_version = models.CharField(max_length=60, blank=True)
    duration_s = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("suite run")
        verbose_name_plural = _("suite runs")

    def __str__(self) -> str:
        return f"{self.suite} {self.created_at:%Y-%m-%d %H:%M}"
