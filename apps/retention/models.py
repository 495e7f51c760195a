"""What remains when a bucket is gone: how far its destruction came, its certificate, its daily figures, its holds.

None of these rows holds a plate, a name or a governed row's content.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.retention.types import Step


class BucketChunk(models.Model):
    """What one insert statement wrote into one bucket; a trigger of the database tallies it: nobody writes uncounted.

    `digest` is SHA-256 over the rows' event tokens in the order of their ids. The figures by device are emptied when
    the bucket is destroyed; count and digest stay, as the leaves of the certificate's commitment.
    """

    category = models.CharField(max_length=32)
    day = models.DateField()
    source_id = models.IntegerField()
    rows = models.IntegerField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    device_ids = ArrayField(models.IntegerField())
    device_rows = ArrayField(models.IntegerField())

    class Meta:
        indexes = [models.Index(fields=["category", "day", "id"], name="retention_chunk_bucket")]
        constraints = [models.CheckConstraint(condition=Q(rows__gt=0), name="retention_chunk_rows_positive")]

    def __str__(self) -> str:
        return f"{self.rows} rows of {self.category} of {self.day}"


class Destruction(models.Model):
    """The destruction of one bucket, from plan to certificate; a bucket is destroyed once."""

    STEPS = [(step.value, step.value.replace("_", " ").capitalize()) for step in Step]

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    category = models.CharField(max_length=32)
    day = models.DateField()
    step = models.CharField(max_length=20, choices=STEPS, default=Step.PLANNED.value)
    actor = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)
    reason_salt = models.BinaryField(max_length=16)
    policy_version = models.IntegerField()
    policy_digest = models.CharField(max_length=64)
    retention_days = models.IntegerField()
    due_at = models.DateTimeField()
    started_at = models.DateTimeField()
    key_id = models.UUIDField(null=True)
    key_destroyed_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    certified_at = models.DateTimeField(null=True)
    partition = models.CharField(max_length=63, blank=True)
    rows = models.BigIntegerField(null=True)
    rows_by_source = models.JSONField(default=dict)
    size_bytes = models.BigIntegerField(null=True)
    leaves = models.IntegerField(null=True)
    root = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "day"], name="retention_destroyed_once"),
            models.CheckConstraint(condition=Q(started_at__gte=F("due_at")), name="retention_not_before_due"),
            models.CheckConstraint(condition=Q(retention_days__gte=1), name="retention_days_positive"),
            models.CheckConstraint(
                condition=Q(step=Step.PLANNED.value, key_destroyed_at__isnull=True)
                | ~Q(step=Step.PLANNED.value) & Q(key_destroyed_at__isnull=False),
                name="retention_key_destroyed_step",
            ),
            models.CheckConstraint(
                condition=Q(
                    step__in=[Step.PLANNED.value, Step.KEY_DESTROYED.value], dropped_at__isnull=True, rows__isnull=True
                )
                | Q(
                    step__in=[Step.PARTITION_DROPPED.value, Step.CERTIFIED.value],
                    dropped_at__isnull=False,
                    rows__isnull=False,
                    leaves__isnull=False,
                    root__isnull=False,
                ),
                name="retention_dropped_step",
            ),
            models.CheckConstraint(
                condition=Q(step=Step.CERTIFIED.value, certified_at__isnull=False)
                | ~Q(step=Step.CERTIFIED.value) & Q(certified_at__isnull=True),
                name="retention_certified_step",
            ),
        ]

    def __str__(self) -> str:
        return f"destruction of {self.category} of {self.day}"


class Certificate(models.Model):
    """A signed statement that a bucket is gone; the table refuses UPDATE and DELETE."""

    reference = models.UUIDField(unique=True, editable=False)
    destruction = models.OneToOneField(Destruction, on_delete=models.PROTECT, related_name="certificate")
    canonical = models.BinaryField()
    note = models.TextField()
    digest = models.CharField(max_length=64)
    ledger_reference = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"certificate {self.reference}"


class DailyAggregate(models.Model):
    """How many rows a device gave on a day whose rows are destroyed; device 0 stands for rows without a device."""

    category = models.CharField(max_length=32)
    day = models.DateField()
    source_id = models.IntegerField()
    device_id = models.IntegerField()
    rows = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["category", "day", "source_id", "device_id"], name="retention_aggregate_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rows} rows of device {self.device_id} on {self.day}"


class Hold(models.Model):
    """Reads that were preserved for a case by one approved request; the copies are `records.PreservedRead`."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    category = models.CharField(max_length=32)
    case_number = models.CharField(max_length=64)
    rows = models.IntegerField()
    rows_by_day = models.JSONField()
    requested_by = models.CharField(max_length=64)
    approved_by = models.CharField(max_length=64)
    query_reference = models.CharField(max_length=64)
    ledger_reference = models.CharField(max_length=64)
    preserved_at = models.DateTimeField()
    hold_ends_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["case_number", "released_at"], name="retention_hold_case")]
        constraints = [
            models.CheckConstraint(condition=~Q(requested_by=F("approved_by")), name="retention_hold_two_people"),
            models.CheckConstraint(condition=Q(hold_ends_at__gt=F("preserved_at")), name="retention_hold_ends_later"),
            models.CheckConstraint(condition=Q(rows__gt=0), name="retention_hold_rows_positive"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by="")
                | Q(released_at__isnull=False) & ~Q(released_by=""),
                name="retention_hold_released_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.reference}"


class PurgeRun(models.Model):
    """One run of the purge over everything due, or a row of idle or refused runs whose latest moment is `ran_at`.

    It is how a clock that jumped is noticed.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    actor = models.CharField(max_length=64)
    ran_at = models.DateTimeField(db_index=True)
    due = models.IntegerField()
    destroyed = models.IntegerField(default=0)
    refusals = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"purge run {self.reference}"
