"""Surveillance technologies, and the devices that stand in the city."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from apps.assets.types import DeviceKind


class Technology(models.Model):
    """A kind of surveillance technology, as an ordinance counts them."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=80)
    sentence = models.CharField(max_length=300)

    _change_reason: str | None = None  # who changed it; simple-history keeps it
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "technologies"

    def __str__(self) -> str:
        return self.name


class DeviceQuerySet(models.QuerySet["Device"]):
    def of_kind(self, kind: str) -> DeviceQuerySet:
        return self.filter(kind=kind)


class Device(models.Model):
    """A device at its registered position, which wins over any position a payload claims."""

    reference = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in DeviceKind])
    technology = models.ForeignKey(Technology, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=160)
    description = models.CharField(max_length=300, blank=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    h3_cell = models.BigIntegerField()
    direction = models.CharField(max_length=24, blank=True)
    owner = models.CharField(max_length=40, blank=True)
    ward = models.CharField(max_length=8, blank=True)
    psa = models.CharField(max_length=8, blank=True)
    anc = models.CharField(max_length=8, blank=True)
    source_ids = models.JSONField(default=dict, blank=True)
    is_approved = models.BooleanField(default=False)

    objects = DeviceQuerySet.as_manager()
    _change_reason: str | None = None  # who changed it; simple-history keeps it
    history = HistoricalRecords()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in DeviceKind]), name="assets_device_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="assets_device_position_is_on_earth",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["kind"], name="assets_device_kind")]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"
