"""The log as the database holds it, for verification, export and copies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from django.db import connection

from apps.core.db import Role, acting_as
from apps.ledger import selectors, verification
from apps.ledger.bundle import merge_notes
from apps.ledger.models import Tile as TileRow
from apps.ledger.tree import TILE_WIDTH, Tile
from apps.ledger.types import parse_entry
from apps.ledger.verification import EntryChunk, Finding, LogCopy, OnProgress, Verdict

TILES_AT_ONCE = 64
READ_LEAVES = """
SELECT leaf.index, leaf.hash, entry.canonical, entry.reference::text, entry.event, entry.actor, entry.subject,
    entry.agency, entry.case_number,
    to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM ledger_leaf leaf LEFT JOIN ledger_entry entry ON entry.id = leaf.entry_id
WHERE leaf.index >= %s AND leaf.index < %s ORDER BY leaf.index
"""
# One statement, so one snapshot: the sealer may be at work meanwhile.
READ_LOOSE_ENDS = """
SELECT
    (SELECT coalesce(max(size), 0) FROM ledger_checkpoint),
    (SELECT coalesce(max(index) + 1, 0) FROM ledger_leaf),
    (SELECT count(*) FROM ledger_entry entry
        WHERE NOT EXISTS (SELECT FROM ledger_leaf leaf WHERE leaf.entry_id = entry.id)
        AND NOT EXISTS (SELECT FROM ledger_pending pending WHERE pending.entry_id = entry.id)),
    (SELECT count(*) FROM ledger_pending pending
        WHERE NOT EXISTS (SELECT FROM ledger_entry entry WHERE entry.id = pending.entry_id))
"""
NO_HASH = bytes(32)


class DatabaseLog:
    """A `LogSource`.

    :param known_notes: checkpoints kept from before; a log that was cut and signed anew contradicts them
    """

    def __init__(self, *, known_notes: Sequence[str] = ()) -> None:
        self.verifier = selectors.get_verifier()
        self._notes = merge_notes(selectors.list_notes(), known_notes)

    def notes(self) -> Sequence[str]:
        return self._notes

    def chunks(self, size: int) -> Iterator[EntryChunk]:
        step = TILES_AT_ONCE * TILE_WIDTH
        for start in range(0, size, step):
            end = min(size, start + step)
            with acting_as(Role.AUDITOR), connection.cursor() as cursor:
                cursor.execute(READ_LEAVES, [start, end])
                rows = {row[0]: row for row in cursor.fetchall()}
            for first in range(start, end, TILE_WIDTH):
                yield _chunk([(index, rows.get(index)) for index in range(first, min(end, first + TILE_WIDTH))])

    def holds_tile(self, tile: Tile) -> bool:
        row = TileRow.objects.filter(level=tile.level, index=tile.index).first()
        return row is not None and bytes(row.hashes) == tile.hashes and bytes(row.root) == tile.root


def verify_stored_log(*, known_notes: Sequence[str] = (), on_progress: OnProgress | None = None) -> Verdict:
    """Verify the database's log from its entries up, its search columns, and that no entry is outside log and queue."""
    verdict = verification.verify_log(DatabaseLog(known_notes=known_notes), on_progress=on_progress)
    if not verdict.ok:
        return verdict
    with acting_as(Role.AUDITOR), connection.cursor() as cursor:
        cursor.execute(READ_LOOSE_ENDS)
        size, leaves, outside, vanished = cursor.fetchone()
    finding = None
    if leaves > size:
        finding = Finding(
            code="ENTRY_UNSIGNED", index=size, problem=f"Leaves from index {size:,} on are covered by no checkpoint."
        )
    elif outside:
        finding = Finding(
            code="ENTRY_OUTSIDE_QUEUE", index=None, problem=f"Entries neither sealed nor waiting to be: {outside:,}."
        )
    elif vanished:
        finding = Finding(
            code="ENTRY_MISSING", index=None, problem=f"Entries that waited for the sealer and are gone: {vanished:,}."
        )
    if finding is None:
        return verdict
    return replace(verdict, ok=False, first_bad_index=finding.index, code=finding.code, problem=finding.problem)


def copy_log() -> LogCopy:
    """The sealed log in memory: about half a kilobyte an entry."""
    log = DatabaseLog()
    latest = selectors.find_latest_checkpoint()
    entries: list[bytes] = []
    hashes: list[bytes] = []
    for chunk in log.chunks(latest.size if latest else 0):
        entries.extend(entry or b"" for entry in chunk.entries)
        hashes.extend(chunk.recorded[at : at + 32] for at in range(0, len(chunk.recorded), 32))
    return LogCopy(verifier=log.verifier, checkpoints=tuple(log.notes()), entries=entries, leaf_hashes=hashes)


def _chunk(rows: Sequence[tuple[int, Sequence[Any] | None]]) -> EntryChunk:
    entries: list[bytes | None] = []
    recorded = []
    finding = None
    for index, row in rows:
        canonical = None if row is None or row[2] is None else bytes(row[2])
        entries.append(canonical)
        recorded.append(NO_HASH if row is None else bytes(row[1]))
        if canonical is not None and finding is None and not _matches(canonical, row):  # type: ignore[arg-type]
            finding = Finding(
                code="COLUMNS_CHANGED",
                index=index,
                problem=f"The columns by which the entry at index {index:,} is searched are not what the entry says.",
            )
    return EntryChunk(entries=entries, recorded=b"".join(recorded), finding=finding)


def _matches(canonical: bytes, row: Sequence[Any]) -> bool:
    try:
        content = parse_entry(canonical)
    except msgspec.MsgspecError:
        # Its hash decides: bytes that were changed are found by it, and bytes that were sealed so are as they were.
        return True
    said = (content.reference, content.event, content.actor, content.subject, content.agency)
    return (*said, content.details.get("case_number", ""), content.recorded_at) == tuple(row[3:])
