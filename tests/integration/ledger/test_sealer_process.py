"""The sealer as a process: killed, cut off, woken, stopped; nothing is lost and nothing is sealed twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from apps.ledger import sealing, selectors, services
from apps.ledger.database_log import verify_stored_log
from apps.ledger.models import Leaf
from apps.ledger.types import Receipt, SealResult

pytestmark = pytest.mark.usefixtures("committed_db")
Write = Callable[[int], list[Receipt]]
PROJECT = Path(__file__).resolve().parents[3]
DIES_BEFORE_COMMIT = """
import django, time
django.setup()
from apps.ledger import sealing
store = sealing._store_checkpoint
def stay(*args):
    store(*args)
    print("everything is written and nothing committed", flush=True)
    time.sleep(60)
sealing._store_checkpoint = stay
sealing.seal_pending()
"""


@pytest.fixture
def start(key_store: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python process on this test's database and key store."""
    processes = []
    environment = os.environ | {
        "RTCC_KEY_STORE_DIR": str(key_store),
        "DJANGO_SETTINGS_MODULE": "rtcc_gov.settings",
        "RTCC_PROCESS": "worker",
    }

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, *arguments]
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def sealed_size() -> int:
    latest = selectors.find_latest_checkpoint()
    return latest.size if latest else 0


def assert_each_sealed_once(receipts: list[Receipt]) -> None:
    assert selectors.count_pending() == 0
    assert sorted(Leaf.objects.values_list("entry_id", flat=True)) == sorted(each.entry_id for each in receipts)
    verdict = verify_stored_log()
    assert verdict.ok, verdict.problem
    assert verdict.entries == len(receipts)


def test_a_sealer_killed_before_its_commit_has_sealed_nothing(write: Write, start) -> None:  # type: ignore[no-untyped-def]
    receipts = write(300)
    process = start("-c", DIES_BEFORE_COMMIT)
    assert process.stdout.readline().startswith("everything is written")
    process.kill()
    process.wait()
    assert sealed_size() == 0
    # The dead sealer's lock goes with its connection.
    wait_until(lambda: services.seal_pending().sealed > 0 or sealed_size() > 0)
    assert_each_sealed_once(receipts)


def test_a_sealer_killed_again_and_again_loses_nothing(write: Write, start) -> None:  # type: ignore[no-untyped-def]
    receipts = []
    for round_number in range(3):
        process = start("manage.py", "ledger_run_sealer")
        before = sealed_size()
        for _ in range(15):
            with transaction.atomic():
                receipts += write(20)
        wait_until(lambda before=before: sealed_size() > before)
        for _ in range(5 * round_number):
            with transaction.atomic():
                receipts += write(20)
        process.kill()
        process.wait()
    wait_until(lambda: services.seal_pending().is_alone)
    assert_each_sealed_once(receipts)


def test_a_late_commit_gets_a_later_index(write: Write, database_admin_url: str) -> None:
    [early] = write(1)
    late = "0193583e-7a1c-7f00-8000-5a17c9f0b001"
    content = selectors.get_entry(reference=early.reference).canonical.decode().replace(early.reference, late)
    with psycopg.connect(database_admin_url) as other:
        # It takes its id now and commits after the next one.
        other.execute(services.INSERT, [f"[{content}]"])
        [after] = write(1)
        services.seal_pending()
        other.commit()
    services.seal_pending()
    assert selectors.get_inclusion(reference=after.reference).index == 1
    assert selectors.get_inclusion(reference=late).index == 2
    assert verify_stored_log().ok


def test_a_sealer_survives_losing_its_connection_and_stops_when_told(
    write: Write,
    start,  # type: ignore[no-untyped-def]
    database_admin_url: str,
) -> None:
    process = start("manage.py", "ledger_run_sealer", "-v", "2")
    receipts = write(1)
    assert process.stdout.readline() == "sealed 1 entries, the log has 1\n"
    with psycopg.connect(database_admin_url, autocommit=True) as admin:
        ended = admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'rtcc-worker'"
        ).fetchall()
    assert ended == [(True,)]
    receipts += write(1)
    assert process.stdout.readline() == "sealed 1 entries, the log has 2\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert_each_sealed_once(receipts)


def test_whatever_fails_is_tried_again(
    write: Write, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sealing, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(sealing, "POLL_SECONDS", 0.01)
    write(3)
    stop = Event()
    seal = sealing.seal_pending
    failures = [OperationalError("the database is away"), sealing.KeyStoreUnavailable("the key file is away")]

    def fail_first(**values: int) -> SealResult:
        if failures:
            raise failures.pop(0)
        return seal(**values)

    def stop_when_done(result: SealResult) -> None:
        if result.size == 3:
            stop.set()

    monkeypatch.setattr(sealing, "seal_pending", fail_first)
    sealing.run_sealer(stop=stop, on_seal=stop_when_done)
    assert sealed_size() == 3
    assert [record.getMessage().split(": ")[-1] for record in caplog.records] == [
        "the database is away",
        "the key file is away",
    ]


def test_a_backlog_is_sealed_without_a_pause(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(sealing, "_wait_for_work", lambda: pytest.fail("it should go on at once"))
    write(2)
    stop = Event()
    sealing.run_sealer(stop=stop, on_seal=lambda result: stop.set())
    assert sealed_size() == 2


def test_a_receipt_wakes_the_sealer_and_waits_for_the_seal(
    write: Write, monkeypatch: pytest.MonkeyPatch, database_admin_url: str
) -> None:
    monkeypatch.setattr(sealing, "POLL_SECONDS", 20)
    stop = Event()
    sealer = Thread(target=sealing.run_sealer, kwargs={"stop": stop})
    sealer.start()
    try:
        # Not before it listens.
        wait_until(lambda: count_listeners(database_admin_url) == 1)
        [receipt] = write(1)
        began = time.monotonic()
        proof = services.wait_for_seal(reference=receipt.reference, most_seconds=15)
        assert (proof.index, proof.size) == (0, 1)
        assert time.monotonic() - began < 10
    finally:
        stop.set()
        services.request_seal()
        sealer.join()


def count_listeners(admin_url: str) -> int:
    with psycopg.connect(admin_url) as admin:
        [(count,)] = admin.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND state = 'idle' AND query LIKE 'LISTEN%'"
        ).fetchall()
    return int(count)


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_the_command_stops_on_a_signal(write: Write, kind: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    write(1)
    told = Thread(target=lambda: (wait_until(is_sealed), os.kill(os.getpid(), kind)))

    def is_sealed() -> bool:
        try:
            return sealed_size() == 1
        finally:
            connection.close()

    told.start()
    try:
        call_command("ledger_run_sealer", verbosity=2)
    finally:
        told.join()
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert sealed_size() == 1
    assert capsys.readouterr().out == "sealed 1 entries, the log has 1\n"
