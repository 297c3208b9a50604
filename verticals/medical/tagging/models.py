"""Which concepts the passages of document versions name: only who may see a version may know of them."""

from django.db import models


class PassageTag(models.Model):
    """A concept that a passage names in a context (context.CONTEXTS), once however often it does.

    `chunk` is the passage's id. A version's rows are written anew whenever it becomes searchable, and go
    with it.
    """

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey("knowledge.DocumentVersion", models.CASCADE, related_name="+")
    chunk = models.BigIntegerField()
    terminology = models.SlugField(max_length=40, db_index=False)
    code = models.CharField(max_length=40)
    context = models.CharField(max_length=12)

    class Meta:
        app_label = "medical"
        indexes = [models.Index(fields=["terminology", "code", "context"], name="passage_tag_code")]

    def __str__(self) -> str:
        return f"{self.terminology} {self.code} {self.context}"
