"""Policy versions, and the decisions made under them. A decision holds codes only: no person, plate or free text."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords


class VersionStatus(models.TextChoices):
    ACTIVE = "ACTIVE", "In force"
    RETIRED = "RETIRED", "Retired"


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def in_force(self, now: datetime) -> PolicyVersionQuerySet:
        """What decides at `now`: effective already, and not retired by then."""
        return self.filter(Q(effective_at__lte=now) & (Q(retired_at=None) | Q(retired_at__gt=now)))


class PolicyVersion(models.Model):
    """One policy as it was approved, with the Cedar text that decides. Its digest covers document, rules and schema."""

    number = models.PositiveIntegerField(unique=True)
    status = models.CharField(max_length=8, choices=VersionStatus)
    digest = models.CharField(max_length=64)
    document = models.TextField()
    cedar = models.TextField()
    schema = models.TextField()
    authored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="authored_policy_versions"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approved_policy_versions"
    )
    approved_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = PolicyVersionQuerySet.as_manager()
    _change_reason: str | None = None  # who changed it; simple-history keeps it
    history = HistoricalRecords(excluded_fields=["document", "cedar", "schema"])

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(authored_by=F("approved_by")), name="policy_policyversion_approved_by_another"
            ),
            models.CheckConstraint(
                condition=Q(status=VersionStatus.ACTIVE, retired_at=None)
                | Q(status=VersionStatus.RETIRED, retired_at__isnull=False),
                name="policy_policyversion_retired_at_its_end",
            ),
            models.CheckConstraint(
                condition=Q(effective_at__gte=F("approved_at")), name="policy_policyversion_effective_after_approval"
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(retired_at__gte=F("effective_at")),
                name="policy_policyversion_retired_after_effective",
            ),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status=VersionStatus.ACTIVE), name="policy_policyversion_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"Policy version {self.number}"


class DecisionRecord(models.Model):
    """The facts of one access as codes, and what was decided. Never changed, never a word about who asked."""

    reference = models.UUIDField(unique=True)
    decided_at = models.DateTimeField()
    policy_version = models.PositiveIntegerField()
    policy_digest = models.CharField(max_length=64, blank=True)
    is_permitted = models.BooleanField()
    rule_ids = ArrayField(models.CharField(max_length=60))
    refusal_codes = ArrayField(models.CharField(max_length=40))
    most_rows = models.PositiveIntegerField()
    roles = ArrayField(models.CharField(max_length=40))
    training = ArrayField(models.CharField(max_length=40))
    agency_ori = models.CharField(max_length=9, blank=True)
    action = models.CharField(max_length=40)
    category = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40, blank=True)
    offence = models.CharField(max_length=40, blank=True)
    case_status = models.CharField(max_length=40)
    reason_grade = models.CharField(max_length=40)
    look_back_days = models.IntegerField()
    is_active = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_permitted=True, refusal_codes=[]) | Q(is_permitted=False, most_rows=0),
                name="policy_decisionrecord_permitted_without_refusals",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["decided_at"], name="policy_decision_decided_at")]

    def __str__(self) -> str:
        return f"Decision {self.reference}"
