from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest
from django.db import connection

from tests.factories.policy import put_dc_policy_in_force

DAY = date(2026, 10, 1)
# 30 days kept: due at the midnight that begins October 31.
NOW = datetime(2026, 10, 31, 0, 5, tzinfo=UTC)


@pytest.fixture
def policy(db):
    """The demo policy, in force since before the first bucket."""
    return put_dc_policy_in_force(now=datetime(2026, 9, 1, tzinfo=UTC))


@pytest.fixture
def backup(committed_db, database_admin_url):
    """A superuser's cursor beside real commits: what a backup or an intruder with the disk would see."""
    with psycopg.connect(database_admin_url, autocommit=True) as admin, admin.cursor() as cursor:
        yield cursor
        # The tables are emptied by `committed_db`; days that were made stay unless they are dropped here.
        connection.close()
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent IN "
            "('records_plateread'::regclass, 'records_callforservice'::regclass)"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {name}")
