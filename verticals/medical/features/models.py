"""Which features a workspace has turned on, with the reason that was given."""

from django.conf import settings
from django.db import models


class Feature(models.Model):
    """A feature's state in a workspace; without a row it is off. `reason`: why it was last changed."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="+")
    name = models.SlugField(max_length=40)
    enabled = models.BooleanField(default=False)
    reason = models.CharField(max_length=500)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="medical_feature_once")]

    def __str__(self) -> str:
        return self.name
