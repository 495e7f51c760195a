"""With real commits: two imports at once, a killed import, a full disk's worth of rows, uploads and their worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from apps.ingestion import conf, services, tasks
from apps.ingestion.models import ImportRun
from apps.ingestion.services import ImportUnderWay, imports
from apps.ledger import services as ledger
from apps.ledger.services import LedgerUnavailable
from tests.integration.ingestion.conftest import NOW, list_events, make_csv

pytestmark = pytest.mark.usefixtures("committed")
PROJECT = Path(__file__).resolve().parents[3]


def count_stored(cursor: psycopg.Cursor) -> tuple[int, int]:
    """Rows, and different events among them, as a superuser sees them."""
    row = cursor.execute("SELECT count(*), count(DISTINCT event_token) FROM records_plateread").fetchone()
    return row or (0, 0)


def test_two_imports_of_overlapping_files_at_once_give_each_row_once(
    make_source, importer: str, reader_device: None, committed: psycopg.Cursor, monkeypatch
) -> None:
    monkeypatch.setattr(conf, "BATCH_ROWS", 100)
    make_source()
    files = [make_csv(2000), make_csv(2001), make_csv(2002)]

    def run(content: bytes):
        try:
            return services.import_file(source_code="gate", path=content, actor=importer, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        summaries = list(pool.map(run, files))
    assert sum(summary.accepted for summary in summaries) == 2002
    assert count_stored(committed) == (2002, 2002)


def test_the_same_file_twice_at_once_is_imported_once(
    make_source, importer: str, reader_device: None, committed: psycopg.Cursor, monkeypatch
) -> None:
    monkeypatch.setattr(conf, "BATCH_ROWS", 50)
    make_source()

    def run(number: int):
        try:
            return services.import_file(source_code="gate", path=make_csv(2000), actor=importer, now=NOW).accepted
        except ImportUnderWay:
            return "under way"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(run, range(2)))
    assert count_stored(committed) == (2000, 2000)
    assert 2000 in outcomes
    assert set(outcomes) <= {2000, 0, "under way"}


def test_a_killed_import_loses_nothing_and_the_next_run_goes_on(
    make_source, importer: str, reader_device: None, committed: psycopg.Cursor, tmp_path: Path
) -> None:
    make_source()
    path = tmp_path / "reads.csv"
    path.write_bytes(make_csv(20_000))
    code = (
        "import django; django.setup()\n"
        "import sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from apps.ingestion import conf, services\n"
        "conf.BATCH_ROWS = 200\n"
        "services.import_file(source_code='gate', path=Path(sys.argv[1]), actor=sys.argv[2],"
        " now=datetime.fromisoformat(sys.argv[3]))\n"
    )
    importing = subprocess.Popen(
        [sys.executable, "-c", code, str(path), importer, NOW.isoformat()],
        cwd=PROJECT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "rtcc_gov.settings",
            "RTCC_KEY_STORE_DIR": str(settings.RTCC_KEY_STORE_DIR),
            "RTCC_VAR_DIR": str(settings.RTCC_VAR_DIR),
        },
    )
    deadline = time.monotonic() + 60
    while not ImportRun.objects.filter(place__gte=1000).exists():
        assert time.monotonic() < deadline
        assert importing.poll() is None
        time.sleep(0.01)
    importing.send_signal(signal.SIGKILL)
    importing.wait()
    run = ImportRun.objects.get()
    assert run.state == "RUNNING"
    assert 1000 <= run.place < 20_000
    while True:
        try:
            summary = services.import_file(source_code="gate", path=path, actor=importer, now=NOW)
            break
        except ImportUnderWay:
            # The database has not yet noticed that its client is dead.
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert (summary.accepted, summary.duplicates) == (20_000, 0)
    assert count_stored(committed) == (20_000, 20_000)
    assert [event for event, _ in list_events("IMPORT_FINISHED")] == ["IMPORT_FINISHED"]


def test_an_import_that_cannot_be_recorded_stays_open_and_ends_later(
    make_source, importer: str, reader_device: None, committed: psycopg.Cursor, monkeypatch
) -> None:
    make_source()

    def refuse(**entry: object) -> None:
        raise LedgerUnavailable("The log cannot be written.")

    with monkeypatch.context() as broken:
        broken.setattr(ledger, "append", refuse)
        with pytest.raises(LedgerUnavailable):
            services.import_file(source_code="gate", path=make_csv(10), actor=importer, now=NOW)
    assert ImportRun.objects.get().state == "RUNNING"
    summary = services.import_file(source_code="gate", path=make_csv(10), actor=importer, now=NOW)
    assert (summary.accepted, summary.state) == (10, "FINISHED")


def test_an_upload_waits_encrypted_and_a_worker_imports_it(
    make_source, importer: str, reader_device: None, committed: psycopg.Cursor
) -> None:
    make_source()
    content = make_csv(300)
    blocks = [content[at : at + 1000] for at in range(0, len(content), 1000)]
    run = services.receive_upload(source_code="gate", blocks=blocks, size=len(content), actor=importer, now=NOW)
    assert (run.state, run.percent) == ("WAITING", 0)
    [stored] = conf.upload_dir().iterdir()
    assert b"GX00001" not in stored.read_bytes()
    assert stored.stat().st_mode & 0o077 == 0
    with pytest.raises(ImportUnderWay):
        services.receive_upload(source_code="gate", blocks=blocks, size=len(content), actor=importer, now=NOW)
    tasks.import_upload(reference=run.reference)
    finished = ImportRun.objects.get()
    assert (finished.state, finished.accepted) == ("FINISHED", 300)
    assert list(conf.upload_dir().iterdir()) == []
    tasks.import_upload(reference=run.reference)
    assert count_stored(committed) == (300, 300)


def test_an_upload_whose_blocks_were_swapped_is_refused(
    make_source, importer: str, reader_device: None, committed: psycopg.Cursor
) -> None:
    make_source()
    run = services.receive_upload(
        source_code="gate", blocks=[make_csv(1), b"x" * 200, b"y" * 200], size=0, actor=importer, now=NOW
    )
    [stored] = conf.upload_dir().iterdir()
    content = stored.read_bytes()
    first = 4 + int.from_bytes(content[:4], "big")
    length = 4 + 200 + 28
    swapped = content[:first] + content[first + length : first + 2 * length] + content[first : first + length]
    stored.write_bytes(swapped + content[first + 2 * length :])
    tasks.import_upload(reference=run.reference)
    refused = ImportRun.objects.get()
    assert (refused.state, refused.refusal_code) == ("REFUSED", "DECRYPTION_FAILED")


def test_an_upload_that_breaks_off_is_refused(
    make_source, importer: str, reader_device: None, committed: psycopg.Cursor
) -> None:
    make_source()
    run = services.receive_upload(source_code="gate", blocks=[make_csv(5)], size=0, actor=importer, now=NOW)
    [stored] = conf.upload_dir().iterdir()
    stored.write_bytes(stored.read_bytes()[:-32])
    tasks.import_upload(reference=run.reference)
    assert ImportRun.objects.get().refusal_code == "FILE_DAMAGED"


def test_an_upload_that_is_gone_is_refused(
    make_source, importer: str, reader_device: None, committed: psycopg.Cursor
) -> None:
    make_source()
    run = services.receive_upload(source_code="gate", blocks=[make_csv(5)], size=0, actor=importer, now=NOW)
    [stored] = conf.upload_dir().iterdir()
    stored.unlink()
    tasks.import_upload(reference=run.reference)
    assert ImportRun.objects.get().refusal_code == "FILE_MISSING"


def test_an_upload_that_another_worker_has_just_ended_is_not_begun_again(
    make_source, importer: str, reader_device: None, committed: psycopg.Cursor, monkeypatch
) -> None:
    make_source()
    run = services.receive_upload(source_code="gate", blocks=[make_csv(5)], size=0, actor=importer, now=NOW)
    open_upload = imports.files.open_upload

    def open_late(**values: object):
        file = open_upload(**values)  # type: ignore[arg-type]
        monkeypatch.setattr(imports.files, "open_upload", open_upload)
        assert services.import_upload(reference=run.reference, now=NOW).accepted == 5
        return file

    monkeypatch.setattr(imports.files, "open_upload", open_late)
    assert services.import_upload(reference=run.reference, now=NOW).accepted == 5
    assert ImportRun.objects.count() == 1
    assert count_stored(committed) == (5, 5)
