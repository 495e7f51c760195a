"""Which keys are there, without the keys: the database holds ids, days and fingerprints only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class KeyStore(models.Model):
    """Which key store this database belongs to; the newest row counts."""

    kek_fingerprint = models.CharField(max_length=64)
    public_key = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"key store {self.kek_fingerprint}"


class DataKey(models.Model):
    """That a scope has, or had, a data key. The key itself is a file; the row follows it."""

    category = models.CharField(max_length=40)
    label = models.CharField(max_length=64)
    key_id = models.UUIDField(unique=True)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)
    destroyed_by = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "label"], name="keys_datakey_one_per_scope"),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True, destroyed_by="")
                | (Q(destroyed_at__isnull=False) & ~Q(destroyed_by="")),
                name="keys_datakey_destroyed_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category}/{self.label}"
