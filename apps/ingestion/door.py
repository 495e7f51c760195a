"""How do prepared rows get into their tables? Once each, as the role that may insert and do nothing else.

Row-level security refuses COPY into a governed table, and an insert that names a conflict target or returns rows. So:
binary COPY into a temporary table, then one INSERT … SELECT … ON CONFLICT DO NOTHING, counted by its command tag.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db import connection
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from apps.core.db import Role, acting_as
from apps.ingestion import packing
from apps.ingestion.preparing import Prepared
from apps.ingestion.types import Rejection, RejectionCode
from apps.records import partitions
from apps.records.types import Category

Next = TypeVar("Next")


@dataclass(frozen=True, kw_only=True)
class Staging:
    """Where a category's rows wait: the temporary table, and the statement that moves them on."""

    table: str
    columns: str
    insert: str


def _make_staging(table: str, target: str, columns: str) -> Staging:
    names = ", ".join(column.split()[0] for column in columns.split(", "))
    # In the order of the unique index, so that two imports of the same events wait for each other and never deadlock.
    insert = (
        f"INSERT INTO {target} (source_id, received_at, {names}) SELECT $1::integer, $2::timestamptz, {names} "
        f"FROM pg_temp.{table} ORDER BY event_token, day ON CONFLICT DO NOTHING"
    )
    return Staging(table=table, columns=columns, insert=insert)


STAGING: dict[Category, Staging] = {
    Category.PLATE_READ: _make_staging("ingestion_staged_reads", "public.records_plateread", packing.READ_COLUMNS),
    Category.CALL_FOR_SERVICE: _make_staging(
        "ingestion_staged_calls", "public.records_callforservice", packing.CALL_COLUMNS
    ),
}


@dataclass(frozen=True, kw_only=True)
class Written(Generic[Next]):
    """What became of a batch; `refused` names events by their number in it. `upcoming` is what was made meanwhile."""

    accepted: int
    duplicates: int
    refused: list[tuple[int, Rejection]]
    upcoming: Next


def write(prepared: Prepared, *, source_id: int, received_at: datetime, meanwhile: Callable[[], Next]) -> Written[Next]:
    """Write a batch in the caller's transaction.

    :param meanwhile: called while the database inserts; it must not touch the database
    """
    refused = list(prepared.refused)
    open_days = (
        partitions.make_partitions(category=prepared.category, days=[day.day for day in prepared.days])
        if prepared.days
        else {}
    )
    for day in prepared.days:
        if day.day not in open_days:
            refused += ((number, Rejection(RejectionCode.DAY_DESTROYED)) for number in day.numbers)
    days = [day for day in prepared.days if day.day in open_days]
    if not days:
        return Written(accepted=0, duplicates=0, refused=refused, upcoming=meanwhile())
    staging = STAGING[prepared.category]
    with acting_as(Role.INGEST):
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE IF NOT EXISTS {staging.table} ({staging.columns}) ON COMMIT DELETE ROWS"
            )
            cursor.execute(f"DELETE FROM pg_temp.{staging.table}")
            with cursor.copy(f"COPY pg_temp.{staging.table} FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(packing.SIGNATURE)
                for day in days:
                    copy.write(day.copy_rows)
                copy.write(packing.TRAILER)
        insert = _StartedInsert(staging.insert, source_id, received_at)
        try:
            upcoming = meanwhile()
        finally:
            accepted = insert.finish()
    staged = sum(len(day.numbers) for day in days)
    return Written(accepted=accepted, duplicates=staged - accepted, refused=refused, upcoming=upcoming)


class _StartedInsert:
    """An INSERT that the database works on while this process prepares the next batch."""

    def __init__(self, statement: str, source_id: int, received_at: datetime) -> None:
        self._connection = connection.connection
        pgconn = self._connection.pgconn
        with connection.wrap_database_errors:
            pgconn.send_query_params(statement.encode(), [str(source_id).encode(), received_at.isoformat().encode()])
            self._connection.wait(generators.send(pgconn))

    def finish(self) -> int:
        """Wait for it, and say how many rows it inserted."""
        with connection.wrap_database_errors:
            result = self._connection.wait(generators.fetch_many(self._connection.pgconn))[-1]
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result, encoding="utf-8")
            return int(result.command_tuples or 0)
