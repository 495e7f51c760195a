"""How can an entry vouch for a value without holding it?

Salt and value live in a row that can be destroyed; the entry holds only their hash. While the row exists anybody who
may read it can check it against the log; afterwards the hash gives nothing away, because the salt is gone too.
"""

from __future__ import annotations

import hashlib
import hmac
import os

SALT_BYTES = 16


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def commit(*, salt: bytes, value: bytes) -> str:
    """SHA-256 of salt ‖ value in hex.

    :raises ValueError: if the salt is not 16 bytes: its end must be beyond doubt
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"A commitment's salt has {SALT_BYTES} bytes, not {len(salt)}.")
    return hashlib.sha256(salt + value).hexdigest()


def is_commitment_to(*, commitment: str, salt: bytes, value: bytes) -> bool:
    return hmac.compare_digest(commitment, commit(salt=salt, value=value))
