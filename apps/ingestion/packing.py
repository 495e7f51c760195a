"""How does a row become bytes of PostgreSQL's binary COPY? Pure; one function a kind of row.

The format: a signature, then for each row the number of fields and for each field its length (-1 for NULL) and its
value, big-endian, then -1. A timestamp counts microseconds and a date days from 2000-01-01.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
EPOCH_DATE = date(2000, 1, 1)
MICROSECOND = timedelta(microseconds=1)
MICROSECONDS_A_DAY = 86_400_000_000
NULL = struct.pack(">i", -1)
TOKEN = struct.Struct(">i16si16si")
ONE_TOKEN = struct.Struct(">i16si")
HEAD = struct.Struct(">hiii")
MOMENT = struct.Struct(">q")

READ_COLUMNS = (
    "day date, occurred_at timestamptz, device_id integer, latitude double precision, longitude double precision, "
    "h3_cell bigint, event_token bytea, plate_token bytea, sealed bytea"
)
CALL_COLUMNS = (
    "day date, occurred_at timestamptz, latitude double precision, longitude double precision, h3_cell bigint, "
    "event_token bytea, sealed bytea"
)


def count_microseconds(moment: datetime) -> int:
    """An aware moment as PostgreSQL counts it."""
    return (moment - EPOCH) // MICROSECOND


def get_day(microseconds: int) -> date:
    """The UTC day of a moment."""
    return EPOCH_DATE + timedelta(days=microseconds // MICROSECONDS_A_DAY)


def pack_place(*, latitude: float | None, longitude: float | None, cell: int | None) -> bytes:
    """The three fields of a position."""
    if latitude is None or longitude is None or cell is None:
        return NULL * 3
    return struct.pack(">ididiq", 8, latitude, 8, longitude, 8, cell)


def pack_device(device_id: int | None) -> bytes:
    return NULL if device_id is None else struct.pack(">ii", 4, device_id)


def pack_rows(
    *,
    day: date,
    moments: Sequence[int],
    places: Sequence[bytes],
    event_tokens: Sequence[bytes],
    plate_tokens: Sequence[bytes],
    sealed: Sequence[bytes],
) -> bytes:
    """One day's rows: plate reads, whose `places` are a device and a position, or calls, which have no plate tokens."""
    day_number = (day - EPOCH_DATE).days
    moment = MOMENT.pack
    parts: list[bytes] = []
    if plate_tokens:
        head, token = HEAD.pack(9, 4, day_number, 8), TOKEN.pack
        for at, place, event, plate, content in zip(moments, places, event_tokens, plate_tokens, sealed, strict=True):
            parts += (head, moment(at), place, token(16, event, 16, plate, len(content)), content)
    else:
        head = HEAD.pack(7, 4, day_number, 8)
        for at, place, event, content in zip(moments, places, event_tokens, sealed, strict=True):
            parts += (head, moment(at), place, ONE_TOKEN.pack(16, event, len(content)), content)
    return b"".join(parts)
