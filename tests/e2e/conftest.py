"""A served site on a small demo city, and a browser that looks at it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg import sql

from apps.core.bootstrap import install_queue
from rtcc_gov.demo.set_up import Progress, build_city
from rtcc_gov.demo.world import Recipe
from rtcc_gov.tour.city import load_city
from rtcc_gov.tour.feeding import make_file
from tests.conftest import _empty_database, _let_grants_stand_on_what_is_not_committed

PROJECT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NO_CHROMIUM = "No Chromium was found, so the pages were not looked at in a browser. RTCC_REQUIRE_E2E=1 insists on it."
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--enable-unsafe-swiftshader"]
QUIET = Progress(on_step=lambda step: None, on_units=lambda units: None)
# Of a refusal, and of an answer that never came, the browser and htmx tell the console; neither is a fault of a page.
ANSWERS = ("Failed to load resource", "Response Status Error Code", "htmx:sendError", "htmx:afterRequest")
START_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where the site is, a case that a look-up may name, and a file with rows that must be rejected."""

    address: str
    case_number: str
    upload: bytes
    rejects: int
    environment: dict[str, str]

    def run_command(self, *arguments: str) -> None:
        """Run a management command as an operator would: a thread with a browser in it may not touch the database."""
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env={**self.environment, "RTCC_PROCESS": "operator"},
            check=True,
            capture_output=True,
        )


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser's path; without one the test is skipped, or fails where the run insists on it."""
    if CHROMIUM is None:
        if os.environ.get("RTCC_REQUIRE_E2E") == "1":
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    return CHROMIUM


@pytest.fixture(scope="module")
def site(
    chromium: str,
    django_db_setup: None,
    django_db_blocker,  # type: ignore[no-untyped-def]
    database_admin_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """The site and its worker, as processes of their own on this run's database, with a city built by the services."""
    keys, var = tmp_path_factory.mktemp("keys"), tmp_path_factory.mktemp("var")
    with ExitStack() as stack:
        stack.enter_context(override_settings(RTCC_KEY_STORE_DIR=keys, RTCC_VAR_DIR=var))
        stack.enter_context(django_db_blocker.unblock())
        connection.close()
        stack.callback(_leave_as_found, database_admin_url)
        _let_grants_stand_on_what_is_not_committed(database_admin_url, False)
        stack.callback(_let_grants_stand_on_what_is_not_committed, database_admin_url, True)
        moment = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
        recipe = Recipe(seed=5, reads=3_000, days=3, accesses=60, misuse=0.2, moment=moment)
        build_city(recipe=recipe, folder=Path(settings.RTCC_FIXTURES_DIR), processes=1, progress=QUIET)
        city = load_city()
        upload, rejects = make_file(city)
        install_queue(os.environ["RTCC_DATABASE_ADMIN_URL"], database=str(connection.settings_dict["NAME"]))
        connection.close()
        port = _find_port()
        environment = {
            **os.environ,
            "RTCC_KEY_STORE_DIR": str(keys),
            "RTCC_VAR_DIR": str(var),
            "DJANGO_SETTINGS_MODULE": "rtcc_gov.settings",
        }
        web = ["-m", "uvicorn", "rtcc_gov.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
        stack.enter_context(_running([*web, "--log-level", "warning"], {**environment, "RTCC_PROCESS": "web"}))
        worker = ["-m", "celery", "-A", "rtcc_gov", "worker", "-Q", "ingestion,retention", "-c", "1", "-l", "WARNING"]
        stack.enter_context(_running([*worker, "--without-gossip"], {**environment, "RTCC_PROCESS": "worker"}))
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(address)
        yield Site(
            address=address,
            case_number=city.case_number,
            upload=upload,
            rejects=rejects,
            environment=environment,
        )


@pytest.fixture(autouse=True)
def key_store(site: Site) -> Path:
    """The served site's key store, in place of each test's own."""
    return Path(site.environment["RTCC_KEY_STORE_DIR"])


@pytest.fixture(scope="module")
def browser(chromium: str, site: Site) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of a browser that knows nobody yet. What its console complains of fails the test."""
    complaints: list[str] = []
    context = browser.new_context(base_url=site.address, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    yield page
    context.close()
    assert [text for text in complaints if not any(answer in text for answer in ANSWERS)] == []


def _leave_as_found(admin_url: str) -> None:
    """Empty every table and drop the days that the site made; later tests count them."""
    _empty_database(admin_url)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        found = admin.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relispartition"
        ).fetchall()
        for (name,) in found:
            admin.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))


@contextmanager
def _running(arguments: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, *arguments], cwd=PROJECT, env=environment, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/sign-in/", timeout=10):  # noqa: S310
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"The site did not answer within {START_SECONDS} s.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CHROMIUM is None:
        terminalreporter.write_line(NO_CHROMIUM, yellow=True)
