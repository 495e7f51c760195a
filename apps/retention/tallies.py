"""How many rows did a bucket hold, of which sources and devices, and which were they? Counted while they were written.

A trigger on each bucketed table tallies every insert statement into `BucketChunk`, so that destroying a bucket reads
one row a chunk and never the bucket itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from apps.core.db import Role, acting_as
from apps.retention.certificate import ChunkLine
from apps.retention.models import BucketChunk


@dataclass(frozen=True, kw_only=True)
class Tally:
    chunks: list[ChunkLine]
    rows_by_source: dict[str, int]
    rows_by_device: dict[tuple[int, int], int]


def list_chunks(*, category: str, day: date) -> list[ChunkLine]:
    """The leaves of a bucket's commitment, in their order."""
    rows = (
        BucketChunk.objects.filter(category=category, day=day)
        .order_by("id")
        .values_list("source_id", "rows", "first_id", "last_id", "digest")
    )
    return [
        ChunkLine(source_id=source, rows=count, first_id=first, last_id=last, digest=bytes(digest))
        for source, count, first, last, digest in rows
    ]


def get_tally(*, category: str, day: date) -> Tally:
    chunks = list_chunks(category=category, day=day)
    by_source: dict[str, int] = {}
    for chunk in chunks:
        by_source[str(chunk.source_id)] = by_source.get(str(chunk.source_id), 0) + chunk.rows
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.source_id, d.device, sum(d.rows)::bigint FROM retention_bucketchunk c, "
            "unnest(c.device_ids, c.device_rows) AS d(device, rows) "
            "WHERE c.category = %s AND c.day = %s GROUP BY 1, 2 ORDER BY 1, 2",
            [category, day],
        )
        by_device = {(source, device): rows for source, device, rows in cursor.fetchall()}
    return Tally(chunks=chunks, rows_by_source=by_source, rows_by_device=by_device)


def forget_devices(*, category: str, day: date) -> None:
    """Empty the figures by device of a destroyed bucket's chunks: a small chunk's would tell of single rows."""
    with acting_as(Role.PURGE), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE retention_bucketchunk SET device_ids = '{}', device_rows = '{}' WHERE category = %s AND day = %s",
            [category, day],
        )
