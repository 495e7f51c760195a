"""Governed rows: plate reads and calls for service by UTC day, and the reads that cases keep beyond their day.

Plates, numbers and texts are sealed; what stands open is what the database must order, count and route by. No row is
read without a grant, by whatever road: row-level security is on the tables and on every partition.
"""

from __future__ import annotations

from django.db import models

from apps.access.models import GovernedModel
from apps.records.types import Category


class PlateRead(GovernedModel):
    """One passage of a vehicle at a reader. Rows come and go through `records.partitions` and the write door only."""

    pk = models.CompositePrimaryKey("day", "id")
    day = models.DateField()
    id = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    source_id = models.IntegerField()
    device_id = models.IntegerField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    h3_cell = models.BigIntegerField(null=True)
    event_token = models.BinaryField(max_length=16)
    plate_token = models.BinaryField(max_length=16)
    sealed = models.BinaryField()

    class Meta:
        governed_category = Category.PLATE_READ.value


class CallForService(GovernedModel):
    """One call or reported incident."""

    pk = models.CompositePrimaryKey("day", "id")
    day = models.DateField()
    id = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    source_id = models.IntegerField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    h3_cell = models.BigIntegerField(null=True)
    event_token = models.BinaryField(max_length=16)
    sealed = models.BinaryField()

    class Meta:
        governed_category = Category.CALL_FOR_SERVICE.value


class PreservedRead(GovernedModel):
    """A copy of one read, kept for one case under the case's own key until its hold ends.

    `day` and `read_id` name the row it was copied from. `plate_token` and `sealed` are made with the case's keys.
    """

    hold_reference = models.UUIDField()
    case_number = models.CharField(max_length=64)
    day = models.DateField()
    read_id = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    source_id = models.IntegerField()
    device_id = models.IntegerField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    h3_cell = models.BigIntegerField(null=True)
    plate_token = models.BinaryField(max_length=16)
    sealed = models.BinaryField()
    preserved_at = models.DateTimeField()

    class Meta:
        governed_category = Category.PLATE_READ.value
        constraints = [
            models.UniqueConstraint(fields=["case_number", "day", "read_id"], name="records_preserved_once_a_case")
        ]
        indexes = [models.Index(fields=["hold_reference"], name="records_preserved_hold")]
