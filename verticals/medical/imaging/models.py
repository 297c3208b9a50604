"""The images and structured reports of document versions: who may see a version may see them, nobody else."""

from django.conf import settings
from django.db import models


class ImagingInstance(models.Model):
    """One DICOM instance of a version's files. Texts are empty where the file does not say.

    `position` and `member` say where it lies: the version's file, and the name inside an archive. `frames` is
    0 where it is no image. `centre`, `width`: the window that it is shown by at first; `low`, `high`: its
    values, in the unit of the modality; all null for colours. `spacing`: mm between rows and between columns.
    """

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey("knowledge.DocumentVersion", models.CASCADE, related_name="+")
    ordinal = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    member = models.CharField(max_length=1000, blank=True)
    study_uid = models.CharField(max_length=64, db_index=True)
    series_uid = models.CharField(max_length=64, blank=True)
    instance_uid = models.CharField(max_length=64, blank=True)
    accession_number = models.CharField(max_length=64, blank=True, db_index=True)
    modality = models.CharField(max_length=16, blank=True)
    number = models.IntegerField(default=0)
    frames = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    columns = models.PositiveIntegerField(default=0)
    centre = models.FloatField(null=True)
    width = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    spacing = models.JSONField(default=list)
    held_back = models.CharField(max_length=30, blank=True)  # a key of quarantine.REASONS

    class Meta:
        app_label = "medical"
        constraints = [models.UniqueConstraint(fields=["version", "ordinal"], name="imaging_ordinal_once")]

    def __str__(self) -> str:
        return f"{self.modality} {self.number}"


class ImagingRelease(models.Model):
    """That a reviewer lets a held-back image go. It stands for the file, so that it outlives a new reading.

    `masks`: rectangles [left, top, right, bottom] in pixels that are blackened in every frame.
    """

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey("knowledge.DocumentVersion", models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    member = models.CharField(max_length=1000, blank=True)
    masks = models.JSONField(default=list)
    reason = models.CharField(max_length=500)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    released_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "medical"
        constraints = [
            models.UniqueConstraint(fields=["version", "position", "member"], name="imaging_release_once")
        ]

    def __str__(self) -> str:
        return self.reason
