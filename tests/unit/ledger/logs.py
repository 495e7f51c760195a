"""Logs made in memory, with a key of their own."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.ledger import tree
from apps.ledger.bundle import BundleWriter
from apps.ledger.note import Checkpoint, Verifier, sign_checkpoint
from apps.ledger.verification import LogCopy

KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
VERIFIER = Verifier(name="log.example.gov/access", public_key=KEY.public_key().public_bytes_raw())
START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def make_entries(count: int) -> list[bytes]:
    return [b'{"number":%d}' % number for number in range(count)]


def sign(entries: list[bytes], *, seconds: int = 0, key: Ed25519PrivateKey = KEY) -> str:
    """A checkpoint over the entries, `seconds` after the start."""
    frontier = tree.Frontier()
    frontier.extend(tree.hash_leaves(entries))
    checkpoint = Checkpoint(
        origin=VERIFIER.name, size=len(entries), root=frontier.root(), signed_at=START + timedelta(seconds=seconds)
    )
    return sign_checkpoint(checkpoint, verifier=VERIFIER, sign=key.sign)


def make_log(*sizes: int) -> LogCopy:
    """A log that was sealed at each of the sizes."""
    entries = make_entries(sizes[-1])
    notes = tuple(sign(entries[:size], seconds=n) for n, size in enumerate(sizes))
    return LogCopy(verifier=VERIFIER, checkpoints=notes, entries=entries, leaf_hashes=tree.hash_leaves(entries))


def write_log(path: Path, log: LogCopy) -> None:
    """The log as an exported bundle."""
    frontier = tree.Frontier()
    with BundleWriter(path) as bundle:
        bundle.write_head(verifier=log.verifier, notes=log.checkpoints)
        for index, chunk in enumerate(log.chunks(len(log.entries))):
            bundle.write_entries(index, list(chunk.entries))  # type: ignore[arg-type]
            bundle.write_tile(0, index, chunk.recorded)
            for tile in frontier.extend(tree.hash_leaves(chunk.entries)):  # type: ignore[arg-type]
                if tile.level:
                    bundle.write_tile(tile.level, tile.index, tile.hashes)


def rewrite(path: Path, changes: dict[str, bytes | None]) -> None:
    """The same ZIP file with some members replaced, or without them."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()} | changes
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            if content is not None:
                new.writestr(name, content)
