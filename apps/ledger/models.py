"""Which tables hold the log? Entries, what is not sealed yet, leaves, full tiles, checkpoints. Nothing is ever changed.

The relations carry no foreign keys: nothing may be deleted anyway, a key check would lock a row for every entry, and
`verify_stored_log` finds what does not belong together, whoever made it so.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """One event. The canonical bytes are the entry; the other columns are to search by and are checked against it.

    Kept for as long as the agency exists (CJIS AU-11 asks for a year at least); the moment has microseconds and is UTC
    (AU-8); nobody may change or remove a row (AU-9).
    """

    reference = models.UUIDField(unique=True)
    event = models.CharField(max_length=64)
    actor = models.CharField(max_length=128)
    subject = models.CharField(max_length=128)
    agency = models.CharField(max_length=128, blank=True)
    case_number = models.CharField(max_length=128, blank=True)
    recorded_at = models.DateTimeField()
    canonical = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["recorded_at", "id"], name="ledger_entry_moment"),
            models.Index(fields=["actor", "recorded_at", "id"], name="ledger_entry_actor"),
            models.Index(fields=["subject", "recorded_at", "id"], name="ledger_entry_subject"),
            models.Index(
                fields=["case_number", "recorded_at", "id"], name="ledger_entry_case", condition=~Q(case_number="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.reference}"


class Pending(models.Model):
    """An entry that waits for the sealer. A trigger puts it here and lets it go only once it is a leaf."""

    entry = models.OneToOneField(Entry, models.DO_NOTHING, primary_key=True, db_constraint=False)

    def __str__(self) -> str:
        return f"pending {self.pk}"


class Leaf(models.Model):
    """An entry's place in the log; the unique constraints make sealing happen exactly once."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, models.DO_NOTHING, related_name="leaf", db_constraint=False)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(index__gte=0), name="ledger_leaf_index_counts_from_zero")]

    def __str__(self) -> str:
        return f"leaf {self.pk}"


class Tile(models.Model):
    """A full tile: 256 hashes of one level, and the hash of the node above them."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192)
    root = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"tile {self.level}/{self.index}"


class Checkpoint(models.Model):
    """A signed statement of the log's size and root. Its moment never goes back, whatever the clock does."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()
    note = models.TextField()

    def __str__(self) -> str:
        return f"checkpoint {self.pk}"
