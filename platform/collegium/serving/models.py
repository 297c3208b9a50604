"""Which versions of a model exist, where each is served, and which one an alias means."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelVersion(models.Model):
    """A served or servable model; two versions may be served at once, each at its own address."""

    name = models.CharField(_("name"), max_length=200)
    version = models.CharField(_("version"), max_length=60)
    digest = models.CharField(max_length=64, blank=True)  # the manifest's; empty for a remote engine
    manifest = models.JSONField(default=dict)
    url = models.CharField(max_length=300)  # http://host:port or unix:///path
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        constraints = [models.UniqueConstraint(fields=["name", "version", "url"], name="model_version_once")]

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


class ModelAlias(models.Model):
    """A name such as `production` that requests use; moving it is how a model is promoted or rolled back."""

    name = models.SlugField(max_length=60, unique=True)
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="aliases")
    moved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name
