"""How long does a plate look-up take through HTTP, governed, ungoverned, and governed by packages?"""

from __future__ import annotations

import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg.conninfo import make_conninfo

PROJECT = Path(__file__).resolve().parents[1]
WARM_UP = 40
PLATES = 40
VARIANTS = {
    "governed": ("benchmarks.settings", "/lookups/plate/"),
    "ungoverned": ("benchmarks.ungoverned_settings", "/bench/ungoverned/"),
    "guarded": ("benchmarks.settings", "/bench/guarded/"),
}


def measure_lookups(*, reads: int, requests: int) -> dict[str, Any]:
    """Ask for the same plates in turn by each variant, one request at a time.

    :return: for each variant the median and 95th percentile in ms, and how many rows were shown in all
    """
    plates = _build_city(reads)
    _fill_plain_table(plates)
    figures: dict[str, Any] = {"reads": reads, "requests": requests}
    with _server("benchmarks.settings") as governed, _server("benchmarks.ungoverned_settings") as ungoverned:
        ports = {"benchmarks.settings": governed, "benchmarks.ungoverned_settings": ungoverned}
        clients = {name: Client(ports[module], path) for name, (module, path) in VARIANTS.items()}
        times: dict[str, list[float]] = {name: [] for name in VARIANTS}
        shown: dict[str, int] = dict.fromkeys(VARIANTS, 0)
        case_number = _find_case()
        for n in range(WARM_UP + requests):
            for name, client in clients.items():
                milliseconds, rows = client.look_up(plates[n % len(plates)], case_number)
                if n >= WARM_UP:
                    times[name].append(milliseconds)
                    shown[name] += rows
    if len(set(shown.values())) != 1:
        raise RuntimeError(f"The variants showed different numbers of rows: {shown}.")
    for name, values in times.items():
        figures[name] = {
            "median_ms": statistics.median(values),
            "p95_ms": statistics.quantiles(values, n=20)[-1],
            "rows": shown[name],
        }
    return figures


class Client:
    """A signed-in browser of the benchmark's, on one connection kept alive."""

    def __init__(self, port: int, path: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._path = path
        self._cookies: dict[str, str] = {}
        page = self._send("GET", "/sign-in/")
        person = re.search(r'name="person" value="([^"]+)"', page)
        if person is None:
            raise RuntimeError("The sign-in page has no button.")
        self._send("POST", "/sign-in/demo/", {"person": person.group(1), "next": ""})

    def look_up(self, plate: str, case_number: str) -> tuple[float, int]:
        fields = {
            "plate": plate,
            "days": "30",
            "purpose": "CRIMINAL_INVESTIGATION",
            "offence": "VIOLENT_FELONY",
            "case_number": case_number,
            "reason": "Grey van left the robbery on the corner; the victim gave this plate to the officer",
        }
        began = time.perf_counter()
        page = self._send("POST", self._path, fields)
        milliseconds = (time.perf_counter() - began) * 1000
        return milliseconds, page.count("<tr data-number=")

    def _send(self, method: str, path: str, fields: dict[str, str] | None = None) -> str:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if fields is not None:
            body = urlencode(fields | {"csrfmiddlewaretoken": self._cookies["csrftoken"]})
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": "http://127.0.0.1/"}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        page = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} gave {answer.status}: {page[:500]}")
        return page


@contextmanager
def _server(settings_module: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "rtcc_gov.asgi:application",
        "--port",
        str(port),
        "--log-level",
        "error",
    ]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings_module, "RTCC_PROCESS": "web"}
    process = subprocess.Popen(command, cwd=PROJECT, env=environment)
    try:
        for _ in range(600):
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _build_city(reads: int) -> list[str]:
    """The demo city with no history of accesses; plates of its newest whole day, spread over it."""
    from django.conf import settings

    from apps.core import clock
    from rtcc_gov.demo.running import run
    from rtcc_gov.demo.world import Recipe, World

    recipe = Recipe(moment=clock.now(), reads=reads, accesses=0)
    run(recipe=recipe, truth=None, processes=0, is_quiet=True)
    world = World(recipe=recipe, folder=Path(settings.RTCC_FIXTURES_DIR))
    day = world.city.make_day(len(world.city.counts) - 2)
    step = max(1, len(day.plates) // PLATES)
    return [plate.decode() for plate in day.plates[::step][:PLATES]]


def _find_case() -> str:
    from apps.access.models import CaseReference

    return CaseReference.objects.filter(status="OPEN").order_by("number").values_list("number", flat=True)[0]


def _admin() -> psycopg.Connection[tuple[Any, ...]]:
    from django.db import connection

    address = make_conninfo(os.environ["RTCC_DATABASE_ADMIN_URL"], dbname=str(connection.settings_dict["NAME"]))
    return psycopg.connect(address, autocommit=True)


def _fill_plain_table(plates: list[str]) -> None:
    """As many rows as the governed table has, with the plates that are asked for in clear; only their rows are guarded.

    Few permissions are the best case of the package's filter.
    """
    from apps.keys import services as keys
    from apps.keys.types import KeyScope
    from apps.records import partitions

    with _admin() as admin:
        for partition in partitions.list_partitions(category="PLATE_READ"):
            try:
                day_keys = keys.get_keys(scope=KeyScope(category="PLATE_READ", label=partition.day.isoformat()))
            except keys.KeyMissing:
                continue
            tokens = [keys.blind_index(keys=day_keys, value=plate.encode()) for plate in plates]
            admin.execute(
                f"INSERT INTO baseline_plainread (plate, occurred_at, device_id, latitude, longitude) "  # type: ignore[arg-type]
                f"SELECT coalesce(known.plate, upper(substr(encode(r.plate_token, 'hex'), 1, 8))), r.occurred_at, "
                f"r.device_id, coalesce(r.latitude, 0), coalesce(r.longitude, 0) FROM {partition.name} r "
                f"LEFT JOIN unnest(%s::bytea[], %s::text[]) AS known (token, plate) ON known.token = r.plate_token",
                [tokens, plates],
            )
        admin.execute(
            "INSERT INTO guardian_userobjectpermission (object_pk, content_type_id, permission_id, user_id) "
            "SELECT r.id::text, t.id, p.id, u.id FROM baseline_plainread r, django_content_type t, auth_permission p, "
            "accounts_person u WHERE r.plate = ANY(%s) AND t.app_label = 'baseline' AND t.model = 'plainread' "
            "AND p.content_type_id = t.id AND p.codename = 'view_plainread' AND u.username = 'maren.oduya'",
            [plates],
        )
        admin.execute("ANALYZE")
