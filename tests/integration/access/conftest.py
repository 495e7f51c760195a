from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from apps.core import clock
from tests.factories.access import make_case
from tests.factories.policy import put_dc_policy_in_force

MAKE_TABLE = """
SET ROLE rtcc_owner;
CREATE TABLE guarded (occurred_at timestamptz NOT NULL, word text NOT NULL UNIQUE);
SELECT access_protect_table('guarded', 'PLATE_READ', 'occurred_at');
CREATE TABLE guarded_calls (occurred_at timestamptz NOT NULL, word text NOT NULL);
SELECT access_protect_table('guarded_calls', 'CALL_FOR_SERVICE', 'occurred_at');
RESET ROLE;
"""


@pytest.fixture(scope="session")
def guarded_table(django_db_setup: None, database_admin_url: str) -> Iterator[None]:
    """Two small governed tables of the owner's, each of another category."""
    drop = "DROP TABLE IF EXISTS guarded, guarded_calls"
    with psycopg.connect(database_admin_url, autocommit=True) as admin:
        admin.execute(drop)
        admin.execute(MAKE_TABLE)
        yield
        admin.execute(drop)


@pytest.fixture
def policy(db: None) -> None:
    put_dc_policy_in_force(now=clock.now())
    make_case()


@pytest.fixture
def committed_policy(committed_db: None) -> None:
    put_dc_policy_in_force(now=clock.now())
    make_case()


def execute(statement: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
