"""What does access keep? Case numbers that are known, queries with their sealed facts, and what a governed model is."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q, options

# A governed model names its category in its Meta, as it names its table.
options.DEFAULT_NAMES = (*options.DEFAULT_NAMES, "governed_category")


class GovernedModel(models.Model):
    """A row that is seen only inside a grant. `Meta.governed_category` says of which category.

    Its migration puts `ProtectTable` on the table, and its partitions call `access_protect_table`.
    """

    class Meta:
        abstract = True


class CaseReference(models.Model):
    """A case or call number that the agency knows. Written by ingestion, asked by every decision."""

    class Kind(models.TextChoices):
        CASE = "CASE", "Case"
        CALL = "CALL", "Call for service"

    class Status(models.TextChoices):
        OPEN = "OPEN", "Open"
        CLOSED = "CLOSED", "Closed"

    number = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices)
    offence = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="CLOSED", closed_at__isnull=False) | Q(status="OPEN", closed_at__isnull=True),
                name="access_case_closed_has_a_moment",
            )
        ]

    def __str__(self) -> str:
        return self.number


class QueryQuerySet(models.QuerySet["Query"]):
    def by_actor(self, reference: str) -> QueryQuerySet:
        return self.filter(actor=reference)

    def unanswered(self) -> QueryQuerySet:
        """Permitted, and no outcome on record: a finding once it is older than the longest search."""
        return self.filter(outcome=Query.Outcome.PERMITTED, answered_at__isnull=True)


class Query(models.Model):
    """One request for governed rows: who, why, for which case, what was decided, and what came of it.

    Reason and criteria are sealed under the key of the day (`ACCESS_REQUEST`), and with them the salt of the commitment
    that the ledger holds: when the key goes, neither can be guessed.
    """

    class Outcome(models.TextChoices):
        PERMITTED = "PERMITTED", "Permitted"
        REFUSED = "REFUSED", "Refused"

    reference = models.UUIDField(unique=True, default=uuid.uuid4)
    actor = models.CharField(max_length=32)
    agency_ori = models.CharField(max_length=16, blank=True)
    action = models.CharField(max_length=40)
    category = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40, blank=True)
    offence = models.CharField(max_length=40, blank=True)
    case_number = models.CharField(max_length=64, blank=True)
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    reason_grade = models.CharField(max_length=16)
    sealed_day = models.DateField()
    sealed_facts = models.BinaryField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    decision_reference = models.UUIDField()
    policy_version = models.IntegerField()
    rule_ids = models.JSONField(default=list)
    refusal_codes = models.JSONField(default=list)
    decided_at = models.DateTimeField()
    decided_entry = models.UUIDField()
    answered_at = models.DateTimeField(null=True)
    answered_entry = models.UUIDField(null=True)
    row_count = models.IntegerField(null=True)
    digest = models.BinaryField(max_length=32, null=True)

    objects = QueryQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["actor", "-decided_at", "-id"], name="access_query_actor"),
            models.Index(fields=["case_number", "-decided_at", "-id"], name="access_query_case"),
            models.Index(fields=["-decided_at", "-id"], name="access_query_decided"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    answered_at__isnull=True, answered_entry__isnull=True, row_count__isnull=True, digest__isnull=True
                )
                | Q(
                    outcome="PERMITTED",
                    answered_at__isnull=False,
                    answered_entry__isnull=False,
                    row_count__isnull=False,
                    digest__isnull=False,
                ),
                name="access_query_answered_whole_and_only_if_permitted",
            ),
            models.CheckConstraint(condition=Q(window_end__gt=models.F("window_start")), name="access_query_window"),
        ]

    def __str__(self) -> str:
        return str(self.reference)
