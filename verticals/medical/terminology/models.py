"""Terminologies as they were loaded: each version belongs to a workspace, or to the installation.

Every table of rows is partitioned by version: a load fills tables of its own, builds their indexes when they
are full and attaches them; a version is removed by dropping its tables (terminology/partitions.py). Queries
give the version as a constant, so that one partition is read. Rows refer to concepts of their own version by
id, without constraints in the database: the loader has checked each, and names the line of a wrong one.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver

from verticals.medical.terminology.partitions import partitions_drop


class State(models.TextChoices):
    LOADING = "loading"
    CURRENT = "current"
    FORMER = "former"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TerminologyVersion(models.Model):
    """A release of a terminology. Queries see the current one; a load is written beside it.

    Without a workspace it is the installation's, which every workspace sees that has none of its own: open
    vocabularies only.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, null=True, related_name="+")
    terminology = models.SlugField(max_length=40)  # snomed | icd10cm
    label = models.CharField(max_length=200)
    released = models.CharField(max_length=8)  # YYYYMMDD as its files say, which need not be a day
    kind = models.CharField(max_length=8)  # Snapshot | Full | Delta
    base = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")  # what a Delta changes
    fingerprint = models.CharField(max_length=64)  # of what was loaded: the same load is resumed by it
    state = models.CharField(max_length=10, choices=State.choices, default=State.LOADING)
    stages = models.JSONField(default=dict)  # stage that ended -> rows that it wrote
    problem = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "terminology"],
                condition=models.Q(state="current"),
                nulls_distinct=False,
                name="terminology_current_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.terminology} {self.label} ({self.state})"


@receiver(post_delete, sender=TerminologyVersion)
def _tables_go_with_it(instance: TerminologyVersion, **_: Any) -> None:
    """Also where a workspace is deleted, and its versions by that."""
    partitions_drop(instance.pk)


def _of(to: Any, **more: Any) -> Any:
    """A reference without a constraint and an index of its own; a version's tables go as a whole."""
    return models.ForeignKey(
        to, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, **more
    )


class Concept(models.Model):
    """A concept under its code."""

    id = models.BigAutoField(primary_key=True)
    version = _of(TerminologyVersion)
    code = models.CharField(max_length=40)
    name = models.TextField()  # fully specified, in English where there is such
    active = models.BooleanField()
    defined = models.BooleanField()  # its definition is sufficient
    module = models.CharField(max_length=18, blank=True)
    effective = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="concept_code_once")]

    def __str__(self) -> str:
        return f"{self.code} |{self.name}|"


class Closure(models.Model):
    """The transitive closure of the hierarchy, a row for each concept: one for each pair takes more room.

    `above` and `below` are ids in ascending order, of ancestors and of descendants; its own is in both.
    """

    id = models.BigIntegerField(primary_key=True)  # of the concept
    version = _of(TerminologyVersion)
    above = ArrayField(models.BigIntegerField())
    below = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return str(self.id)


class Description(models.Model):
    """An active term of a concept. `words`: what search compares, as words.term_words makes them."""

    class Kind(models.TextChoices):
        NAME = "name"  # fully specified
        SYNONYM = "synonym"
        DEFINITION = "definition"

    id = models.BigAutoField(primary_key=True)
    version = _of(TerminologyVersion)
    concept = _of(Concept)
    code = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    term = models.TextField()
    effective = models.CharField(max_length=8, blank=True)
    preferred_in = ArrayField(
        models.CharField(max_length=18), default=list
    )  # codes of language reference sets
    acceptable_in = ArrayField(models.CharField(max_length=18), default=list)
    words = SearchVectorField()

    class Meta:
        indexes = [
            models.Index(fields=["concept"], name="description_concept"),
            GinIndex(fields=["words"], name="description_words"),
        ]

    def __str__(self) -> str:
        return self.term


class TermWord(models.Model):
    """A word that stands in terms of a version: what a mistyped word is compared with."""

    id = models.BigAutoField(primary_key=True)
    version = _of(TerminologyVersion)
    word = models.CharField(max_length=40)

    class Meta:
        indexes = [
            GinIndex(OpClass("word", "gin_trgm_ops"), name="term_word_like"),
        ]

    def __str__(self) -> str:
        return self.word


class Relationship(models.Model):
    """An active inferred relationship. No `type`: is a. A concrete value, as the release writes it (#5, "x"),
    has no destination.
    """

    id = models.BigAutoField(primary_key=True)
    version = _of(TerminologyVersion)
    code = models.CharField(max_length=40, blank=True)
    source = _of(Concept)
    type = _of(Concept, null=True)
    destination = _of(Concept, null=True)
    value = models.TextField(blank=True)
    group = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["source"], name="relationship_source"),
            models.Index(fields=["destination", "type"], name="relationship_destination"),
        ]

    def __str__(self) -> str:
        return self.code


class Axiom(models.Model):
    """An OWL axiom of a concept, kept as the release writes it; nothing is inferred from it."""

    id = models.BigAutoField(primary_key=True)
    version = _of(TerminologyVersion)
    code = models.CharField(max_length=40)
    concept = _of(Concept)
    owl = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["concept"], name="axiom_concept"),
        ]

    def __str__(self) -> str:
        return self.owl


class Member(models.Model):
    """A row of a simple, association or map reference set. `component` need not be a concept."""

    class Kind(models.TextChoices):
        SIMPLE = "simple"
        ASSOCIATION = "association"
        MAP = "map"

    id = models.BigAutoField(primary_key=True)
    version = _of(TerminologyVersion)
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    refset = models.CharField(max_length=40)
    component = models.CharField(max_length=40)
    concept = _of(Concept, null=True)
    target = models.CharField(max_length=200, blank=True)  # of a map or an association
    fields = models.JSONField(default=dict)  # the columns of a map beside its target

    class Meta:
        indexes = [
            models.Index(fields=["concept", "refset"], name="member_concept"),
            models.Index(fields=["refset"], name="member_refset"),
            models.Index(fields=["target"], name="member_target"),
        ]

    def __str__(self) -> str:
        return f"{self.refset}: {self.component}"
