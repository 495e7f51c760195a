"""Which reports were built, with the bytes that were handed over?"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q


class AccessReport(models.Model):
    """An access report as it was built; the table refuses UPDATE and DELETE. It holds figures and codes only."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    built_at = models.DateTimeField()
    built_by = models.CharField(max_length=64)
    log_size = models.BigIntegerField()
    canonical = models.BinaryField()
    pdf = models.BinaryField()
    digest = models.CharField(max_length=64)
    ledger_reference = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="ordinance_report_window")]
        indexes = [models.Index(fields=["-built_at", "-id"], name="ordinance_report_newest")]

    def __str__(self) -> str:
        return f"access report {self.reference}"
