"""Acts on keys: open the store, make or fetch a scope's keys, destroy them, seal, open, index and sign with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from apps.core import clock
from apps.core.db import take_advisory_lock
from apps.keys import conf, envelope
from apps.keys.cache import KeyCache
from apps.keys.envelope import DecryptionFailed
from apps.keys.file_store import FileKeyStore, KeyDestroyed, KeyMissing, KeyStoreUnavailable
from apps.keys.models import DataKey, KeyStore
from apps.keys.types import DestroyedKey, KeyScope, ScopeKeys

__all__ = ["DecryptionFailed", "KeyDestroyed", "KeyMissing", "KeyStoreUnavailable"]

_cache = KeyCache()
_opened: set[Path] = set()


def open_key_store() -> None:
    """Check the key store against the database; make it if the database knows of none. Every process calls it at start.

    :raises KeyStoreUnavailable: if a key file is missing, wrong, or open to others than its owner
    """
    store = FileKeyStore(conf.key_store_dir())
    known = _get_known_store()
    if known is None:
        with transaction.atomic():
            take_advisory_lock("keys.open_key_store")
            known = _get_known_store()
            if known is None:
                store.create()
                known = KeyStore.objects.create(
                    kek_fingerprint=envelope.fingerprint(store.read_kek()),
                    public_key=store.read_signing_key().public_key().public_bytes_raw(),
                    created_at=clock.now(),
                )
    if envelope.fingerprint(store.read_kek()) != known.kek_fingerprint:
        raise KeyStoreUnavailable(
            f"The key file in {store.directory} is not the one that this database was encrypted with.",
            remedy="Point RTCC_KEY_STORE_DIR at this database's key store, or put that store back from its backup.",
        )
    if store.read_signing_key().public_key().public_bytes_raw() != bytes(known.public_key):
        raise KeyStoreUnavailable(
            f"The signing key in {store.directory} is not the one that signed this database's log.",
            remedy="Put the key store back from its own backup, all files of one moment.",
        )
    _opened.add(store.directory)


def get_or_create_keys(*, scope: KeyScope) -> ScopeKeys:
    """The scope's keys, made now if it has none; all processes get the same.

    :raises KeyDestroyed: if the scope's key was destroyed: it is never made again
    :raises KeyStoreUnavailable: if the key store cannot be read
    """
    return _get_cached(scope) or _keep(scope, *_get_store().get_or_create(scope))


def get_keys(*, scope: KeyScope) -> ScopeKeys:
    """The scope's keys.

    :raises KeyDestroyed: if the scope's key was destroyed
    :raises KeyMissing: if the scope never had a key
    :raises KeyStoreUnavailable: if the key store cannot be read
    """
    return _get_cached(scope) or _keep(scope, *_get_store().read(scope))


def destroy_key(*, scope: KeyScope, actor: str, now: datetime) -> DestroyedKey:
    """Destroy a scope's data key for good; a repeated call returns the first one's moment and actor.

    The files go at once, whatever becomes of the caller's transaction. Another process may hold the key in memory for
    `RTCC_KEY_CACHE_SECONDS` more.

    :raises KeyMissing: if the scope never had a key
    """
    _cache.forget(conf.key_store_dir(), scope)
    destroyed = _get_store().destroy(scope, actor=actor, now=now)
    _record_key(scope, destroyed.key_id, now)
    DataKey.objects.filter(key_id=destroyed.key_id, destroyed_at__isnull=True).update(
        destroyed_at=destroyed.destroyed_at, destroyed_by=destroyed.destroyed_by
    )
    return destroyed


def encrypt(*, keys: ScopeKeys, table: str, column: str, plaintext: bytes) -> bytes:
    """nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes), bound to scope, table and column."""
    return encrypt_many(keys=keys, table=table, column=column, plaintexts=[plaintext])[0]


def encrypt_many(*, keys: ScopeKeys, table: str, column: str, plaintexts: Sequence[bytes]) -> list[bytes]:
    """Like `encrypt`, for the rows of a batch."""
    return envelope.encrypt_many(keys=keys, table=table, column=column, plaintexts=plaintexts)


def decrypt(*, keys: ScopeKeys, table: str, column: str, ciphertext: bytes) -> bytes:
    """:raises DecryptionFailed: if the value was altered, or belongs to another scope, table or column"""
    return decrypt_many(keys=keys, table=table, column=column, ciphertexts=[ciphertext])[0]


def decrypt_many(*, keys: ScopeKeys, table: str, column: str, ciphertexts: Sequence[bytes]) -> list[bytes]:
    """Like `decrypt`, for the rows of a result.

    :raises DecryptionFailed: if any value was altered, or belongs to another scope, table or column
    """
    return envelope.decrypt_many(keys=keys, table=table, column=column, ciphertexts=ciphertexts)


def blind_index(*, keys: ScopeKeys, value: bytes) -> bytes:
    """16 bytes by which equal values of one scope are found, and which nobody can compute without its key."""
    return blind_index_many(keys=keys, values=[value])[0]


def blind_index_many(*, keys: ScopeKeys, values: Sequence[bytes]) -> list[bytes]:
    """Like `blind_index`, for the rows of a batch."""
    return envelope.blind_index_many(keys=keys, values=values)


def sign(*, message: bytes) -> bytes:
    """An Ed25519 signature (64 bytes) by this installation's signing key.

    :raises KeyStoreUnavailable: if the key store cannot be read
    """
    return _get_signing_key().sign(message)


def get_public_key() -> bytes:
    """The public half of the signing key, 32 bytes, as the database knows it.

    :raises KeyStoreUnavailable: if the key store cannot be opened
    """
    known = _get_known_store()
    if known is None:
        open_key_store()
        return _get_signing_key().public_key().public_bytes_raw()
    return bytes(known.public_key)


def _get_known_store() -> KeyStore | None:
    return KeyStore.objects.order_by("-id").first()


def _get_store() -> FileKeyStore:
    """The key store, opened once in this process."""
    directory = conf.key_store_dir()
    if directory not in _opened:
        open_key_store()
    return FileKeyStore(directory)


def _get_signing_key() -> Ed25519PrivateKey:
    return _get_store().read_signing_key()


def _get_cached(scope: KeyScope) -> ScopeKeys | None:
    return _cache.get(conf.key_store_dir(), scope, most_seconds=conf.key_cache_seconds())


def _keep(scope: KeyScope, key_id: UUID, data_key: bytes) -> ScopeKeys:
    keys = envelope.derive(scope=scope, key_id=key_id, data_key=data_key)
    _cache.keep(conf.key_store_dir(), keys)
    # After the caller's commit: a row inserted inside a long import would make every other process wait for it, and two
    # imports touching days in different order would deadlock. A row lost by a kill is made good at the next reading.
    transaction.on_commit(partial(_record_key, scope, key_id, clock.now()))
    return keys


def _record_key(scope: KeyScope, key_id: UUID, now: datetime) -> None:
    DataKey.objects.bulk_create(
        [DataKey(category=scope.category, label=scope.label, key_id=key_id, created_at=now)], ignore_conflicts=True
    )
