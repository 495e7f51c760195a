"""Sources, imports and rejected rows."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from apps.ingestion.adapters import ADAPTER_CHOICES, ADAPTERS
from apps.ingestion.types import RejectionCode, RejectionState, RunState, SourceKind

OPEN_STATES = [RunState.WAITING.value, RunState.RUNNING.value]


class Source(models.Model):
    """A registered feed. It delivers once a second person has approved it."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    adapter = models.CharField(max_length=24, choices=ADAPTER_CHOICES)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in SourceKind])
    zone_name = models.CharField(max_length=40, blank=True)
    device_references = models.JSONField(default=dict, blank=True)
    registered_by = models.CharField(max_length=40)
    registered_at = models.DateTimeField()
    approved_by = models.CharField(max_length=40, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    _change_reason: str | None = None  # who changed it; simple-history keeps it
    history = HistoricalRecords()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(adapter__in=list(ADAPTERS)), name="ingestion_source_adapter_is_known"),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by="") | Q(approved_at__isnull=False) & ~Q(approved_by=""),
                name="ingestion_source_approved_by_and_at",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("registered_by")), name="ingestion_source_approver_is_not_registrar"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def open(self) -> ImportRunQuerySet:
        """Runs that are not over: waiting, under way, or cut short."""
        return self.filter(state__in=OPEN_STATES)


class ImportRun(models.Model):
    """One file's way through the write door. `place` is the last record that is committed; a cut run goes on there."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="runs")
    file_digest = models.CharField(max_length=64)
    file_size = models.BigIntegerField()
    is_upload = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in RunState])
    started_by = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    place = models.BigIntegerField(default=0)
    bytes_done = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    ignored = models.BigIntegerField(default=0)
    rejects_kept = models.IntegerField(default=0)
    refusal_code = models.CharField(max_length=40, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "file_digest"],
                condition=Q(state__in=OPEN_STATES),
                name="ingestion_run_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES, finished_at=None)
                | ~Q(state__in=OPEN_STATES) & Q(finished_at__isnull=False),
                name="ingestion_run_over_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state=RunState.REFUSED.value) & ~Q(refusal_code="")
                | ~Q(state=RunState.REFUSED.value) & Q(refusal_code=""),
                name="ingestion_run_refused_has_a_code",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-started_at", "-id"], name="ingestion_run_newest")]

    def __str__(self) -> str:
        return str(self.reference)


class RejectedRow(models.Model):
    """A record that was not stored, sealed under the reject key of `day`, until its cause is mended."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="rejected_rows")
    file_digest = models.CharField(max_length=64)
    place = models.BigIntegerField()
    day = models.DateField()
    code = models.CharField(max_length=24, choices=[(code.value, code.value) for code in RejectionCode])
    field = models.CharField(max_length=40, blank=True)
    sealed = models.BinaryField()
    is_retriable = models.BooleanField()
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in RejectionState])
    attempts = models.IntegerField(default=0)
    rejected_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "file_digest", "place"], name="ingestion_rejectedrow_once_a_file"
            ),
            models.CheckConstraint(
                condition=Q(state=RejectionState.OPEN.value, resolved_at=None, resolved_by="")
                | Q(state=RejectionState.RESOLVED.value, resolved_at__isnull=False) & ~Q(resolved_by=""),
                name="ingestion_rejectedrow_resolved_by_and_at",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-rejected_at", "-id"], name="ingestion_rejected_newest"),
            models.Index(fields=["source", "state", "id"], name="ingestion_rejected_source"),
        ]

    def __str__(self) -> str:
        return str(self.reference)
