"""What do all tests share? A migrated database under the roles of production, a key store of each one's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from apps.core.bootstrap import prepare_cluster

KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(scope="session")
def database_admin_url() -> str:
    """A superuser's address of the test database: for tampering and for cleaning, never for the product."""
    return make_conninfo(os.environ["RTCC_DATABASE_ADMIN_URL"], dbname=str(connection.settings_dict["NAME"]))


@pytest.fixture(scope="session")
def django_db_setup(  # type: ignore[no-untyped-def]
    request: pytest.FixtureRequest, django_db_blocker, database_admin_url: str
) -> Iterator[None]:
    """Make the database as the owner would and hand it to the tests as an operator's process would see it."""
    admin_url = os.environ["RTCC_DATABASE_ADMIN_URL"]
    name = str(connection.settings_dict["NAME"])
    keep = request.config.getvalue("reuse_db") and not request.config.getvalue("create_db")
    if not keep:
        _drop_database(admin_url, name)
    prepare_cluster(admin_url, database=name)
    served_as = connection.settings_dict
    try:
        with django_db_blocker.unblock():
            connection.close()
            connection.settings_dict = {
                **served_as,
                "USER": "rtcc_setup",
                "OPTIONS": {**served_as["OPTIONS"], "options": "-c role=rtcc_owner"},
            }
            call_command("migrate", interactive=False, verbosity=0)
            connection.close()
        _let_grants_stand_on_what_is_not_committed(database_admin_url, True)
    finally:
        connection.settings_dict = served_as
    yield
    with django_db_blocker.unblock():
        connection.close()
    if not keep:
        _drop_database(admin_url, name)


def _let_grants_stand_on_what_is_not_committed(admin_url: str, is_let: bool) -> None:
    """The `db` fixture commits nothing, so its grants cannot ask for a commit; `committed_db` is as production is."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(
            "CREATE OR REPLACE FUNCTION access_needs_commit() RETURNS boolean LANGUAGE sql STABLE "
            f"SET search_path = pg_catalog, pg_temp AS $$ SELECT {not is_let} $$"
        )


def _drop_database(admin_url: str, name: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def superuser_cursor(db: None, database_admin_url: str) -> Iterator[psycopg.Cursor]:
    """A superuser's cursor on the test database, in autocommit; it sees only what is committed."""
    with psycopg.connect(database_admin_url, autocommit=True) as admin, admin.cursor() as cursor:
        yield cursor


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker, database_admin_url: str) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """A database in which commits are real; a superuser empties every table afterwards."""
    with django_db_blocker.unblock():
        connection.close()
        _let_grants_stand_on_what_is_not_committed(database_admin_url, False)
        try:
            yield
        finally:
            connection.close()
            _empty_database(database_admin_url)
            _let_grants_stand_on_what_is_not_committed(database_admin_url, True)


def _empty_database(admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        rows = admin.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        ).fetchall()
        tables = [sql.Identifier(row[0]) for row in rows if row[0] not in KEPT_TABLES]
        if tables:
            admin.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(tables)))


@pytest.fixture(autouse=True)
def key_store(settings, tmp_path_factory: pytest.TempPathFactory) -> Path:  # type: ignore[no-untyped-def]
    """A key store of the test's own."""
    folder = tmp_path_factory.mktemp("keys")
    settings.RTCC_KEY_STORE_DIR = folder
    settings.RTCC_VAR_DIR = tmp_path_factory.mktemp("var")
    return folder
