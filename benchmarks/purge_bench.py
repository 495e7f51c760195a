"""How long does destroying one bucket take, certificate included? It is measured once, in plain figures.

The bucket is filled by SQL through the parent table, in statements as large as the write door's, so that the trigger
tallies it as it tallies reads. Its rows are random bytes of the size of sealed reads: nobody opens them here.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
CATEGORY = "PLATE_READ"
ROWS_A_STATEMENT = 20_000
DEVICES = 500
OLDEST = timedelta(days=400)
FILL = """
INSERT INTO records_plateread (day, occurred_at, received_at, source_id, device_id, latitude, longitude, h3_cell,
                               event_token, plate_token, sealed)
SELECT %(day)s, %(day)s::timestamp AT TIME ZONE 'UTC' + n * interval '28 ms', now(), 1, n %% %(devices)s,
       38.9, -77.0, 1,
       uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()),
       uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
       || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""


def measure_destruction(*, rows: int, with_bare: bool = False) -> dict[str, Any]:
    """Fill one bucket of `rows` reads and destroy it; the clock runs from the call to the certificate in hand.

    `steps` are the seconds of key, partition and certificate.

    :param with_bare: also fill an equal table and measure DROP TABLE alone, as `bare_drop_seconds`
    """
    from apps.core import clock
    from apps.retention import services

    _put_policy_in_force()
    day = _find_free_day()
    began = time.perf_counter()
    _fill(day, rows)
    fill_seconds = time.perf_counter() - began
    began = time.perf_counter()
    with _timed_steps() as steps:
        certificate = services.destroy_bucket(
            category=CATEGORY, day=day, actor="system:benchmark", reason="Measured", now=clock.now()
        )
    seconds = time.perf_counter() - began
    if certificate.document["rows"]["destroyed"] != rows:
        raise RuntimeError("The certificate counts other rows than were written.")
    began = time.perf_counter()
    verdict = services.check_certificate(certificate=certificate)
    if not verdict.is_good:
        raise RuntimeError(verdict.problem)
    return {
        "rows": rows,
        "seconds": seconds,
        "steps": steps,
        "verify_seconds": time.perf_counter() - began,
        "bare_drop_seconds": _drop_bare(rows) if with_bare else None,
        "fill_seconds": fill_seconds,
        "bucket_bytes": certificate.document["rows"]["bytes"],
        "leaves": certificate.document["commitment"]["leaves"],
    }


class _timed_steps:
    """Notes how long each step of a destruction takes."""

    def __enter__(self) -> dict[str, float]:
        from apps.retention.services import destruction

        self._steps = destruction._STEPS
        self._kept = dict(self._steps)
        seconds: dict[str, float] = {}

        def timed(name: str, act: Any) -> Any:
            def run(*values: Any) -> None:
                began = time.perf_counter()
                act(*values)
                seconds[name] = time.perf_counter() - began

            return run

        for step, act in self._kept.items():
            self._steps[step] = timed(act.__name__.strip("_"), act)
        return seconds

    def __exit__(self, *error: object) -> None:
        self._steps.update(self._kept)


def _put_policy_in_force() -> None:
    from apps.accounts import selectors as accounts
    from apps.accounts import services as people
    from apps.policy import selectors as policies
    from apps.policy import services as policy

    now = datetime.now(UTC)
    if policies.find_version_in_force(now=now) is not None:
        return
    references = people.create_demo_people()
    actors = [accounts.get_actor(reference=reference) for reference in references.values()]
    policy.activate_seeded_version(
        path=PROJECT / "fixtures" / "dc" / "policy.json",
        actor=next(actor for actor in actors if actor.has_permission("edit_policy")),
        approved_by=next(actor for actor in actors if "ADMINISTRATOR" in actor.roles),
        now=now,
    )


def _find_free_day() -> date:
    """An old day that was never used."""
    from apps.keys import selectors as keys
    from apps.records import partitions

    used = {key.label for key in keys.list_data_keys(category=CATEGORY)}
    used |= {partition.day.isoformat() for partition in partitions.list_partitions(category=CATEGORY)}
    day = (datetime.now(UTC) - OLDEST).date()
    while day.isoformat() in used:
        day += timedelta(days=1)
    return day


def _fill(day: date, rows: int) -> None:
    import psycopg

    from apps.keys import services as keys
    from apps.keys.types import KeyScope
    from apps.records import partitions

    partitions.make_partition(category=CATEGORY, day=day)
    keys.get_or_create_keys(scope=KeyScope(category=CATEGORY, label=day.isoformat()))
    with psycopg.connect(_admin_url()) as admin:
        admin.execute("SET synchronous_commit = off")
        for first in range(0, rows, ROWS_A_STATEMENT):
            last = min(first + ROWS_A_STATEMENT, rows) - 1
            admin.execute(FILL, {"day": day, "first": first, "last": last, "devices": DEVICES})
            admin.commit()
    with psycopg.connect(_admin_url(), autocommit=True) as admin:
        admin.execute("CHECKPOINT")
    # A bucket that falls due was written weeks ago: nothing of it waits to reach the disk.
    os.sync()


def _drop_bare(rows: int) -> float:
    import psycopg

    day = _find_free_day()
    _fill(day, rows)
    with psycopg.connect(_admin_url(), autocommit=True) as admin:
        began = time.perf_counter()
        admin.execute(f"DROP TABLE records_plateread_{day:%Y%m%d}")
        return time.perf_counter() - began


def _admin_url() -> str:
    from django.db import connection
    from psycopg.conninfo import make_conninfo

    return make_conninfo(os.environ["RTCC_DATABASE_ADMIN_URL"], dbname=str(connection.settings_dict["NAME"]))
