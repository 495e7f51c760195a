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
from apps.core.db import Role, acting_as

TOKEN_BYTES = 32


@contextmanager
def live_grant(*, query: UUID, category: str, starts_at: datetime, ends_at: datetime) -> Iterator[None]:
    """Run the block as the reader role, inside a grant for a permitted query; the grant ends with the block.

    Must be called inside a transaction, as `rtcc_app`.
    """
    token = secrets.token_bytes(TOKEN_BYTES)
    _call(
        "SELECT access_open_grant(%s, %s, %s, %s, %s, %s)",
        [hashlib.sha256(token).digest(), query, category, starts_at, ends_at, conf.GRANT_SECONDS],
    )
    with acting_as(Role.READER):
        _call("SELECT access_activate_grant(%s)", [token])
        yield
        _call("SELECT access_release_grant(%s)", [token])


def _call(statement: str, parameters: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
