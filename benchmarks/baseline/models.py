"""Plate reads as a plain table, the plate in clear and indexed."""

from __future__ import annotations

from auditlog.registry import auditlog
from django.db import models


class PlainRead(models.Model):
    plate = models.CharField(max_length=12)
    occurred_at = models.DateTimeField()
    device_id = models.IntegerField()
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["plate", "-occurred_at"], name="baseline_plate")]

    def __str__(self) -> str:
        return str(self.pk)


auditlog.register(PlainRead)
