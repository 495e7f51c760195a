"""Which database role is this code acting as, and who else may not run beside it?

Group roles carry the privileges and cannot log in. A process logs in as a NOINHERIT member of the groups that its
kind needs, sits in `rtcc_app`, and enters another role for the length of a block.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

from django.db import InterfaceError, OperationalError, connection, transaction


class Role(StrEnum):
    """The group roles of the database."""

    APP = "rtcc_app"
    READER = "rtcc_reader"
    INGEST = "rtcc_ingest"
    PURGE = "rtcc_purge"
    AUDITOR = "rtcc_auditor"
    SEALER = "rtcc_sealer"
    OWNER = "rtcc_owner"


# Kombu sets its queues up whenever it connects, so it logs in apart, as owner of that schema and of nothing else.
QUEUE_LOGIN = "rtcc_queue"
LOGIN_GROUPS: dict[str, tuple[Role, ...]] = {
    "rtcc_web": (Role.APP, Role.READER, Role.AUDITOR),
    "rtcc_worker": (Role.APP, Role.READER, Role.INGEST, Role.PURGE, Role.SEALER, Role.AUDITOR),
    "rtcc_operator": (Role.APP, Role.READER, Role.INGEST, Role.PURGE, Role.SEALER, Role.AUDITOR),
    "rtcc_setup": (Role.OWNER,),
    QUEUE_LOGIN: (),
}


@contextmanager
def acting_as(role: Role) -> Iterator[None]:
    """Run the block's statements as `role`, in a transaction, and go back to the role before.

    It nests. When the block raises, the transaction or savepoint that it opened is rolled back, and with it the role.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            previous = cursor.fetchone()[0]
            cursor.execute(f"SET LOCAL ROLE {role.value}")
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {connection.ops.quote_name(previous)}")


def lock_key(name: str) -> int:
    """A signed 64-bit number for an advisory lock's name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def try_advisory_lock(name: str) -> bool:
    """Take a lock that ends with the transaction; False if somebody holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key(name)])
        return bool(cursor.fetchone()[0])


def take_advisory_lock(name: str) -> None:
    """Wait for a lock that ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key(name)])


@contextmanager
def session_lock(name: str) -> Iterator[bool]:
    """Hold a lock of the session for the block; yields False if somebody else holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(name)])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            # A connection that broke has already lost its lock.
            with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock_key(name)])
