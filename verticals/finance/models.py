"""Filings and their facts, per document version: who may see a version may see its facts, and nobody else.

Several filings come of one version where it holds a company's whole history; a version that is replaced or
deleted takes its filings with it.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models


class NumericField(models.Field):
    """A number of any size and precision, exactly as it was stated."""

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else Decimal(value)

    def get_prep_value(self, value: Any) -> Decimal | None:
        return self.to_python(value)


class Filing(models.Model):
    """What a report says of itself. Texts are empty and dates null where it does not say."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey("knowledge.DocumentVersion", models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()  # among the version's filings
    entity = models.CharField(max_length=300)
    entity_key = models.CharField(max_length=300, db_index=True)  # the name without its legal form
    identifier = models.CharField(max_length=300, blank=True, db_index=True)
    ticker = models.CharField(max_length=20, blank=True, db_index=True)  # in capitals
    form = models.CharField(max_length=40, blank=True)
    period_end = models.DateField(null=True)
    fiscal_year = models.IntegerField(null=True)
    fiscal_period = models.CharField(max_length=4, blank=True)
    fiscal_year_end = models.CharField(max_length=7, blank=True)
    currency = models.CharField(max_length=10, blank=True)
    gaap = models.CharField(max_length=10, blank=True)
    language = models.CharField(max_length=8, blank=True)
    accepted_at = models.DateTimeField(null=True)
    known_on = models.DateField()  # the day from which its values count: of acceptance, else of the report
    amends = models.CharField(max_length=40, blank=True)
    accession = models.CharField(max_length=40, blank=True)
    statements = models.JSONField(default=list)  # as filed: codec.statements_value

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="filing_position_once")]

    def __str__(self) -> str:
        return f"{self.entity} {self.form} {self.period_end or ''}"


class Fact(models.Model):
    """A figure as a filing states it; the fields mean what those of facts.fact.Fact do.

    An instant has no `start`. `decimals` is null for exact values. `dims`: axis -> member.
    """

    id = models.BigAutoField(primary_key=True)
    filing = models.ForeignKey(Filing, models.CASCADE, related_name="facts", db_index=False)
    concept = models.CharField(max_length=300)
    start = models.DateField(null=True)
    end = models.DateField()
    value = NumericField(null=True)
    unit = models.CharField(max_length=300)
    decimals = models.SmallIntegerField(null=True)
    is_nil = models.BooleanField(default=False)
    is_duplicate = models.BooleanField(default=False)
    dims = models.JSONField(default=dict)
    locator = models.JSONField(default=dict)
    footnotes = models.JSONField(default=list)

    class Meta:
        # All facts of a filing by concept: every question is asked of the few filings of a company, or of one
        # concept in all of them.
        indexes = [models.Index(fields=["filing", "concept"], name="fact_of_filing")]

    def __str__(self) -> str:
        return f"{self.concept} {self.end}: {self.value} {self.unit}"


class ComplianceRule(models.Model):
    """A rule of the pre-screen that a workspace has added; only an enabled one has passed its own examples.

    `definition` is what compliance.reading.rule_read reads.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="+")
    code = models.SlugField(max_length=60)
    definition = models.JSONField()
    enabled = models.BooleanField(default=False)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "code"], name="compliance_rule_once")]

    def __str__(self) -> str:
        return self.code
