"""How does a search get to governed rows? By a token that this process alone holds, for one transaction.

The functions are the owner's, see `sql/grants.sql`. The token does not leave this module: not to the search, not to a
log, not to an error report.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.access import conf
from apps.core.db import Role

TOKEN_BYTES = 32
# Several statements in one message: a look-up must not wait for eight round trips where two do.
ENTER = (
    "SELECT access_open_grant(%s, %s, %s, %s, %s, %s); "
    f"SET LOCAL ROLE {Role.READER.value}; "
    "SELECT access_activate_grant(%s)"
)
LEAVE = f"SELECT access_release_grant(%s); SET LOCAL ROLE {Role.APP.value}"


@contextmanager
def live_grant(*, query: UUID, category: str, starts_at: datetime, ends_at: datetime) -> Iterator[None]:
    """Run the block as the reader role, inside a grant for a permitted query; the grant ends with the block.

    Must be called inside a transaction, as `rtcc_app`. Where the block raises, the caller's transaction or savepoint
    must be rolled back; that takes grant and role with it.
    """
    token = secrets.token_bytes(TOKEN_BYTES)
    hashed = hashlib.sha256(token).digest()
    _call(ENTER, [hashed, query, category, starts_at, ends_at, conf.GRANT_SECONDS, token])
    yield
    _call(LEAVE, [token])


def _call(statement: str, parameters: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
