"""Sources of each format, registered by one person and approved by another, and what the database holds of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from apps.assets import services as assets
from apps.assets.types import DeviceKind, NewDevice
from apps.ingestion import services
from apps.ingestion.types import SourceView
from apps.ledger import selectors as ledger
from tests.factories.accounts import make_demo_actor

DATA = Path(__file__).resolve().parents[2] / "data"
NOW = datetime.now(UTC).replace(microsecond=0)
HEAD = "event_id,camera,time,plate,latitude,longitude\n"


def make_row(number: int, *, at: datetime | None = None, plate: str = "", camera: str = "LPR-1") -> str:
    moment = at or NOW - timedelta(hours=2, seconds=number)
    return f"e{number},{camera},{moment.isoformat()},{plate or f'GX{number:05d}'},,\n"


def make_csv(count: int, *, first: int = 0, **changes: object) -> bytes:
    return (HEAD + "".join(make_row(number, **changes) for number in range(first, first + count))).encode()  # type: ignore[arg-type]


@pytest.fixture
def importer() -> str:
    return make_demo_actor("INGESTOR").reference


@pytest.fixture
def make_source(importer: str) -> Callable[..., SourceView]:
    def make(adapter: str = "CSV_READS", *, code: str = "gate", is_approved: bool = True, zone: str = "") -> SourceView:
        view = services.register_source(
            code=code,
            name="Gate readers",
            adapter=adapter,
            zone_name=zone,
            actor=make_demo_actor("ADMINISTRATOR").reference,
            now=NOW,
        )
        return services.approve_source(code=code, actor=importer, now=NOW) if is_approved else view

    return make


@pytest.fixture
def reader_device() -> None:
    assets.register_device(
        device=NewDevice(
            reference="LPR-1",
            kind=DeviceKind.LPR,
            name="14th and U",
            latitude=38.917,
            longitude=-77.032,
            owner="MPD",
            source_ids={"lpr": "LPR-1"},
            is_approved=True,
        ),
        actor="system:test",
    )


@pytest.fixture
def committed(committed_db: None, database_admin_url: str) -> Iterator[psycopg.Cursor]:
    """A superuser's cursor beside real commits; days that were made are dropped afterwards."""
    with psycopg.connect(database_admin_url, autocommit=True) as admin, admin.cursor() as cursor:
        yield cursor
        connection.close()
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent IN "
            "('records_plateread'::regclass, 'records_callforservice'::regclass)"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {name}")


def list_events(*codes: str) -> list[tuple[str, dict[str, object]]]:
    """Events of the ledger in their order, those of the set-up left out."""
    wanted = codes or ("SOURCE_REGISTERED", "SOURCE_APPROVED", "IMPORT_FINISHED", "IMPORT_REFUSED", "REJECTS_RETRIED")
    return [(entry.event, dict(entry.details)) for entry in ledger.list_entries(events=wanted, size=200).rows][::-1]


def count_rows(table: str = "records_plateread") -> int:
    """Rows that were counted while they were written: nobody in the product may count them without a grant."""
    category = {"records_plateread": "PLATE_READ", "records_callforservice": "CALL_FOR_SERVICE"}[table]
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(rows), 0) FROM retention_bucketchunk WHERE category = %s", [category])
        return int(cursor.fetchone()[0])
