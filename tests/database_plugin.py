"""Gives the tests a PostgreSQL before Django reads its settings: one that is named, or an embedded one.

Loaded by `-p tests.database_plugin`, because settings are read before any conftest. `RTCC_TEST_NAME` gives a run a
database of its own on the same server.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from apps.core import embedded

_started = None


def _name_database() -> str:
    name = os.environ.get("RTCC_TEST_NAME", "")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return "_".join(part for part in ("test_rtcc", name, worker) if part)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _started is not None:
        embedded.stop_server(_started, os.environ["RTCC_DATABASE_ADMIN_URL"])


def _prepare_environment() -> None:
    global _started
    if not os.environ.get("RTCC_DATABASE_ADMIN_URL"):
        if os.environ.get("RTCC_REQUIRE_SERVICES") == "1":
            raise pytest.UsageError("RTCC_REQUIRE_SERVICES=1 needs RTCC_DATABASE_ADMIN_URL and RTCC_DATABASE_URL.")
        server, started = embedded.start_server(embedded.var_dir() / "test" / "postgres", extra=embedded.TEST_SETTINGS)
        _started = server if started else None
        os.environ["RTCC_DATABASE_ADMIN_URL"] = embedded.server_url(server, user="postgres", database="postgres")
        os.environ["RTCC_TEST_SERVER_URL"] = embedded.server_url(server, database="")
    os.environ.setdefault("RTCC_TEST_SERVER_URL", os.environ.get("RTCC_DATABASE_URL", ""))
    os.environ["RTCC_DATABASE_URL"] = _with_database(os.environ["RTCC_TEST_SERVER_URL"], _name_database())
    (embedded.var_dir() / "static").mkdir(parents=True, exist_ok=True)
    os.environ.update(RTCC_PROCESS="operator", RTCC_DEMO="1", RTCC_SECRET_KEY="not-a-secret-in-tests")


def _with_database(url: str, database: str) -> str:
    """The same server's address with another database."""
    head, _, rest = url.partition("://")
    server, _, tail = rest.partition("/")
    _, mark, query = tail.partition("?")
    return f"{head}://{server}/{database}{mark}{query}"


_prepare_environment()
