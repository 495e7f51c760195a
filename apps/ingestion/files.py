"""Where do a file's bytes come from? A path, memory, or an upload that waits encrypted; always block by block."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from apps.core.errors import ConflictFound, NotFound
from apps.ingestion import conf
from apps.keys import services as keys
from apps.keys.types import KeyScope

REJECT_CATEGORY = "INGEST_REJECT"
UPLOAD_TABLE = "ingestion_upload"
LENGTH = struct.Struct(">I")


class FileMissing(NotFound):
    code = "FILE_MISSING"


class FileDamaged(ConflictFound):
    code = "FILE_DAMAGED"


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file to import. `open_blocks` may be called again and again; each time it starts at the beginning."""

    digest: str
    size: int
    open_blocks: Callable[[], Iterator[bytes]]


def read_path(path: Path) -> InputFile:
    """
    :raises FileMissing: if it cannot be read
    """

    def open_blocks() -> Iterator[bytes]:
        with path.open("rb") as file:
            while block := file.read(conf.BLOCK_BYTES):
                yield block

    try:
        return _describe(open_blocks)
    except OSError as error:
        raise FileMissing(f"The file {path.name} cannot be read.", remedy="Check its name and permissions.") from error


def read_bytes(content: bytes) -> InputFile:
    return _describe(lambda: iter([content]))


def get_reject_scope(day: date) -> KeyScope:
    """The key scope of what arrived on a day and is not a governed row yet."""
    return KeyScope(category=REJECT_CATEGORY, label=day.isoformat())


def store_upload(*, name: str, blocks: Iterable[bytes], scope: KeyScope) -> InputFile:
    """Encrypt an upload block by block into a file of its own; plain text never touches the disk.

    Each block is bound to its place, so that blocks cannot be dropped or swapped unseen; an empty one marks the end.
    """
    scope_keys = keys.get_or_create_keys(scope=scope)
    folder = conf.upload_dir()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hasher, size = hashlib.sha256(), 0
    with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        number = 0
        for block in blocks:
            if block:
                hasher.update(block)
                size += len(block)
                _write_block(
                    file.write,
                    keys.encrypt(keys=scope_keys, table=UPLOAD_TABLE, column=f"{name}:{number}", plaintext=block),
                )
                number += 1
        _write_block(
            file.write, keys.encrypt(keys=scope_keys, table=UPLOAD_TABLE, column=f"{name}:{number}", plaintext=b"")
        )
        file.flush()
        os.fsync(file.fileno())
    return InputFile(
        digest=hasher.hexdigest(), size=size, open_blocks=lambda: _read_upload(folder / name, name=name, scope=scope)
    )


def open_upload(*, name: str, digest: str, size: int, scope: KeyScope) -> InputFile:
    """An upload stored before.

    :raises FileMissing: if it is not there any more
    """
    path = conf.upload_dir() / name
    if not path.exists():
        raise FileMissing("The uploaded file is not there any more.", remedy="Upload it again.")
    return InputFile(digest=digest, size=size, open_blocks=lambda: _read_upload(path, name=name, scope=scope))


def remove_upload(name: str) -> None:
    (conf.upload_dir() / name).unlink(missing_ok=True)


def _describe(open_blocks: Callable[[], Iterator[bytes]]) -> InputFile:
    hasher, size = hashlib.sha256(), 0
    for block in open_blocks():
        hasher.update(block)
        size += len(block)
    return InputFile(digest=hasher.hexdigest(), size=size, open_blocks=open_blocks)


def _write_block(write: Callable[[bytes], int], sealed: bytes) -> None:
    write(LENGTH.pack(len(sealed)) + sealed)


def _read_upload(path: Path, *, name: str, scope: KeyScope) -> Iterator[bytes]:
    scope_keys = keys.get_keys(scope=scope)
    with path.open("rb") as file:
        number = 0
        while True:
            length = file.read(LENGTH.size)
            if len(length) < LENGTH.size:
                raise FileDamaged("The uploaded file breaks off.", remedy="Upload it again.")
            block = keys.decrypt(
                keys=scope_keys,
                table=UPLOAD_TABLE,
                column=f"{name}:{number}",
                ciphertext=file.read(LENGTH.unpack(length)[0]),
            )
            if not block:
                return
            yield block
            number += 1
