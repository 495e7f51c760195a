"""What needs real commits: what a backup sees, kills, and two purges at once."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from apps.core.db import lock_key
from apps.keys import selectors as key_list
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.ledger import selectors as log
from apps.retention import certificate, services, tallies
from tests.factories.policy import put_dc_policy_in_force
from tests.integration.retention.bucket import CATEGORY, store_reads
from tests.integration.retention.conftest import DAY, NOW

PROJECT = Path(__file__).resolve().parents[3]


def test_the_leaf_is_the_hash_of_the_rows_tokens_in_the_order_of_their_ids(backup):
    store_reads(DAY, ["AAA111", "BBB222"])
    store_reads(DAY, ["CCC333", "DDD444"], first=2)
    rows = backup.execute("SELECT id, event_token FROM records_plateread_20261001 ORDER BY id").fetchall()
    chunks = tallies.list_chunks(category=CATEGORY, day=DAY)
    for chunk in chunks:
        tokens = b"".join(bytes(token) for row_id, token in rows if chunk.first_id <= row_id <= chunk.last_id)
        assert chunk.digest == hashlib.sha256(tokens).digest()
    assert len(certificate.commit_to_chunks(chunks)) == 32


PLATE = "AAA111"


def fill(day=DAY):
    put_dc_policy_in_force(now=datetime(2026, 9, 1, tzinfo=UTC))
    store_reads(day, [PLATE, "BBB222", PLATE])


def destroy(now=NOW):
    return services.destroy_bucket(category=CATEGORY, day=DAY, actor="system:retention", reason="Period over", now=now)


def test_a_raw_copy_of_the_partition_is_neither_read_nor_linked_after_the_key_is_gone(backup):
    fill()
    store_reads(DAY + timedelta(days=1), [PLATE])
    scope = KeyScope(category=CATEGORY, label=DAY.isoformat())
    copied = backup.execute("SELECT plate_token, sealed FROM records_plateread_20261001 ORDER BY id").fetchall()
    before = keys.get_keys(scope=scope)
    assert bytes(copied[0][0]) == keys.blind_index(keys=before, value=PLATE.encode())
    assert PLATE.encode() in keys.decrypt(
        keys=before, table="records_plateread", column="sealed", ciphertext=bytes(copied[0][1])
    )
    destroy()
    live = [keys.get_keys(scope=found) for found in key_list.list_live_scopes(category=CATEGORY)]
    assert live
    tokens = {keys.blind_index(keys=scope_keys, value=PLATE.encode()) for scope_keys in live}
    for token, sealed in copied:
        assert bytes(token) not in tokens
        for scope_keys in live:
            with pytest.raises(keys.DecryptionFailed):
                keys.decrypt(keys=scope_keys, table="records_plateread", column="sealed", ciphertext=bytes(sealed))
    assert not any(PLATE.encode() in bytes(sealed) for _, sealed in copied)
    for attempt in (keys.get_keys, keys.get_or_create_keys):
        with pytest.raises(keys.KeyDestroyed):
            attempt(scope=scope)


def test_no_file_of_the_key_store_and_no_row_of_the_database_leads_to_the_key(backup, key_store):
    fill()
    [key_file] = (key_store / "data" / CATEGORY).glob("2026-10-01.key")
    secret = key_file.read_bytes()[-32:]
    destroy()
    assert not any(secret in path.read_bytes() for path in key_store.rglob("*") if path.is_file())
    assert backup.execute("SELECT to_regclass('records_plateread_20261001')").fetchone() == (None,)


def test_a_raw_copys_rows_are_the_ones_that_the_certificate_commits_to(backup):
    fill()
    store_reads(DAY, ["CCC333"], source_id=2)
    copied = backup.execute("SELECT source_id, id, event_token FROM records_plateread_20261001 ORDER BY id").fetchall()
    certificate_view = destroy()
    for chunk in tallies.list_chunks(category=CATEGORY, day=DAY):
        rows = [row for row in copied if row[0] == chunk.source_id and chunk.first_id <= row[1] <= chunk.last_id]
        assert len(rows) == chunk.rows
        assert hashlib.sha256(b"".join(bytes(row[2]) for row in rows)).digest() == chunk.digest
    assert certificate_view.document["rows"]["destroyed"] == len(copied) == 4


def test_two_purges_at_once_are_one(backup, monkeypatch):
    fill()
    together = threading.Barrier(2)
    outcomes = []

    def purge():
        try:
            together.wait(10)
            outcomes.append(destroy())
        except services.DestructionUnderWay as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=purge) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == 2
    certificates = {outcome.reference for outcome in outcomes if not isinstance(outcome, Exception)}
    assert len(certificates) == 1
    assert backup.execute("SELECT count(*) FROM retention_certificate").fetchone() == (1,)
    assert log.count_by_event(events=["BUCKET_DESTROYED"]) == {"BUCKET_DESTROYED": 1}


def test_a_purge_that_is_under_way_is_told_to_a_second_one(backup):
    fill()
    with psycopg.connect(backup.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock_key(f"retention.destroy:{CATEGORY}:{DAY}")])
        with pytest.raises(services.DestructionUnderWay):
            destroy()
        assert services.run_due(now=NOW).skipped == (f"{CATEGORY}/{DAY}",)
        other.execute("SELECT pg_advisory_unlock_all()")
    assert destroy().document["rows"]["destroyed"] == 3


def test_rows_in_use_go_with_the_next_run_and_are_unreadable_meanwhile(backup, settings):
    settings.RTCC_RETENTION_LOCK_TIMEOUT_MS = 50
    fill()
    with psycopg.connect(backup.connection.info.dsn) as reader:
        reader.execute("SELECT count(*) FROM records_plateread_20261001")
        with pytest.raises(services.BucketInUse):
            destroy()
        with pytest.raises(keys.KeyDestroyed):
            keys.get_keys(scope=KeyScope(category=CATEGORY, label=DAY.isoformat()))
        assert services.run_due(now=NOW).skipped == (f"{CATEGORY}/{DAY}",)
        reader.rollback()
    [done] = services.run_due(now=NOW + timedelta(minutes=5)).certificates
    assert done.document["rows"]["destroyed"] == 3


KILLED_RUN = """
import os, signal, sys
import django
django.setup()
from datetime import date, datetime
from django.conf import settings
from pathlib import Path
settings.RTCC_KEY_STORE_DIR = Path(sys.argv[1])
from apps.retention.services import destruction
step, function = sys.argv[2].split(".")
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
module = getattr(destruction, step)
setattr(module, function, die)
destruction.destroy_bucket(category="PLATE_READ", day=date(2026, 10, 1), actor="system:retention",
                           reason="Period over", now=datetime.fromisoformat(sys.argv[3]))
"""


@pytest.mark.parametrize(
    "where", ["keys.destroy_key", "partitions.drop_partition", "tallies.forget_devices", "keys.sign"]
)
def test_a_killed_process_leaves_a_destruction_that_the_next_one_finishes(backup, key_store, where):
    fill()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, str(key_store), where, NOW.isoformat()],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "rtcc_gov.settings"},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert backup.execute("SELECT count(*) FROM retention_certificate").fetchone() == (0,)
    [done] = services.run_due(now=NOW + timedelta(minutes=5)).certificates
    assert done.document["rows"]["destroyed"] == 3
    assert services.check_certificate(certificate=done).is_good
    assert backup.execute("SELECT to_regclass('records_plateread_20261001')").fetchone() == (None,)
    assert log.count_by_event(events=["BUCKET_DESTRUCTION_STARTED", "BUCKET_DESTROYED"]) == {
        "BUCKET_DESTROYED": 1,
        "BUCKET_DESTRUCTION_STARTED": 1,
    }
