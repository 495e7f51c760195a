"""How does the log leave the house, to be checked without us?

A bundle is a ZIP file laid out as C2SP tlog-tiles lays out a log: `checkpoint`, `tile/<L>/<N>` and `tile/entries/<N>`.
Beside them lie `checkpoints.json`, every checkpoint ever signed, and `verifier.txt`, the log's public key. No Django
here.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from apps.core.errors import InvalidInput
from apps.ledger.note import NoteInvalid, Verifier
from apps.ledger.tiles import decode_bundle, encode_bundle, tile_path
from apps.ledger.tree import HASH_BYTES, TILE_WIDTH, Tile
from apps.ledger.verification import EntryChunk

DAMAGED = (KeyError, zipfile.BadZipFile, msgspec.MsgspecError, UnicodeDecodeError, NoteInvalid, EOFError, OSError)


class BundleUnreadable(InvalidInput):
    code = "BUNDLE_UNREADABLE"


class BundleWriter:
    """Writes a bundle; the file is whole only after the block."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", compression=zipfile.ZIP_STORED)

    def __enter__(self) -> BundleWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def write_head(self, *, verifier: Verifier, notes: Sequence[str]) -> None:
        self._zip.writestr("verifier.txt", f"{verifier}\n")
        self._zip.writestr("checkpoints.json", msgspec.json.encode(notes))
        if notes:
            self._zip.writestr("checkpoint", notes[-1])

    def write_entries(self, index: int, entries: list[bytes]) -> None:
        self._zip.writestr(tile_path("entries", index, len(entries)), encode_bundle(entries))

    def write_tile(self, level: int, index: int, hashes: bytes) -> None:
        self._zip.writestr(tile_path(level, index, len(hashes) // HASH_BYTES), hashes)


class BundleSource:
    """A bundle to be verified. A `LogSource`.

    :param verifier: the log's key, if you have it from elsewhere; else the bundle's own word is taken for it
    :param known_notes: checkpoints kept from before; a log that was cut and signed anew contradicts them
    :raises BundleUnreadable: if the file is not a bundle
    """

    def __init__(self, path: Path, *, verifier: Verifier | None = None, known_notes: Iterable[str] = ()) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self._names = set(self._zip.namelist())
            self.verifier = verifier or Verifier.parse(self._zip.read("verifier.txt").decode())
            notes = msgspec.json.decode(self._zip.read("checkpoints.json"), type=list[str])
        except DAMAGED as error:
            raise BundleUnreadable(
                f"{path} is not a bundle of this log's, or is damaged.", remedy="Ask for the bundle again."
            ) from error
        self._notes = merge_notes(notes, known_notes)

    def notes(self) -> Sequence[str]:
        return self._notes

    def chunks(self, size: int) -> Iterator[EntryChunk]:
        for index in range((size + TILE_WIDTH - 1) // TILE_WIDTH):
            width = min(TILE_WIDTH, size - index * TILE_WIDTH)
            recorded = self._read(tile_path(0, index, width))
            entries = decode_bundle(self._read(tile_path("entries", index, width)))
            yield EntryChunk(entries=entries, recorded=recorded)

    def holds_tile(self, tile: Tile) -> bool:
        return self._read(tile_path(tile.level, tile.index)) == tile.hashes

    def close(self) -> None:
        self._zip.close()

    def _read(self, name: str) -> bytes:
        """A member's bytes; one that is missing or damaged is empty, and so will not match."""
        try:
            return self._zip.read(name)
        except DAMAGED:
            return b""


def merge_notes(notes: Sequence[str], known_notes: Iterable[str]) -> list[str]:
    """The log's own checkpoints with others put where their size says; one that cannot be read comes last."""
    merged = [*notes, *known_notes]
    return sorted(merged, key=_claimed_size) if len(merged) > len(notes) else merged


def _claimed_size(note: str) -> int:
    lines = note.split("\n")
    return int(lines[1]) if len(lines) > 1 and lines[1].isascii() and lines[1].isdigit() else 2**63
