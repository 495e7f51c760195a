"""Is the log what it was? Everything is computed again from the entries up; no database and no Django are needed.

A log is read through a `LogSource`: the database, an exported bundle, or a copy in memory. The first thing that is
not as it must be ends the check and is named with its index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from apps.ledger.note import Checkpoint, NoteInvalid, Verifier, verify_note
from apps.ledger.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    TILE_WIDTH,
    Frontier,
    Tile,
    hash_leaves,
    verify_consistency,
    verify_inclusion,
)

__all__ = ["Verdict", "verify_consistency", "verify_inclusion", "verify_log", "verify_note"]

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a check found. When it is not `ok`, `code` and `problem` say what and `first_bad_index` where.

    `size` and `root` are of the last checkpoint that held, `entries` is how many entries were read.
    """

    ok: bool
    size: int
    root: bytes
    entries: int
    checkpoints: int
    first_bad_index: int | None = None
    code: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something wrong, and the index of the first entry that it touches."""

    code: str
    index: int | None
    problem: str


@dataclass(frozen=True, kw_only=True)
class EntryChunk:
    """At most 256 entries from the start of a tile on, as stored; `None` stands for an entry that is gone.

    `recorded` holds the leaf hashes that the log keeps for them, 32 bytes each.
    """

    entries: Sequence[bytes | None]
    recorded: bytes
    finding: Finding | None = None


class LogSource(Protocol):
    """Where a log is read from."""

    verifier: Verifier

    def notes(self) -> Sequence[str]:
        """The signed checkpoints, oldest first."""

    def chunks(self, size: int) -> Iterable[EntryChunk]:
        """The log in order; each chunk but the last covers a whole tile. More than `size` leaves are shown too."""

    def holds_tile(self, tile: Tile) -> bool:
        """Whether the tile that was computed is the one stored; True where none is stored."""


@dataclass(frozen=True, kw_only=True)
class LogCopy:
    """A log in memory, for a check or for showing that tampering is found. A `LogSource`."""

    verifier: Verifier
    checkpoints: tuple[str, ...]
    entries: Sequence[bytes]
    leaf_hashes: Sequence[bytes] = field(default=(), repr=False)

    def notes(self) -> Sequence[str]:
        return self.checkpoints

    def chunks(self, size: int) -> Iterator[EntryChunk]:
        for start in range(0, max(len(self.entries), len(self.leaf_hashes)), TILE_WIDTH):
            end = start + TILE_WIDTH
            yield EntryChunk(entries=self.entries[start:end], recorded=b"".join(self.leaf_hashes[start:end]))

    def holds_tile(self, tile: Tile) -> bool:
        return True


def verify_log(source: LogSource, *, on_progress: OnProgress | None = None) -> Verdict:
    """Check every signature, every entry's hash, every tile and every checkpoint's root.

    Where an entry does not match the hash that the log recorded for it, that index is exact. Where hashes were changed
    along with entries, the first checkpoint that no longer holds gives the place: the index is the first that it covers
    and the checkpoint before it does not.

    :param on_progress: called with the entries done and the entries in all, once every few tiles
    """
    check = _Check(source, on_progress)
    finding = check.run()
    return Verdict(
        ok=finding is None,
        size=check.held.size if check.held else 0,
        root=check.held.root if check.held else EMPTY_ROOT,
        entries=check.frontier.size,
        checkpoints=check.passed,
        first_bad_index=finding.index if finding else None,
        code=finding.code if finding else "",
        problem=finding.problem if finding else "",
    )


class _Check:
    """The state of one walk through a log."""

    def __init__(self, source: LogSource, on_progress: OnProgress | None) -> None:
        self._source = source
        self._on_progress = on_progress or (lambda done, total: None)
        self._checkpoints: list[Checkpoint] = []
        self.frontier = Frontier()
        self.held: Checkpoint | None = None
        self.passed = 0

    def run(self) -> Finding | None:
        return self._read_notes() or self._check_reached() or self._walk() or self._check_end()

    def _read_notes(self) -> Finding | None:
        previous: Checkpoint | None = None
        for note in self._source.notes():
            covered = previous.size if previous else 0
            try:
                checkpoint = verify_note(note, verifier=self._source.verifier)
            except NoteInvalid as error:
                return Finding(
                    code="SIGNATURE_WRONG",
                    index=covered,
                    problem=f"The checkpoint after {covered:,} entries cannot be trusted: {error}",
                )
            if previous is not None:
                if checkpoint.size < previous.size or (
                    checkpoint.size == previous.size and checkpoint.root != previous.root
                ):
                    return Finding(
                        code="CHECKPOINT_FORKED",
                        index=min(checkpoint.size, covered),
                        problem=f"A checkpoint of {checkpoint.size:,} entries contradicts the one of {covered:,}.",
                    )
                if checkpoint.signed_at < previous.signed_at:
                    return Finding(
                        code="TIME_WENT_BACK",
                        index=covered,
                        problem=f"The checkpoint of {checkpoint.size:,} entries is older than the one before it.",
                    )
            self._checkpoints.append(checkpoint)
            previous = checkpoint
        return None

    @property
    def _size(self) -> int:
        return self._checkpoints[-1].size if self._checkpoints else 0

    def _walk(self) -> Finding | None:
        size = self._size
        for number, chunk in enumerate(self._source.chunks(size)):
            if chunk.finding is not None:
                return chunk.finding
            finding = self._check_chunk(chunk, size)
            if finding is not None:
                return finding
            if number % 64 == 0:
                self._on_progress(self.frontier.size, size)
        self._on_progress(self.frontier.size, size)
        return None

    def _check_chunk(self, chunk: EntryChunk, size: int) -> Finding | None:
        start = self.frontier.size
        if None in chunk.entries:
            gone = start + chunk.entries.index(None)
            return Finding(code="ENTRY_MISSING", index=gone, problem=f"The entry at index {gone:,} is gone.")
        computed = hash_leaves(chunk.entries)  # type: ignore[arg-type]
        if b"".join(computed) != chunk.recorded:
            return _explain(start, computed, chunk.recorded, size)
        if len(computed) < min(TILE_WIDTH, size - start):
            return self._cut(start + len(computed), size)
        while self.passed < len(self._checkpoints) and self._checkpoints[self.passed].size < start + len(computed):
            within = computed[: self._checkpoints[self.passed].size - start]
            if (finding := self._check_root(self.frontier.root(within))) is not None:
                return finding
        for tile in self.frontier.extend(computed):
            if not self._source.holds_tile(tile):
                first = tile.index << (8 * (tile.level + 1))
                return Finding(
                    code="TILE_CHANGED",
                    index=first,
                    problem=f"Tile {tile.index:,} of level {tile.level} is not of the entries from {first:,} on.",
                )
        return self._check_reached()

    def _check_reached(self) -> Finding | None:
        """Check the checkpoints that end where the walk stands."""
        while self.passed < len(self._checkpoints) and self._checkpoints[self.passed].size == self.frontier.size:
            if (finding := self._check_root(self.frontier.root())) is not None:
                return finding
        return None

    def _check_root(self, root: bytes) -> Finding | None:
        checkpoint = self._checkpoints[self.passed]
        covered = self.held.size if self.held else 0
        if checkpoint.root != root:
            return Finding(
                code="CHECKPOINT_FORKED",
                index=covered,
                problem=f"The signed checkpoint of {checkpoint.size:,} entries is not of these entries: "
                f"they differ somewhere from index {covered:,} on.",
            )
        self.held = checkpoint
        self.passed += 1
        return None

    def _check_end(self) -> Finding | None:
        count, size = self.frontier.size, self._size
        if count < size:
            return self._cut(count, size)
        if count > size:
            return Finding(
                code="ENTRY_UNSIGNED",
                index=size,
                problem=f"The log has {count:,} entries; its last checkpoint covers {size:,}.",
            )
        return None

    @staticmethod
    def _cut(count: int, size: int) -> Finding:
        return Finding(
            code="LOG_CUT",
            index=count,
            problem=f"Entries are gone from index {count:,} on; {size:,} were signed.",
        )


def _explain(start: int, computed: Sequence[bytes], recorded: bytes, size: int) -> Finding:
    """What happened at the first place where entries and recorded hashes part."""
    expected = [recorded[at : at + HASH_BYTES] for at in range(0, len(recorded), HASH_BYTES)]
    shared = min(len(computed), len(expected))
    at = next((n for n in range(shared) if computed[n] != expected[n]), shared)
    index = start + at
    if at == len(computed):
        return Finding(
            code="LOG_CUT",
            index=index,
            problem=f"The log ends at {index:,} entries; {max(size, start + len(expected)):,} were recorded.",
        )
    if at == len(expected):
        return Finding(
            code="ENTRY_INSERTED", index=index, problem=f"The log never recorded the entry at index {index:,}."
        )
    moved_up = at + 1 < len(expected) and computed[at] == expected[at + 1]
    moved_down = at + 1 < len(computed) and computed[at + 1] == expected[at]
    if moved_up and moved_down:
        code, what = "ENTRIES_SWAPPED", f"The entries at index {index:,} and {index + 1:,} changed places."
    elif moved_up:
        code, what = "ENTRY_DROPPED", f"The entry at index {index:,} was taken out."
    elif moved_down:
        code, what = "ENTRY_INSERTED", f"An entry was put in at index {index:,}."
    else:
        code, what = "ENTRY_CHANGED", f"The entry at index {index:,} is not the one that was recorded there."
    return Finding(code=code, index=index, problem=what)
