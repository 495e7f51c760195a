"""How are plate reads found and opened? Inside a grant, as the reader role, and only the rows that are shown.

Each day has keys of its own, so a plate has another token each day. The search computes one a day and asks each day's
table for it; a day without a key has nothing to say.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import msgspec
from django.db import DatabaseError, connection
from psycopg import Cursor
from psycopg.errors import UndefinedTable

from apps.core.errors import ServiceUnavailable
from apps.core.types import Window
from apps.keys import services as keys
from apps.keys.types import KeyScope, ScopeKeys
from apps.records import partitions
from apps.records.preserved import COPY_TABLE, case_scope
from apps.records.rules import normalise_plate
from apps.records.types import SEALED_COLUMN, TABLES, Category, PlateReadView, PlateSearch, SealedRead

__all__ = ["merge", "normalise_plate", "search_plate", "search_preserved"]

COLUMNS = "day, id, occurred_at, received_at, source_id, device_id, latitude, longitude, sealed"
SEALED_READ = msgspec.msgpack.Decoder(SealedRead)
READ_TABLE = TABLES[Category.PLATE_READ]


class SearchRaced(ServiceUnavailable):
    code = "SEARCH_RACED"


class ReadGrant(Protocol):
    """What a search needs of a grant."""

    @property
    def window(self) -> Window: ...


class CaseGrant(Protocol):
    """What a search of a case's own copies needs of a grant."""

    @property
    def case_number(self) -> str: ...


def search_plate(*, grant: ReadGrant, plate: str, window: Window, most: int) -> PlateSearch:
    """Reads of one whole plate inside the window and the grant, newest first, at most `most`.

    :raises PlateInvalid: if `plate` is none, or part of one
    :raises SearchRaced: if a day of the window was destroyed while its table was being asked
    """
    value = normalise_plate(plate).encode()
    start, end = max(window.start, grant.window.start), min(window.end, grant.window.end)
    if start >= end:
        return _summarise([], beyond=0)
    buckets = _list_buckets(Window(start=start, end=end))
    rows = _select(buckets, value, start, end, most + 1) if buckets else []
    day_keys = {bucket.day: bucket.keys for bucket in buckets}
    return _summarise([_open(row, day_keys[row[0]], READ_TABLE) for row in rows[:most]], beyond=len(rows) - most)


def search_preserved(*, grant: CaseGrant, plate: str, most: int) -> PlateSearch:
    """Reads of one whole plate that the grant's case keeps beyond their day, newest first, at most `most`.

    They are the case's whatever window was asked for, and no other case's grant opens them.

    :raises PlateInvalid: if `plate` is none, or part of one
    """
    value = normalise_plate(plate).encode()
    try:
        case_keys = keys.get_keys(scope=case_scope(grant.case_number))
    except (keys.KeyDestroyed, keys.KeyMissing):
        return _summarise([], beyond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS.replace(' id,', ' read_id,')} FROM {COPY_TABLE} "
            "WHERE case_number = %s AND plate_token = %s "
            "ORDER BY occurred_at DESC, read_id DESC LIMIT %s",
            [grant.case_number, keys.blind_index(keys=case_keys, value=value), most + 1],
        )
        rows = cursor.fetchall()
    return _summarise([_open(row, case_keys, COPY_TABLE) for row in rows[:most]], beyond=len(rows) - most)


def merge(found: PlateSearch, preserved: PlateSearch, *, most: int) -> PlateSearch:
    """Both results as one, newest first; a read that is in both shows as it still is in its day."""
    live = {(view.day, view.read_id) for view in found.rows}
    rows = [*found.rows, *(view for view in preserved.rows if (view.day, view.read_id) not in live)]
    rows.sort(key=lambda view: (view.occurred_at, view.read_id), reverse=True)
    is_truncated = found.is_truncated or preserved.is_truncated
    return _summarise(rows[:most], beyond=max(len(rows) - most, int(is_truncated)))


@dataclass(frozen=True, kw_only=True)
class _Bucket:
    day: date
    table: str
    keys: ScopeKeys


def _list_buckets(window: Window) -> list[_Bucket]:
    """The window's days that have both a table and a key, newest first."""
    tables = {part.day: part.name for part in partitions.list_partitions(category=Category.PLATE_READ)}
    found = []
    for day in reversed(window.days):
        if day not in tables:
            continue
        try:
            scope_keys = keys.get_keys(scope=KeyScope(category=Category.PLATE_READ.value, label=day.isoformat()))
        except (keys.KeyDestroyed, keys.KeyMissing):
            continue
        found.append(_Bucket(day=day, table=tables[day], keys=scope_keys))
    return found


def _select(
    buckets: Sequence[_Bucket], value: bytes, start: datetime, end: datetime, most: int
) -> list[tuple[Any, ...]]:
    """Ask each day's table for the day's token. A plan for the parent would open every index for every token."""
    tokens = [keys.blind_index(keys=bucket.keys, value=value) for bucket in buckets]
    together = " UNION ALL ".join(
        f"SELECT {COLUMNS} FROM {bucket.table} WHERE plate_token = (%(tokens)s::bytea[])[{place}]"
        for place, bucket in enumerate(buckets, start=1)
    )
    statement = (
        f"SELECT * FROM ({together}) AS found WHERE occurred_at >= %(start)s AND occurred_at < %(end)s "
        "ORDER BY occurred_at DESC, id DESC LIMIT %(most)s"
    )
    try:
        return _fetch_prepared(statement, {"tokens": tokens, "start": start, "end": end, "most": most})
    except DatabaseError as error:
        if isinstance(error.__cause__, UndefinedTable):
            raise SearchRaced(
                "A day of the time you asked for was destroyed at this very moment.", remedy="Search again."
            ) from error
        raise


def _fetch_prepared(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement whose plan the session keeps: planning thirty tables costs more than asking them."""
    connection.ensure_connection()
    session = connection.connection
    session.prepare_threshold = 0
    with connection.wrap_database_errors, Cursor(session) as cursor:
        return cursor.execute(statement, parameters, prepare=True).fetchall()


def _open(row: tuple[Any, ...], scope_keys: ScopeKeys, table: str) -> PlateReadView:
    day, read_id, occurred_at, received_at, source_id, device_id, latitude, longitude, sealed = row
    read = SEALED_READ.decode(
        keys.decrypt(keys=scope_keys, table=table, column=SEALED_COLUMN, ciphertext=bytes(sealed))
    )
    return PlateReadView(
        day=day,
        read_id=read_id,
        occurred_at=occurred_at,
        received_at=received_at,
        plate_as_sent=read.plate_as_sent,
        plate=read.plate,
        region=read.region,
        confidence=read.confidence,
        image_ref=read.image_ref,
        source_id=source_id,
        device_id=device_id,
        latitude=latitude,
        longitude=longitude,
        is_preserved=table == COPY_TABLE,
    )


def _summarise(views: list[PlateReadView], *, beyond: int) -> PlateSearch:
    hasher = hashlib.sha256()
    for view in views:
        hasher.update(struct.pack(">qq", view.day.toordinal(), view.read_id))
    return PlateSearch(rows=views, count=len(views), digest=hasher.digest(), is_truncated=beyond > 0)
