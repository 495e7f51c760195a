import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.db import Role, acting_as
from apps.retention import tallies
from apps.retention.models import BucketChunk
from tests.integration.retention.bucket import CATEGORY, store_reads
from tests.integration.retention.conftest import DAY

pytestmark = pytest.mark.django_db


def test_every_insert_is_tallied_by_source_and_device():
    store_reads(DAY, ["AAA111", "BBB222"], source_id=1, device_id=7)
    store_reads(DAY, ["CCC333"], source_id=1, device_id=8, first=2)
    store_reads(DAY, ["DDD444"], source_id=2, device_id=None)
    tally = tallies.get_tally(category=CATEGORY, day=DAY)
    assert tally.rows_by_source == {"1": 3, "2": 1}
    assert tally.rows_by_device == {(1, 7): 2, (1, 8): 1, (2, 0): 1}
    assert [(chunk.source_id, chunk.rows) for chunk in tally.chunks] == [(1, 2), (1, 1), (2, 1)]


def test_what_is_a_duplicate_is_not_tallied():
    store_reads(DAY, ["AAA111", "BBB222"])
    store_reads(DAY, ["AAA111", "BBB222", "CCC333"])
    store_reads(DAY, ["AAA111"])
    assert [chunk.rows for chunk in tallies.list_chunks(category=CATEGORY, day=DAY)] == [2, 1]


def test_a_write_that_is_rolled_back_is_not_tallied():
    with transaction.atomic():
        store_reads(DAY, ["AAA111"])
        transaction.set_rollback(True)
    assert not BucketChunk.objects.exists()


@pytest.mark.parametrize("role", [Role.APP, Role.INGEST, Role.READER])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE retention_bucketchunk SET rows = 1",
        "DELETE FROM retention_bucketchunk",
        "INSERT INTO retention_bucketchunk (category, day, source_id, rows, first_id, last_id, digest, device_ids, "
        "device_rows) VALUES ('PLATE_READ', '2026-10-01', 1, 1, 1, 1, '', '{}', '{}')",
    ],
)
def test_nobody_writes_a_tally_but_the_trigger(role, statement):
    store_reads(DAY, ["AAA111"])
    with pytest.raises(DatabaseError), acting_as(role), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_purge_role_empties_figures_by_device_and_changes_nothing_else():
    store_reads(DAY, ["AAA111"])
    tallies.forget_devices(category=CATEGORY, day=DAY)
    tally = tallies.get_tally(category=CATEGORY, day=DAY)
    assert tally.rows_by_device == {}
    assert tally.rows_by_source == {"1": 1}
    with pytest.raises(DatabaseError), acting_as(Role.PURGE), connection.cursor() as cursor:
        cursor.execute("UPDATE retention_bucketchunk SET rows = 2")


def test_rows_cannot_be_written_past_the_tally_into_a_partition():
    store_reads(DAY, ["AAA111"])
    with pytest.raises(DatabaseError), acting_as(Role.INGEST), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_plateread_20261001 (day, id, occurred_at, received_at, source_id, event_token, "
            "plate_token, sealed) VALUES ('2026-10-01', 9, '2026-10-01Z', '2026-10-01Z', 1, %s, %s, '')",
            [bytes(16), bytes(16)],
        )
