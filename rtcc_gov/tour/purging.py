"""Step 7: the oldest day is past its retention and is destroyed, and what a backup holds of it is worthless.

So that a day is past its retention whenever the tour is run, the council shortens the period for as long as it takes: a
policy version with the shorter period is put in force by two people, and the one before it comes back afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo

from apps.core import clock
from apps.core.types import Window
from apps.keys import selectors as key_selectors
from apps.keys import services as keys
from apps.keys.services import DecryptionFailed
from apps.keys.types import KeyScope, ScopeKeys
from apps.lookups import services as lookups
from apps.lookups.types import PlateRow
from apps.policy import services as policy
from apps.records.rules import normalise_plate
from apps.retention import selectors as retention
from apps.retention import services as destroying
from apps.retention.types import BucketState, PreserveRequest
from rtcc_gov.demo.plates import TOUR_PLATE
from rtcc_gov.tour.city import CATEGORY, OFFENCE, PURPOSE, City, policy_file
from rtcc_gov.tour.runner import Figures, require

TABLE, COLUMN = "records_plateread", "sealed"
FEWEST_DAYS = 2
RawRow = tuple[bytes, bytes]


def purge(city: City) -> Figures:
    now = clock.now()
    day = _find_oldest_day(now)
    window = Window.of_day(day)
    before = [row for row in _look(city, window) if not row.is_preserved]
    require(bool(before), f"the plate was not seen on {day}, the oldest day")
    kept_row = before[-1]
    kept = _preserve(city, kept_row, day, now)
    copy, partition = _copy_raw(day)
    day_keys = keys.get_keys(scope=_scope(day))
    require(_count_linked(copy, day_keys) > 0, "the copy could not be linked even with its key")

    with shorter_retention(city, days=(now.date() - day).days):
        planned = [plan for plan in destroying.plan_destruction(category=CATEGORY, now=clock.now()) if plan.day == day]
        require(len(planned) == 1, f"the dry run does not name {day}")
        certificate = destroying.destroy_bucket(
            category=CATEGORY,
            day=day,
            actor=city.people["privacy_officer"].reference,
            reason="Retention period over",
            now=clock.now(),
        )
        after = _look(city, window)

    require(all(row.is_preserved for row in after), "the look-up still finds reads of the destroyed day")
    require(kept_row.occurred_at in [row.occurred_at for row in after], "the preserved read is gone")
    readable, linked = _attack(copy)
    require((readable, linked) == (0, 0), f"of the copy {readable} rows were read and {linked} linked")
    verdict = destroying.check_certificate(certificate=certificate)
    require(verdict.is_good, verdict.problem)
    require(_is_gone(partition), "the partition is still there")
    return {
        "day": day.isoformat(),
        "planned_rows": planned[0].rows,
        "destroyed_rows": certificate.document["rows"]["destroyed"],
        "found_before": len(before),
        "found_after": sum(not row.is_preserved for row in after),
        "preserved": {"hold": kept, "case_number": city.case_number, "still_there": True},
        "raw_copy": {"rows": len(copy), "readable": readable, "linked": linked},
        "certificate": {"reference": certificate.reference, "verified": True, "entry": certificate.ledger_reference},
    }


@contextmanager
def shorter_retention(city: City, *, days: int) -> Iterator[None]:
    """Keep plate reads for `days` days while the block runs; two people put each version in force."""
    document = msgspec.json.decode(policy_file().read_bytes())
    for category in document["categories"]:
        if category["code"] == CATEGORY:
            category["retention_days"] = days
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.json"
        path.write_bytes(msgspec.json.encode(document))
        _activate(city, path)
    try:
        yield
    finally:
        _activate(city, policy_file())


def _activate(city: City, path: Path) -> None:
    policy.activate_seeded_version(
        path=path, actor=city.people["privacy_officer"], approved_by=city.people["supervisor"], now=clock.now()
    )


def _find_oldest_day(now: datetime) -> date:
    live = {scope.label for scope in key_selectors.list_live_scopes(category=CATEGORY)}
    days = [
        plan.day
        for plan in retention.list_buckets(category=CATEGORY, now=now)
        if plan.state is BucketState.OPEN and plan.day < now.date() and plan.day.isoformat() in live
    ]
    require(
        len(days) >= FEWEST_DAYS,
        f"The demo city has {len(days)} whole days left and each tour destroys one. "
        f"To start afresh, stop everything and remove {settings.RTCC_VAR_DIR}.",
    )
    return min(days)


def _scope(day: date) -> KeyScope:
    return KeyScope(category=CATEGORY, label=day.isoformat())


def _look(city: City, window: Window) -> list[PlateRow]:
    return lookups.find_plate(request=city.request(window=window)).rows


def _preserve(city: City, row: PlateRow, day: date, now: datetime) -> str:
    """Keep one read of the day for the case, approved by a second person."""
    request = PreserveRequest(
        actor=city.people["analyst"],
        approver=city.people["supervisor"],
        category=CATEGORY,
        read_ids=((day, int(row.read_id.split("/")[1])),),
        case_number=city.case_number,
        purpose=PURPOSE,
        offence=OFFENCE,
        reason="This read places the car of the robbery at the scene and is evidence in the case",
        hold_ends_at=now + timedelta(days=180),
    )
    return destroying.preserve_reads(request=request, now=now).reference


def _copy_raw(day: date) -> tuple[list[RawRow], str]:
    """What a backup holds of the day: its rows, as a superuser of the database sees them."""
    partition = retention.get_partition_name(category=CATEGORY, day=day)
    with _superuser() as connection:
        rows = connection.execute(f"SELECT plate_token, {COLUMN} FROM {partition}").fetchall()  # type: ignore[arg-type]
    return [(bytes(token), bytes(sealed)) for token, sealed in rows], partition


def _is_gone(partition: str) -> bool:
    with _superuser() as connection:
        row = connection.execute("SELECT to_regclass(%s)", [partition]).fetchone()
    return row == (None,)


def _superuser() -> psycopg.Connection[tuple[object, ...]]:
    require(bool(settings.RTCC_DATABASE_ADMIN_URL), "The tour needs RTCC_DATABASE_ADMIN_URL to play the intruder.")
    return psycopg.connect(
        make_conninfo(settings.RTCC_DATABASE_ADMIN_URL, dbname=settings.DATABASES["default"]["NAME"]), autocommit=True
    )


def _count_linked(copy: list[RawRow], scope_keys: ScopeKeys) -> int:
    token = keys.blind_index(keys=scope_keys, value=normalise_plate(TOUR_PLATE).encode())
    return sum(found == token for found, _ in copy)


def _attack(copy: list[RawRow]) -> tuple[int, int]:
    """Try every key that is left on the copy: how many rows can be read, how many linked to the plate."""
    readable = linked = 0
    for scope in key_selectors.list_live_scopes(category=CATEGORY):
        live = keys.get_keys(scope=scope)
        linked += _count_linked(copy, live)
        for _, sealed in copy[:500]:
            try:
                keys.decrypt(keys=live, table=TABLE, column=COLUMN, ciphertext=sealed)
            except DecryptionFailed:
                continue
            readable += 1
    return readable, linked
