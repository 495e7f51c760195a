"""How fast is the log written, sealed and verified? Each function measures once and returns plain figures.

The database is the one that the environment names; the writers and the sealer are processes of their own, as in
service.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
BARE_TABLE = "bench_bare_entry"
DETAILS = {
    "case_number": "24-118-204",
    "category": "PLATE_READ",
    "commitment": "5f" * 32,
    "decision": "0193583e-7a1c-7f00-8000-5a17c9f0b001",
    "offence": "ROBBERY",
    "outcome": "PERMITTED",
    "policy_version": 1,
    "purpose": "CRIMINAL_INVESTIGATION",
    "rows": 12,
    "rules": ["permit-analyst-lookup"],
}


def measure_ledger_write(*, writers: int = 8, entries: int = 80_000) -> dict[str, Any]:
    """Writers append in transactions of ten while the sealer runs; the clock stops when the last entry is sealed."""
    from apps.ledger import selectors

    size_before = _log_size()
    sealer = subprocess.Popen([sys.executable, "manage.py", "ledger_run_sealer"], cwd=PROJECT)
    try:
        seconds_written, started = _run_writers(writers, entries, batch=10, mode="append")
        total = entries // writers // 10 * 10 * writers
        while _log_size() < size_before + total:
            time.sleep(0.02)
        seconds = time.perf_counter() - started
    finally:
        sealer.terminate()
        sealer.wait(timeout=60)
    return {
        "entries": total,
        "seconds": seconds,
        "entries_per_s": total / seconds,
        "written_per_s": total / seconds_written,
        "pending_after": selectors.count_pending(),
    }


def measure_single_writes(*, writers: int = 8, entries: int = 16_000) -> dict[str, Any]:
    """One entry a transaction, against a bare INSERT of the same rows into a twin table with the same indexes."""
    _make_bare_table()
    total = entries // writers * writers
    figures: dict[str, list[float]] = {"bare": [], "append": []}
    # In turns, so that a slow moment of the disk strikes both.
    for _ in range(2):
        for mode, rates in figures.items():
            seconds, _ = _run_writers(writers, entries // 2, batch=1, mode=mode)
            rates.append(entries // 2 // writers * writers / seconds)
    rate, bare = (sum(figures[mode]) / 2 for mode in ("append", "bare"))
    return {"entries": total, "entries_per_s": rate, "bare_per_s": bare, "ratio": rate / bare}


def measure_verification(*, entries: int = 1_000_000) -> dict[str, Any]:
    """Offline verification of an exported bundle of `entries` entries, on one core."""
    from apps.ledger.bundle import BundleSource
    from apps.ledger.verification import verify_log

    with tempfile.TemporaryDirectory(prefix="rtcc-verify-") as folder:
        path = Path(folder) / "log.zip"
        write_bundle(path, entries)
        size = path.stat().st_size
        wall, cpu = time.perf_counter(), time.process_time()
        source = BundleSource(path)
        verdict = verify_log(source)
        source.close()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if not verdict.ok or verdict.entries != entries:
        raise RuntimeError(verdict.problem)
    return {"entries": entries, "seconds": wall, "entries_per_s": entries / wall, "cpu_seconds": cpu, "bytes": size}


def write_bundle(path: Path, count: int) -> None:
    """A signed log of `count` entries like those that look-ups write, made without a database."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from apps.ledger import canonical, note, tree
    from apps.ledger.bundle import BundleWriter

    key = Ed25519PrivateKey.generate()
    verifier = note.Verifier(name="bench.example.gov/log", public_key=key.public_key().public_bytes_raw())
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    frontier = tree.Frontier()
    with BundleWriter(path) as bundle:
        for first in range(0, count, tree.TILE_WIDTH):
            numbers = range(first, min(count, first + tree.TILE_WIDTH))
            part = [canonical.encode(_content(number, moment)) for number in numbers]
            hashes = tree.hash_leaves(part)
            bundle.write_entries(first // tree.TILE_WIDTH, part)
            bundle.write_tile(0, first // tree.TILE_WIDTH, b"".join(hashes))
            for tile in frontier.extend(hashes):
                if tile.level:
                    bundle.write_tile(tile.level, tile.index, tile.hashes)
        checkpoint = note.Checkpoint(origin=verifier.name, size=count, root=frontier.root(), signed_at=moment)
        signed = note.sign_checkpoint(checkpoint, verifier=verifier, sign=key.sign)
        bundle.write_head(verifier=verifier, notes=[signed])


def _content(number: int, moment: datetime) -> dict[str, Any]:
    return {
        "actor": f"P-{number % 40:04d}",
        "agency": "DCMPD0000",
        "details": DETAILS,
        "event": "QUERY_DECIDED",
        "process": "web",
        "recorded_at": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reference": f"0193583e-7a1c-7f00-8000-{number:012x}",
        "subject": f"0193583e-7a1c-7f00-8000-{number:012x}",
        "v": 1,
    }


def _log_size() -> int:
    from apps.ledger import selectors

    latest = selectors.find_latest_checkpoint()
    return latest.size if latest else 0


def _make_bare_table() -> None:
    import psycopg
    from django.db import connection
    from psycopg.conninfo import make_conninfo

    url = make_conninfo(os.environ["RTCC_DATABASE_ADMIN_URL"], dbname=str(connection.settings_dict["NAME"]))
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP TABLE IF EXISTS {BARE_TABLE}")
        admin.execute(f"CREATE TABLE {BARE_TABLE} (LIKE ledger_entry INCLUDING ALL)")
        admin.execute(f"GRANT SELECT, INSERT ON {BARE_TABLE} TO rtcc_app")


def _run_writers(writers: int, entries: int, *, batch: int, mode: str) -> tuple[float, float]:
    """Start the writers, let them go together, and wait for all.

    :return: seconds from go to the last commit, and the moment of go
    """
    command = [sys.executable, "-m", "benchmarks.ledger_bench", mode, str(entries // writers // batch), str(batch)]
    processes = [
        subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(writers)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    started = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        if process.wait() != 0:
            raise RuntimeError("a writer failed")
        process.stdout.close()  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
    return time.perf_counter() - started, started


def _write(mode: str, transactions: int, batch: int) -> None:
    """A writer's whole life: make ready, say so, wait for the word, write."""
    import django

    django.setup()
    from django.db import connection, transaction

    from apps.core import clock
    from apps.ledger import canonical, services
    from apps.ledger.types import EventType, NewEntry

    event = EventType(code="QUERY_DECIDED", sentence="{actor} asked")
    new = [
        NewEntry(
            event=event, actor=f"P-{n % 40:04d}", subject=f"0193583e-{n:012x}", details=DETAILS, agency="DCMPD0000"
        )
        for n in range(batch)
    ]
    insert = (
        f"INSERT INTO {BARE_TABLE} (reference, event, actor, subject, agency, case_number, recorded_at, canonical) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
    )

    def append() -> None:
        services.append_many(entries=new)

    def bare() -> None:
        now = clock.now()
        entry = new[0]
        reference = services._new_reference(now)
        content = canonical.encode({**_content(0, now), "subject": entry.subject, "reference": str(reference)})
        row = [reference, event.code, entry.actor, entry.subject, entry.agency, DETAILS["case_number"], now, content]
        with connection.cursor() as cursor:
            cursor.execute(insert, row)

    act = append if mode == "append" else bare
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(transactions):
        with transaction.atomic():
            act()


if __name__ == "__main__":
    _write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
