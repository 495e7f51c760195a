"""A bucket filled as the write door fills it: keys of the day, rows through the parent table, in the ingest role."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import msgspec
from django.db import connection

from apps.core.db import Role, acting_as
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.records import partitions
from apps.records.types import SealedRead

CATEGORY = "PLATE_READ"
TABLE = "records_plateread"


def store_reads(day: date, plates: list[str], *, source_id: int = 1, device_id: int | None = 7, first: int = 0) -> None:
    """One insert statement with a read a minute, from midnight on."""
    partitions.make_partition(category=CATEGORY, day=day)
    scope_keys = keys.get_or_create_keys(scope=KeyScope(category=CATEGORY, label=day.isoformat()))
    sealed = keys.encrypt_many(
        keys=scope_keys,
        table=TABLE,
        column="sealed",
        plaintexts=[
            msgspec.msgpack.encode(SealedRead(plate_as_sent=plate, plate=plate, event_id=f"e{first + n}"))
            for n, plate in enumerate(plates)
        ],
    )
    tokens = keys.blind_index_many(keys=scope_keys, values=[plate.encode() for plate in plates])
    events = keys.blind_index_many(
        keys=scope_keys, values=[f"{source_id}/e{first + n}".encode() for n in range(len(plates))]
    )
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    moments = [midnight + timedelta(minutes=first + n) for n in range(len(plates))]
    with acting_as(Role.INGEST), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (day, occurred_at, received_at, source_id, device_id, latitude, longitude, h3_cell, "
            "event_token, plate_token, sealed) "
            "SELECT %s, t.moment, t.moment, %s, %s, 38.9, -77.0, 1, t.event, t.plate, t.sealed "
            "FROM unnest(%s::timestamptz[], %s::bytea[], %s::bytea[], %s::bytea[]) "
            "AS t(moment, event, plate, sealed) ON CONFLICT DO NOTHING",
            [day, source_id, device_id, moments, events, tokens, sealed],
        )
