"""What needs real commits: what a backup sees, kills, and two purges at once."""

import hashlib

from apps.retention import certificate, tallies
from tests.integration.retention.bucket import CATEGORY, store_reads
from tests.integration.retention.conftest import DAY


def test_the_leaf_is_the_hash_of_the_rows_tokens_in_the_order_of_their_ids(backup):
    store_reads(DAY, ["AAA111", "BBB222"])
    store_reads(DAY, ["CCC333", "DDD444"], first=2)
    rows = backup.execute("SELECT id, event_token FROM records_plateread_20261001 ORDER BY id").fetchall()
    chunks = tallies.list_chunks(category=CATEGORY, day=DAY)
    for chunk in chunks:
        tokens = b"".join(bytes(token) for row_id, token in rows if chunk.first_id <= row_id <= chunk.last_id)
        assert chunk.digest == hashlib.sha256(tokens).digest()
    assert len(certificate.commit_to_chunks(chunks)) == 32
