"""How many plate reads a second pass the write door, beside bare COPY of the same rows in the same run?

A file of OpenALPR groups, one a line, goes through `import_file`: hashed, parsed, judged, encrypted, indexed, checked
for duplicates and committed in batches. The same rows, ready sealed and packed, are then copied by the same batches
into plain tables: one with the same two indexes, which is the baseline, and one with none.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

DEVICES = 200
DAYS = 3
SOURCE = "bench-door"
INDEXES = (
    "CREATE UNIQUE INDEX ON bench_bare (event_token, day)",
    "CREATE INDEX ON bench_bare USING hash (plate_token)",
)


def measure_write_door(*, rows: int = 500_000) -> dict[str, Any]:
    """Import `rows` reads from a file and copy the same rows bare; rates are rows a second of wall time."""
    from apps.ingestion import services

    now = datetime.now(UTC)
    _register(now)
    with tempfile.TemporaryDirectory(prefix="rtcc-door-") as folder:
        path = Path(folder) / "groups.ndjson"
        _write_file(path, rows, now)
        summary = services.import_file(source_code=SOURCE, path=path, actor="system:benchmark", now=now)
        if summary.accepted != rows:
            raise RuntimeError(f"{rows} rows were written to the file and {summary.accepted} accepted.")
        again = services.import_file(source_code=SOURCE, path=path, actor="system:benchmark", now=now)
        if (again.accepted, again.duplicates) != (0, rows):
            raise RuntimeError("A second import of the file added rows.")
        batches = list(_pack_batches(path, now))
        file_bytes = path.stat().st_size
    bare_indexed = _copy_bare(batches, indexes=INDEXES)
    bare_plain = _copy_bare(batches, indexes=())
    rate = rows / summary.seconds
    return {
        "rows": rows,
        "file_bytes": file_bytes,
        "seconds": summary.seconds,
        "rows_a_second": rate,
        "again_rows_a_second": rows / again.seconds,
        "bare_indexed_rows_a_second": rows / bare_indexed,
        "bare_plain_rows_a_second": rows / bare_plain,
        "ratio": rate * bare_indexed / rows,
        "ratio_to_plain": rate * bare_plain / rows,
    }


def _register(now: datetime) -> None:
    from apps.assets import selectors, services
    from apps.assets.types import DeviceKind, NewDevice
    from apps.ingestion import selectors as ingested
    from apps.ingestion import services as ingestion

    known = selectors.get_device_map()
    for number in range(DEVICES):
        reference = f"LPR-BENCH-{number:03d}"
        if reference not in known:
            device = NewDevice(
                reference=reference,
                kind=DeviceKind.LPR,
                name=f"Bench reader {number}",
                latitude=38.85 + number / 2000,
                longitude=-77.08 + number / 2000,
                owner="BENCH",
                source_ids={},
                is_approved=True,
            )
            services.register_device(device=device, actor="system:benchmark")
    if SOURCE not in {source.code for source in ingested.list_sources()}:
        ingestion.register_source(
            code=SOURCE, name="Benchmark", adapter="OPENALPR_V2", actor="system:benchmark", now=now
        )
        ingestion.approve_source(code=SOURCE, actor="system:benchmark-approver", now=now)


def _write_file(path: Path, rows: int, now: datetime) -> None:
    """Groups in the order of their time, with the fields that agents send, less pictures and colours."""
    chance = random.Random(20_261_124)
    run = uuid.uuid4().hex[:12]
    start = (now - timedelta(days=DAYS)).timestamp() * 1000
    step = DAYS * 86_400_000 / rows
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            at = int(start + number * step)
            plate = f"{chance.choice('ABCDEFGHJK')}{chance.choice('LMNPRSTVWX')}{chance.randrange(10_000):04d}"
            group = {
                "data_type": "alpr_group",
                "version": 2,
                "epoch_start": at,
                "epoch_end": at + 265,
                "frame_start": number,
                "frame_end": number + 4,
                "company_id": "86af2d13-4cb3-4cf4-8818-06647dca8571",
                "agent_uid": run,
                "camera_id": f"LPR-BENCH-{chance.randrange(DEVICES):03d}",
                "gps_latitude": 38.9,
                "gps_longitude": -77.0,
                "country": "us",
                "uuids": [f"{run}-{number}-{at + frame}" for frame in (0, 66, 132)],
                "candidates": [{"plate": plate, "confidence": 93.505, "matches_template": 0}],
                "best_confidence": 93.505,
                "best_uuid": f"{run}-{number}-{at}",
                "best_plate_number": plate,
                "best_region": "us-dc",
                "travel_direction": 257.4,
                "is_parked": False,
                "is_preview": False,
            }
            file.write(json.dumps(group) + "\n")


def _pack_batches(path: Path, now: datetime) -> Iterator[bytes]:
    """The file's rows as the write door packs them, a batch at a time."""
    from apps.ingestion import files, packing, selectors
    from apps.ingestion.batches import Reader
    from apps.ingestion.services.writing import Preparer

    source = selectors.get_source(code=SOURCE)
    batches = Reader(source).read(files.read_path(path).open_blocks())
    for ready in Preparer(source=source, now=now).prepare_all(batches):
        yield packing.SIGNATURE + b"".join(day.copy_rows for day in ready.prepared.days) + packing.TRAILER


def _copy_bare(batches: list[bytes], *, indexes: tuple[str, ...]) -> float:
    """Seconds that binary COPY of the batches takes into an ordinary logged table, a commit each."""
    import psycopg
    from django.db import connection
    from psycopg.conninfo import make_conninfo

    from apps.ingestion import packing

    address = make_conninfo(os.environ["RTCC_DATABASE_ADMIN_URL"], dbname=str(connection.settings_dict["NAME"]))
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("DROP TABLE IF EXISTS bench_bare")
        admin.execute(f"CREATE TABLE bench_bare ({packing.READ_COLUMNS})")
        try:
            for statement in indexes:
                admin.execute(statement)
            admin.execute("CHECKPOINT")
            began = time.perf_counter()
            for content in batches:
                with admin.cursor() as cursor, cursor.copy("COPY bench_bare FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(content)
            return time.perf_counter() - began
        finally:
            admin.execute("DROP TABLE bench_bare")
