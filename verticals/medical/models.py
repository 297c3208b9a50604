"""Tables of the medical vertical."""

from django.conf import settings
from django.db import models

from verticals.medical.imaging.models import ImagingInstance

__all__ = ["FeatureSwitch", "ImagingInstance"]


class FeatureSwitch(models.Model):
    """A part of the vertical that is off in a workspace until an administrator turns it on, saying why."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="+")
    feature = models.SlugField(max_length=40)
    enabled = models.BooleanField(default=False)
    reason = models.TextField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "feature"], name="feature_switch_once")]

    def __str__(self) -> str:
        return f"{self.feature}: {'on' if self.enabled else 'off'}"
