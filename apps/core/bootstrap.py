"""How does a database server come to have our roles, logins and database? A superuser runs this; it can be repeated."""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from apps.core.db import LOGIN_GROUPS, QUEUE_LOGIN, Role


def prepare_cluster(admin_url: str, *, database: str) -> bool:
    """Create group roles, logins and the database if they are missing, and set who may do what in it.

    :param admin_url: a connection with the right to create roles and databases
    :return: whether the database is new
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('rtcc_prepare_cluster'))")
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in Role:
            if role.value not in roles:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role.value)))
        for login, groups in LOGIN_GROUPS.items():
            if login not in roles:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(sql.Identifier(login)))
            for group in groups:
                connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(login)))
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not found:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C'").format(
                    sql.Identifier(database), sql.Identifier(Role.OWNER.value)
                )
            )
    with psycopg.connect(make_conninfo(admin_url, dbname=database), autocommit=True) as connection:
        groups_list = sql.SQL(", ").join(sql.Identifier(role.value) for role in Role)
        for statement in (
            "ALTER SCHEMA public OWNER TO rtcc_owner",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "ALTER DEFAULT PRIVILEGES FOR ROLE rtcc_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rtcc_app",
            "ALTER DEFAULT PRIVILEGES FOR ROLE rtcc_owner GRANT USAGE, SELECT ON SEQUENCES TO rtcc_app",
            "ALTER DEFAULT PRIVILEGES FOR ROLE rtcc_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        ):
            connection.execute(statement)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(groups_list))
    return not found


QUEUES = ("default", "ingestion", "retention", "ledger")


def install_queue(admin_url: str, *, database: str) -> None:
    """Install the pgmq SQL and its queues where they are missing, owned by the queue's login."""
    from pgmq.install import get_embedded_install_sql

    queue_role = sql.Identifier(QUEUE_LOGIN)
    with psycopg.connect(make_conninfo(admin_url, dbname=database), autocommit=False) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('rtcc_install_queue'))")
        if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'pgmq'").fetchone() is None:
            on_database = sql.Identifier(database)
            connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(on_database, queue_role))
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(queue_role))
            connection.execute(get_embedded_install_sql())
            connection.execute("RESET ROLE")
            connection.execute(sql.SQL("REVOKE CREATE ON DATABASE {} FROM {}").format(on_database, queue_role))
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(queue_role))
        existing = {row[0] for row in connection.execute("SELECT queue_name FROM pgmq.list_queues()")}
        for queue in QUEUES:
            if queue not in existing:
                connection.execute("SELECT pgmq.create(%s)", [queue])
