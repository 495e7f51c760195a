"""How is a read kept for a case beyond its day? Copied, and sealed anew under the case's own key."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from django.db import connection

from apps.core.types import Window
from apps.keys import services as keys
from apps.keys.types import LABEL, KeyScope
from apps.records.types import SEALED_COLUMN, TABLES, Category, SealedRead

READ_TABLE = TABLES[Category.PLATE_READ]
COPY_TABLE = "records_preservedread"
COLUMNS = "day, id, occurred_at, received_at, source_id, device_id, latitude, longitude, h3_cell"
COPY_COLUMNS = COLUMNS.replace(" id,", " read_id,")
SEALED_READ = msgspec.msgpack.Decoder(SealedRead)


class CopyGrant(Protocol):
    """What opening single reads needs of a grant."""

    @property
    def window(self) -> Window: ...

    @property
    def most_rows(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class OpenedReads:
    """Single reads, opened to be copied; `digest` is made like a search's, over days and ids, newest read first."""

    columns: list[tuple[Any, ...]]
    plaintexts: list[bytes] = field(repr=False)
    digest: bytes

    @property
    def count(self) -> int:
        return len(self.columns)

    @property
    def days(self) -> list[date]:
        """The day of each read."""
        return [row[0] for row in self.columns]


def case_scope(case_number: str) -> KeyScope:
    """The key scope of a case. Different numbers have different scopes, whatever characters they hold."""
    is_label = LABEL.fullmatch(case_number) and not case_number.startswith("h-")
    label = case_number if is_label else f"h-{hashlib.sha256(case_number.encode()).hexdigest()[:40]}"
    return KeyScope(category="CASE", label=label)


def open_reads(*, grant: CopyGrant, read_ids: Sequence[tuple[date, int]]) -> OpenedReads:
    """Those of the named reads that are there and inside the grant, at most as many as it allows. As the reader."""
    rows: list[tuple[Any, ...]] = []
    plaintexts: dict[tuple[date, int], bytes] = {}
    for day in sorted({day for day, _ in read_ids}, reverse=True):
        wanted = sorted({read_id for other, read_id in read_ids if other == day})
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {COLUMNS}, {SEALED_COLUMN} FROM {READ_TABLE} WHERE day = %s AND id = ANY(%s) "
                "AND occurred_at >= %s AND occurred_at < %s ORDER BY occurred_at DESC, id DESC LIMIT %s",
                [day, wanted, grant.window.start, grant.window.end, grant.most_rows - len(rows)],
            )
            found = cursor.fetchall()
        if found:
            opened = keys.decrypt_many(
                keys=keys.get_keys(scope=KeyScope(category=Category.PLATE_READ.value, label=day.isoformat())),
                table=READ_TABLE,
                column=SEALED_COLUMN,
                ciphertexts=[row[-1] for row in found],
            )
            plaintexts |= {(row[0], row[1]): plaintext for row, plaintext in zip(found, opened, strict=True)}
            rows += [row[:-1] for row in found]
    hasher = hashlib.sha256(b"".join(struct.pack(">qq", row[0].toordinal(), row[1]) for row in rows))
    return OpenedReads(columns=rows, plaintexts=[plaintexts[row[0], row[1]] for row in rows], digest=hasher.digest())


def store_copies(*, reads: OpenedReads, case_number: str, hold_reference: UUID, now: datetime) -> int:
    """Seal opened reads under the case's key. As the ingest role.

    :return: how many were stored; a read that the case keeps already is left as it is
    :raises KeyDestroyed: if the case's hold ended before: it is not opened again
    """
    case_keys = keys.get_or_create_keys(scope=case_scope(case_number))
    sealed = keys.encrypt_many(keys=case_keys, table=COPY_TABLE, column=SEALED_COLUMN, plaintexts=reads.plaintexts)
    tokens = keys.blind_index_many(
        keys=case_keys, values=[SEALED_READ.decode(plaintext).plate.encode() for plaintext in reads.plaintexts]
    )
    places = ", ".join(["%s"] * 14)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {COPY_TABLE} ({COPY_COLUMNS}, hold_reference, case_number, plate_token, {SEALED_COLUMN}, "
            f"preserved_at) VALUES ({places}) ON CONFLICT DO NOTHING",
            [
                (*row, hold_reference, case_number, token, cipher, now)
                for row, token, cipher in zip(reads.columns, tokens, sealed, strict=True)
            ],
        )
        return cursor.rowcount


def delete_copies(*, hold_references: Sequence[UUID]) -> None:
    """Remove the copies of ended holds. As the purge role, which sees nothing else of them."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {COPY_TABLE} WHERE hold_reference = ANY(%s)", [list(hold_references)])
