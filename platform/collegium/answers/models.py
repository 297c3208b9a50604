"""Conversations and answers, with all that is needed to replay an answer."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from collegium.accounts.models import ApiKey, User, Workspace


class Conversation(models.Model):
    """Questions that follow one another. It belongs to the person or key that began it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="conversations")
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="conversations")
    api_key = models.ForeignKey(ApiKey, models.CASCADE, null=True, related_name="conversations")
    vertical = models.SlugField(max_length=60)
    title = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")

    def __str__(self) -> str:
        return f"{self.vertical} {self.pk}"  # not its title: the administration shows this to its staff


class AnswerState(models.TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Answer(models.Model):
    """A question and its answer. `text` holds the whole answer with [n] marks that name its citations."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="answers")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="answers")
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="answers")
    api_key = models.ForeignKey(ApiKey, models.CASCADE, null=True, related_name="answers")
    vertical = models.SlugField(max_length=60)
    question = models.TextField()
    language = models.CharField(max_length=8)  # en | zh
    knowledge_bases = ArrayField(
        models.UUIDField(), default=list
    )  # asked over; empty: all visible of the vertical
    state = models.CharField(max_length=10, choices=AnswerState.choices, default=AnswerState.RUNNING)
    text = models.TextField(blank=True)
    blocks = models.JSONField(
        default=list
    )  # [{"kind": "evidence" | "rephrased" | "computed" | "interpretation" | "notice", "text": ...}]
    interpretation = models.JSONField(default=list)  # how the question was read: sentences
    exhibits = models.JSONField(default=list)  # [{"kind": "table" | "chart", "data": ...}]
    documents = models.JSONField(default=list)  # ids of those that it tells of without citing them
    refused = models.BooleanField(default=False)
    refusal = models.JSONField(null=True)  # {"code": ..., "detail": ..., "searched": ...}
    problem = models.JSONField(null=True)
    model = models.CharField(
        max_length=300, blank=True
    )  # name@version of the model that rephrased; empty: none
    model_digest = models.CharField(max_length=64, blank=True)
    prompt_version = models.CharField(max_length=60, blank=True)
    vertical_version = models.CharField(max_length=60, blank=True)
    query = models.JSONField(default=dict)  # what was understood: search text, filters, terms
    retrieved = models.JSONField(default=list)  # [{"chunk", "version", "document", "score"}] in rank order
    timings = models.JSONField(default=dict)  # milliseconds per step
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.vertical} {self.pk}"  # not the question, for the same reason


class Citation(models.Model):
    """What an answer rests on: a quotation with the exact place it stands.

    `document`, `version` and `chunk` are plain ids: a deleted document leaves the record that it was cited.
    """

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="citations")
    ordinal = models.PositiveIntegerField()  # the n of [n]
    document = models.UUIDField(db_index=True)
    version = models.UUIDField()
    chunk = models.BigIntegerField()
    title = models.CharField(max_length=400)
    section = models.JSONField(default=list)
    locator = models.JSONField()
    page = models.PositiveIntegerField(null=True)
    boxes = models.JSONField(default=list)
    quote = models.TextField()
    score = models.FloatField()

    class Meta:
        ordering = ["ordinal"]
        constraints = [models.UniqueConstraint(fields=["answer", "ordinal"], name="citation_ordinal_once")]

    def __str__(self) -> str:
        return f"[{self.ordinal}] {self.title}"


class Computation(models.Model):
    """A number that was computed: its formula, its inputs and its value, all as decimal strings."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="computations")
    ordinal = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    formula = models.TextField()
    inputs = models.JSONField(default=list)  # [{"name", "value", "unit", "citation", "source", "document"}]
    value = models.CharField(max_length=100)
    unit = models.CharField(max_length=300, blank=True)
    about = models.JSONField(default=dict)  # members of the vertical's own

    class Meta:
        ordering = ["ordinal"]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


class Finding(models.Model):
    """What a check found in an answer and what was done about it."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="findings")
    ordinal = models.PositiveIntegerField()
    check_name = models.CharField(max_length=60)
    action = models.CharField(max_length=20)  # dropped | noted | blocked | rewritten | disclosed
    message = models.TextField()
    excerpt = models.TextField(blank=True)
    rule = models.CharField(max_length=60, blank=True)
    citation = models.CharField(max_length=400, blank=True)  # of the law that the rule stands on
    text = models.TextField(blank=True)  # what was put in the excerpt's place, or added to the answer

    class Meta:
        ordering = ["ordinal"]

    def __str__(self) -> str:
        return f"{self.check_name}: {self.action}"
