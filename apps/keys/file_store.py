"""How do keys live in files, so that a database or its backup never holds one?

`kek.key` holds the key-encryption key. `signing.key` and `data/<category>/<label>.key` are wrapped by it. A destroyed
scope leaves `<label>.destroyed` and is never made again. Every file appears whole or not at all, and is on disk before
anybody is told of it. The key-encryption key is read anew for each use: take the file away and nothing more opens.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.core.errors import NotFound, ServiceUnavailable
from apps.keys import envelope
from apps.keys.types import DestroyedKey, KeyScope

OWNER_ONLY = 0o600
FORMAT = b"rtcc-key-1\n"
SIGNING_PURPOSE = b"rtcc signing key v1"
WRAPPED_BYTES = envelope.NONCE_BYTES + envelope.KEY_BYTES + envelope.TAG_BYTES
WRAPPED_KEY_BYTES = 16 + WRAPPED_BYTES


class KeyStoreUnavailable(ServiceUnavailable):
    code = "KEY_STORE_UNAVAILABLE"


class KeyDestroyed(NotFound):
    code = "KEY_DESTROYED"


class KeyMissing(NotFound):
    code = "KEY_MISSING"


class Tombstone(msgspec.Struct, frozen=True):
    """What a destroyed key leaves behind."""

    key_id: UUID
    destroyed_at: datetime
    destroyed_by: str


class FileKeyStore:
    """The keys under one directory; safe for several processes of one machine."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._kek_path = directory / "kek.key"
        self._signing_path = directory / "signing.key"

    def create(self) -> None:
        """Make the key-encryption key and the signing key where they are missing. Only for a first start."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _publish(self._kek_path, FORMAT + envelope.new_key())
            if not self._signing_path.exists():
                seed = Ed25519PrivateKey.generate().private_bytes_raw()
                wrapped = envelope.wrap(wrapping_key=self.read_kek(), key=seed, purpose=SIGNING_PURPOSE)
                _publish(self._signing_path, FORMAT + wrapped)
        except OSError as error:
            raise KeyStoreUnavailable(
                f"The key store {self.directory} cannot be made: {error.strerror}.",
                remedy="Give this process's user a directory it may write, in RTCC_KEY_STORE_DIR.",
            ) from error

    def read_kek(self) -> bytes:
        """:raises KeyStoreUnavailable: if the file is missing, open to others than its owner, or not a key"""
        path = self._kek_path
        try:
            mode = path.stat().st_mode & 0o777
            content = path.read_bytes()
        except OSError as error:
            raise KeyStoreUnavailable(
                f"The key file {path} cannot be read: {error.strerror}.",
                remedy="Put the key file back from its own backup; without it nothing encrypted can be opened.",
            ) from error
        if mode != OWNER_ONLY:
            raise KeyStoreUnavailable(
                f"The key file {path} has mode {mode:04o}; only its owner may read it.",
                remedy=f"Find out who could have read it, then run: chmod 600 {path}",
            )
        return _strip_format(path, content, envelope.KEY_BYTES)

    def read_signing_key(self) -> Ed25519PrivateKey:
        """:raises KeyStoreUnavailable: if it cannot be read or does not belong to this key-encryption key"""
        kek = self.read_kek()
        try:
            content = self._signing_path.read_bytes()
        except OSError as error:
            raise _unreadable(self._signing_path, error) from error
        wrapped = _strip_format(self._signing_path, content, WRAPPED_BYTES)
        return Ed25519PrivateKey.from_private_bytes(_unwrap(self._signing_path, kek, wrapped, SIGNING_PURPOSE))

    def get_or_create(self, scope: KeyScope) -> tuple[UUID, bytes]:
        """A scope's key id and data key; two processes that ask at once get the same.

        :raises KeyDestroyed: if the scope's key was destroyed
        """
        with suppress(KeyMissing):
            return self.read(scope)
        with self._alone(scope.category):
            with suppress(KeyMissing):
                return self.read(scope)
            key_id, data_key = uuid4(), envelope.new_key()
            wrapped = envelope.wrap(wrapping_key=self.read_kek(), key=data_key, purpose=_purpose(scope, key_id))
            _publish(self._key_path(scope), FORMAT + key_id.bytes + wrapped)
        return key_id, data_key

    def read(self, scope: KeyScope) -> tuple[UUID, bytes]:
        """:raises KeyDestroyed: if the scope's key was destroyed
        :raises KeyMissing: if the scope never had one
        """
        # Asked first: a destruction that was cut short has left its tombstone, and maybe still the file.
        if not self._tombstone_path(scope).exists():
            try:
                return self._read_live(scope)
            except (KeyMissing, KeyStoreUnavailable):
                # Asked again: the key may have gone while it was being read.
                if not self._tombstone_path(scope).exists():
                    raise
        raise KeyDestroyed(f"The key of {scope} was destroyed; what it sealed cannot be read again.")

    def destroy(self, scope: KeyScope, *, actor: str, now: datetime) -> DestroyedKey:
        """Overwrite and remove a scope's key; may be repeated, also after a kill between two steps.

        :raises KeyMissing: if the scope never had a key
        """
        with self._alone(scope.category):
            path, tombstone_path = self._key_path(scope), self._tombstone_path(scope)
            if not tombstone_path.exists():
                key_id, _ = self._read_wrapped_key(scope)
                tombstone = Tombstone(key_id=key_id, destroyed_at=now, destroyed_by=actor)
                _publish(tombstone_path, msgspec.json.encode(tombstone))
            if path.exists():
                _overwrite(path)
                path.unlink()
                _sync_directory(path.parent)
            tombstone = msgspec.json.decode(tombstone_path.read_bytes(), type=Tombstone)
        return DestroyedKey(
            scope=scope,
            key_id=tombstone.key_id,
            destroyed_at=tombstone.destroyed_at,
            destroyed_by=tombstone.destroyed_by,
        )

    def list_live(self, category: str) -> list[KeyScope]:
        """The scopes of a category whose key exists, by label."""
        folder = self._folder(category)
        if not folder.exists():
            return []
        names = {path.name for path in folder.iterdir()}
        labels = sorted(name.removesuffix(".key") for name in names if name.endswith(".key"))
        return [KeyScope(category=category, label=label) for label in labels if f"{label}.destroyed" not in names]

    def _folder(self, category: str) -> Path:
        return self.directory / "data" / category

    def _key_path(self, scope: KeyScope) -> Path:
        return self._folder(scope.category) / f"{scope.label}.key"

    def _tombstone_path(self, scope: KeyScope) -> Path:
        return self._folder(scope.category) / f"{scope.label}.destroyed"

    def _read_live(self, scope: KeyScope) -> tuple[UUID, bytes]:
        kek = self.read_kek()
        key_id, wrapped = self._read_wrapped_key(scope)
        return key_id, _unwrap(self._key_path(scope), kek, wrapped, _purpose(scope, key_id))

    def _read_wrapped_key(self, scope: KeyScope) -> tuple[UUID, bytes]:
        path = self._key_path(scope)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise KeyMissing(f"There is no key for {scope}.") from None
        except OSError as error:
            raise _unreadable(path, error) from error
        body = _strip_format(path, content, WRAPPED_KEY_BYTES)
        return UUID(bytes=body[:16]), body[16:]

    @contextmanager
    def _alone(self, category: str) -> Iterator[None]:
        """Hold the category against other processes and threads of this machine."""
        folder = self._folder(category)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        except OSError as error:
            raise _unreadable(folder, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _purpose(scope: KeyScope, key_id: UUID) -> bytes:
    return b"rtcc data key v1\0" + str(scope).encode() + b"\0" + key_id.bytes


def _strip_format(path: Path, content: bytes, length: int) -> bytes:
    if not content.startswith(FORMAT) or len(content) != len(FORMAT) + length:
        raise _wrong(path)
    return content[len(FORMAT) :]


def _unwrap(path: Path, kek: bytes, wrapped: bytes, purpose: bytes) -> bytes:
    try:
        return envelope.unwrap(wrapping_key=kek, wrapped=wrapped, purpose=purpose)
    except envelope.DecryptionFailed as error:
        raise _wrong(path) from error


def _wrong(path: Path) -> KeyStoreUnavailable:
    return KeyStoreUnavailable(
        f"The key file {path} is damaged or belongs to another key store.",
        remedy="Put the key store back from its own backup, all files of one moment.",
    )


def _unreadable(path: Path, error: OSError) -> KeyStoreUnavailable:
    return KeyStoreUnavailable(
        f"The key store's {path.name} cannot be read: {error.strerror}.",
        remedy="Put the key store back from its own backup, and let this process's user read it.",
    )


def _publish(path: Path, content: bytes) -> None:
    """Make a file appear whole and on disk, unless it is there already."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link refuses to replace what somebody else published meanwhile.
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()
    _sync_directory(path.parent)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
