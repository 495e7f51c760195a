"""How does a pending entry become a leaf under a signed checkpoint?

One sealer at a time, under an advisory lock, takes what is pending and visible, gives it the next indexes, extends the
tree and signs. All of it is one transaction: a sealer that is killed has sealed nothing, and the next one starts over.
Ids may commit out of order; a late commit just gets a later index.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, connection

from apps.core import clock
from apps.core.db import Role, acting_as, try_advisory_lock
from apps.keys import services as keys
from apps.keys.services import KeyStoreUnavailable
from apps.ledger import conf, selectors, tree
from apps.ledger import note as notes
from apps.ledger.models import Checkpoint, Tile
from apps.ledger.types import CheckpointView, SealResult

logger = logging.getLogger(__name__)

LOCK = "ledger.sealer"
CHANNEL = "ledger_seal"
MOST_AT_ONCE = 50_000
POLL_SECONDS = 0.5
RETRY_SECONDS = 2.0

# A queue is mostly empty and so are its statistics: with a backlog a join would compare every row with every other.
# Sub-selects per row and no sequential scans make it look each entry up by its key.
LOOK_UP_BY_INDEX = "SET LOCAL enable_seqscan = off"
FIND_LAST = "SELECT max(entry_id) FROM (SELECT entry_id FROM ledger_pending ORDER BY entry_id LIMIT %s) AS oldest"
# What was committed since with a lower id goes along. An entry that is in the queue and gone from the log has no hash,
# so the statement fails: nothing is sealed over a gap.
TAKE_PENDING = """
WITH taken AS (DELETE FROM ledger_pending WHERE entry_id <= %s RETURNING entry_id)
INSERT INTO ledger_leaf (index, entry_id, hash)
SELECT %s + row_number() OVER (ORDER BY entry_id) - 1, entry_id, (
    SELECT sha256('\\x00'::bytea || entry.canonical) FROM ledger_entry entry WHERE entry.id = taken.entry_id
) FROM taken
RETURNING index, hash
"""


def seal_pending(*, most: int = MOST_AT_ONCE) -> SealResult:
    """Seal the `most` oldest pending entries, give or take a late commit; safe to repeat and to run beside itself.

    :raises KeyStoreUnavailable: if the checkpoint cannot be signed; then nothing is sealed
    """
    with acting_as(Role.SEALER):
        is_alone = try_advisory_lock(LOCK)
        # Read under the lock: what the sealer before us committed counts.
        latest = selectors.find_latest_checkpoint()
        size, root = (latest.size, latest.root) if latest else (0, tree.EMPTY_ROOT)
        leaf_hashes = _take_pending(size, most) if is_alone else []
        if leaf_hashes:
            frontier = _load_frontier(size)
            _store_tiles(frontier.extend(leaf_hashes))
            size, root = frontier.size, frontier.root()
            _store_checkpoint(size, root, latest)
    return SealResult(
        sealed=len(leaf_hashes),
        size=size,
        root=root,
        lag_seconds=selectors.get_sealer_lag(now=clock.now()),
        is_alone=is_alone,
    )


def request_seal() -> None:
    """Wake the sealer at once, on commit; without this it looks by itself every half second."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def run_sealer(*, stop: Event, on_seal: Callable[[SealResult], None] | None = None) -> None:
    """Seal whatever comes until `stop` is set; the database and the key store may go away and come back meanwhile.

    A writer does not notify: PostgreSQL serialises the commits of transactions that do. The sealer looks every half
    second and whenever somebody calls `request_seal`.
    """
    while not stop.is_set():
        try:
            result = seal_pending()
            if on_seal and result.sealed:
                on_seal(result)
            if result.sealed < MOST_AT_ONCE:
                _wait_for_work()
        except (DatabaseError, InterfaceError, psycopg.Error, KeyStoreUnavailable) as error:
            # Whatever it is, writers go on, the lag grows, and /readyz tells; the next attempt is a fresh one.
            logger.error("Nothing is sealed, trying again in %s s: %s", RETRY_SECONDS, error)
            connection.close()
            stop.wait(RETRY_SECONDS)
    connection.close()


def _wait_for_work() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    for _ in connection.connection.notifies(timeout=POLL_SECONDS, stop_after=1):
        pass


def _take_pending(size: int, most: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP_BY_INDEX)
        cursor.execute(FIND_LAST, [most])
        cursor.execute(TAKE_PENDING, [cursor.fetchone()[0], size])
        rows: list[tuple[int, Any]] = cursor.fetchall()
    return [bytes(leaf_hash) for _, leaf_hash in sorted(rows)]


def _load_frontier(size: int) -> tree.Frontier:
    widths = tree.partial_widths(size)
    levels = [
        selectors.read_tile(level, size >> (tree.TILE_HEIGHT * (level + 1)), width)
        for level, width in enumerate(widths)
    ]
    return tree.Frontier(size, levels)


def _store_tiles(tiles: list[tree.Tile]) -> None:
    Tile.objects.bulk_create(
        [Tile(level=tile.level, index=tile.index, hashes=tile.hashes, root=tile.root) for tile in tiles]
    )


def _store_checkpoint(size: int, root: bytes, previous: CheckpointView | None) -> None:
    now = clock.now()
    # The clock may have been set back; the log's time has not.
    sealed_at = max(now, previous.sealed_at) if previous else now
    checkpoint = notes.Checkpoint(origin=conf.origin(), size=size, root=root, signed_at=sealed_at)
    note = notes.sign_checkpoint(
        checkpoint, verifier=selectors.get_verifier(), sign=lambda message: keys.sign(message=message)
    )
    Checkpoint.objects.bulk_create([Checkpoint(size=size, root=root, sealed_at=sealed_at, note=note)])
