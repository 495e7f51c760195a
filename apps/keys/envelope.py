"""How is a value sealed to its place, and how is a key wrapped?

AES-256-GCM throughout (NIST SP 800-38D). A value's associated data names its scope, table and column, so a ciphertext
moved elsewhere does not open. Nonces are random: with one key per category and day, 2^32 values stay far inside the
bound for random 96-bit nonces. From a data key HKDF-SHA256 (RFC 5869) derives one key for ciphertexts and one for
blind indexes.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apps.core.errors import ConflictFound
from apps.keys.types import KeyScope, ScopeKeys

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
INDEX_BYTES = 16
INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


class DecryptionFailed(ConflictFound):
    """The value was altered, moved from another place, or sealed with another key."""

    code = "DECRYPTION_FAILED"


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def fingerprint(key: bytes) -> str:
    """A name for a key that gives nothing of it away."""
    return hmac.digest(key, b"rtcc key fingerprint v1", "sha256")[:16].hex()


def wrap(*, wrapping_key: bytes, key: bytes, purpose: bytes) -> bytes:
    """Seal a key with another; it opens for the same `purpose` only."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(wrapping_key).encrypt(nonce, key, purpose)


def unwrap(*, wrapping_key: bytes, wrapped: bytes, purpose: bytes) -> bytes:
    """:raises DecryptionFailed: if the key, the purpose or the bytes are not those that were wrapped"""
    return _open(AESGCM(wrapping_key), wrapped, purpose)


def derive(*, scope: KeyScope, key_id: UUID, data_key: bytes) -> ScopeKeys:
    """The ciphertext key and the index key of a data key; neither leads to the other."""
    return ScopeKeys(
        scope=scope,
        key_id=key_id,
        cipher_key=_derive(data_key, b"rtcc cipher v1\0" + str(scope).encode()),
        index_key=_derive(data_key, b"rtcc index v1\0" + str(scope).encode()),
    )


def encrypt_many(*, keys: ScopeKeys, table: str, column: str, plaintexts: Sequence[bytes]) -> list[bytes]:
    """Each result is nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes)."""
    seal = AESGCM(keys.cipher_key).encrypt
    bound = _place(keys.scope, table, column)
    randomness = os.urandom(NONCE_BYTES * len(plaintexts))
    sealed = []
    start = 0
    for plaintext in plaintexts:
        nonce = randomness[start : start + NONCE_BYTES]
        sealed.append(nonce + seal(nonce, plaintext, bound))
        start += NONCE_BYTES
    return sealed


def decrypt_many(*, keys: ScopeKeys, table: str, column: str, ciphertexts: Sequence[bytes]) -> list[bytes]:
    """:raises DecryptionFailed: if any value was altered or belongs to another scope, table or column"""
    cipher = AESGCM(keys.cipher_key)
    bound = _place(keys.scope, table, column)
    return [_open(cipher, ciphertext, bound) for ciphertext in ciphertexts]


def blind_index_many(*, keys: ScopeKeys, values: Sequence[bytes]) -> list[bytes]:
    """HMAC-SHA256 under the scope's index key, 16 bytes: equal values of one scope match, others cannot be linked."""
    # RFC 2104 by hand, for a key shorter than a block: `hmac` looks its hash up anew each time, which is slower.
    sha256 = hashlib.sha256
    block = keys.index_key.ljust(sha256().block_size, b"\0")
    inner, outer = block.translate(INNER_PAD), block.translate(OUTER_PAD)
    return [sha256(outer + sha256(inner + value).digest()).digest()[:INDEX_BYTES] for value in values]


def _derive(data_key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(data_key)


def _place(scope: KeyScope, table: str, column: str) -> bytes:
    # The zero byte separates: it is in none of the four names.
    return "\0".join(("rtcc value v1", scope.category, scope.label, table, column)).encode()


def _open(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    sealed = bytes(sealed)
    if len(sealed) >= NONCE_BYTES + TAG_BYTES:
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except InvalidTag:
            pass
    raise DecryptionFailed(
        "Stored data could not be opened: it was altered, moved or sealed with another key.",
        remedy="Tell the system administrator; nothing was shown.",
    )
