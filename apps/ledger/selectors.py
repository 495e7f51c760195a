"""Questions to the log: entries, checkpoints, proofs, tiles, the sealer's lag.

Entries are read in the auditor's role; leaves, tiles and checkpoints are public.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from apps.core.db import Role, acting_as
from apps.core.errors import ConflictFound, NotFound
from apps.core.paging import PAGE_SIZE, Page, paginate
from apps.core.types import Window
from apps.keys import services as keys
from apps.ledger import conf, tree
from apps.ledger.models import Checkpoint, Entry, Leaf, Pending, Tile
from apps.ledger.note import NoteInvalid, Verifier, verify_note
from apps.ledger.types import CheckpointView, ConsistencyProof, EntryView, InclusionProof

READ_AT_ONCE = 5_000
COUNT_BY_DETAIL = """
SELECT coalesce(convert_from(canonical, 'UTF8')::jsonb #>> ARRAY['details', %s], ''), count(*)
FROM ledger_entry WHERE recorded_at >= %s AND recorded_at < %s AND event = %s GROUP BY 1 ORDER BY 1
"""


class EntryMissing(NotFound):
    code = "ENTRY_MISSING"


class CheckpointMissing(NotFound):
    code = "CHECKPOINT_MISSING"


class TileMissing(NotFound):
    code = "TILE_MISSING"


class EntryUnsealed(ConflictFound):
    code = "ENTRY_UNSEALED"


def get_entry(*, reference: str) -> EntryView:
    """:raises EntryMissing: if the log has no such entry"""
    with acting_as(Role.AUDITOR):
        row = _entries().filter(reference=_parse_reference(reference)).first()
    if row is None:
        raise _no_entry()
    return _view(row)


def list_entries(
    *,
    events: Collection[str] = (),
    actor: str = "",
    subject: str = "",
    agency: str = "",
    case_number: str = "",
    window: Window | None = None,
    cursor: str = "",
    size: int = PAGE_SIZE,
) -> Page[EntryView]:
    """One page of entries that meet every filter given, newest first (CJIS AU-7: search on what AU-3 records)."""
    equal = {"actor": actor, "subject": subject, "agency": agency, "case_number": case_number}
    rows = _in_window(_entries(), window, events).filter(**{name: value for name, value in equal.items() if value})
    with acting_as(Role.AUDITOR):
        page = paginate(rows, order=("-recorded_at", "-id"), cursor=cursor, size=size)
    return Page(rows=[_view(row) for row in page.rows], next_cursor=page.next_cursor)


def list_entries_by_reference(*, references: Collection[str]) -> dict[str, EntryView]:
    """Entries by reference; those that the log does not have are not in it."""
    with acting_as(Role.AUDITOR):
        rows = list(_entries().filter(reference__in=[_parse_reference(reference) for reference in references]))
    views = (_view(row) for row in rows)
    return {view.reference: view for view in views}


def iterate_entries(*, window: Window | None = None, events: Collection[str] = ()) -> Iterator[EntryView]:
    """Every entry of a window, oldest first, read a few thousand at a time."""
    rows = _in_window(Entry.objects.all(), window, events).order_by("recorded_at", "id")
    after: tuple[Any, ...] | None = None
    while True:
        part = rows if after is None else rows.extra(where=["(recorded_at, ledger_entry.id) > (%s, %s)"], params=after)
        with acting_as(Role.AUDITOR):
            found = list(part.values_list("id", "leaf__index", "canonical", "recorded_at")[:READ_AT_ONCE])
        for entry_id, index, canonical, _ in found:
            yield EntryView(id=entry_id, index=index, canonical=bytes(canonical))
        if len(found) < READ_AT_ONCE:
            return
        after = (found[-1][3], found[-1][0])


def count_by_event(*, window: Window | None = None, events: Collection[str] = ()) -> dict[str, int]:
    """How many entries of each event a window holds."""
    rows = _in_window(Entry.objects.all(), window, events).values_list("event").annotate(Count("id"))
    with acting_as(Role.AUDITOR):
        return dict(rows.order_by("event"))


def count_by_detail(*, window: Window, event: str, detail: str) -> dict[str, int]:
    """How many entries of one event a window holds for each value of one detail; '' where the detail is absent."""
    with acting_as(Role.AUDITOR), connection.cursor() as cursor:
        cursor.execute(COUNT_BY_DETAIL, [detail, window.start, window.end, event])
        return dict(cursor.fetchall())


def get_verifier() -> Verifier:
    """The log's name and public key."""
    return Verifier(name=conf.origin(), public_key=keys.get_public_key())


def find_latest_checkpoint() -> CheckpointView | None:
    """The newest checkpoint, or None before the first seal."""
    row = Checkpoint.objects.order_by("-size").first()
    return None if row is None else _checkpoint(row)


def get_latest_checkpoint() -> CheckpointView:
    """:raises CheckpointMissing: before the first seal"""
    checkpoint = find_latest_checkpoint()
    if checkpoint is None:
        raise CheckpointMissing("The log has not been sealed yet.")
    return checkpoint


def get_checkpoint_before(*, size: int) -> CheckpointView:
    """The newest checkpoint of fewer than `size` entries.

    :raises CheckpointMissing: if there is none
    """
    row = Checkpoint.objects.filter(size__lt=size).order_by("-size").first()
    if row is None:
        raise CheckpointMissing("There is no earlier checkpoint.")
    return _checkpoint(row)


def list_notes() -> list[str]:
    """Every signed checkpoint, oldest first."""
    return list(Checkpoint.objects.order_by("size").values_list("note", flat=True))


def get_inclusion(*, reference: str) -> InclusionProof:
    """The proof that an entry is in the log of the newest checkpoint.

    :raises EntryMissing: if the log has no such entry
    :raises EntryUnsealed: if the sealer has not come to it yet
    """
    entry_id = Entry.objects.filter(reference=_parse_reference(reference)).values_list("id", flat=True).first()
    if entry_id is None:
        raise _no_entry()
    # The leaf first: a checkpoint read later covers it in any case.
    leaf = Leaf.objects.filter(entry_id=entry_id).first()
    if leaf is None:
        raise EntryUnsealed("This entry is written but not sealed yet.", remedy="Its proof is there within seconds.")
    checkpoint = get_latest_checkpoint()
    return InclusionProof(
        index=leaf.index,
        size=checkpoint.size,
        leaf_hash=bytes(leaf.hash),
        hashes=tuple(tree.prove_inclusion(leaf.index, checkpoint.size, read_tile)),
        root=checkpoint.root,
        note=checkpoint.note,
    )


def is_included(*, proof: InclusionProof, leaf_hash: bytes) -> bool:
    """Does the proof lead from this leaf to the root that its checkpoint's note signs? Computed now, from both."""
    try:
        checkpoint = verify_note(proof.note, verifier=get_verifier())
        tree.verify_inclusion(
            leaf_hash=leaf_hash, index=proof.index, size=proof.size, hashes=proof.hashes, root=checkpoint.root
        )
    except (NoteInvalid, tree.ProofInvalid):
        return False
    return checkpoint.size == proof.size


def get_consistency(*, old_size: int, new_size: int) -> ConsistencyProof:
    """The proof that the log of `new_size` entries begins with the log of `old_size`.

    :raises ValueError: unless 0 ≤ old ≤ new ≤ the newest checkpoint's size
    """
    latest = find_latest_checkpoint()
    if new_size > (latest.size if latest else 0):
        raise ValueError(f"The log is not {new_size} entries long.")
    hashes = tree.prove_consistency(old_size, new_size, read_tile)
    return ConsistencyProof(old_size=old_size, new_size=new_size, hashes=tuple(hashes))


def read_tile(level: int, index: int, width: int) -> Sequence[bytes]:
    """The first `width` hashes of a tile; the tree reads itself by this. One query."""
    if width == tree.TILE_WIDTH:
        content = Tile.objects.values_list("hashes", flat=True).get(level=level, index=index)
        return [bytes(content[at : at + 32]) for at in range(0, len(content), 32)]
    start = index * tree.TILE_WIDTH
    span = {"index__gte": start, "index__lt": start + width}
    rows: QuerySet[Any, Any] = Leaf.objects.filter(**span).values_list("hash", flat=True)
    if level:
        rows = Tile.objects.filter(level=level - 1, **span).values_list("root", flat=True)
    return [bytes(row) for row in rows.order_by("index")]


def get_tile(*, level: int, index: int, width: int) -> bytes:
    """A public tile: `width` hashes of 32 bytes.

    :raises TileMissing: if the log of the newest checkpoint has not as many hashes there
    """
    latest = find_latest_checkpoint()
    if width > tree.tile_width(level, index, latest.size if latest else 0):
        raise TileMissing("The log has no such tile.")
    return b"".join(read_tile(level, index, width))


def count_pending() -> int:
    """How many entries wait for the sealer."""
    return Pending.objects.count()


def get_sealer_lag(*, now: datetime) -> float:
    """How many seconds the oldest unsealed entry has waited, 0.0 if none does; so long it could vanish unseen."""
    with acting_as(Role.AUDITOR):
        waiting = Pending.objects.order_by("entry_id").values_list("entry__recorded_at", flat=True).first()
    return 0.0 if waiting is None else max(0.0, (now - waiting).total_seconds())


def _entries() -> QuerySet[Entry]:
    return Entry.objects.select_related("leaf").only("id", "recorded_at", "canonical", "leaf__index")


def _in_window(rows: QuerySet[Entry], window: Window | None, events: Collection[str]) -> QuerySet[Entry]:
    if window is not None:
        rows = rows.filter(recorded_at__gte=window.start, recorded_at__lt=window.end)
    return rows.filter(event__in=events) if events else rows


def _view(row: Entry) -> EntryView:
    leaf = getattr(row, "leaf", None)
    return EntryView(id=row.pk, index=leaf.index if leaf else None, canonical=bytes(row.canonical))


def _checkpoint(row: Checkpoint) -> CheckpointView:
    return CheckpointView(size=row.size, root=bytes(row.root), sealed_at=row.sealed_at, note=row.note)


def _parse_reference(reference: str) -> UUID:
    try:
        return UUID(reference)
    except ValueError:
        raise _no_entry() from None


def _no_entry() -> EntryMissing:
    return EntryMissing("The log has no such entry.", remedy="Check the reference; it is printed on the receipt.")
