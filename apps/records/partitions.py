"""Which days have a table, and how does one come and go? Only the owner's functions in the database do either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from apps.core.db import Role, acting_as
from apps.core.errors import ConflictFound
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.records.types import TABLES, Category, Partition

DAYS_AHEAD = 3


class DayDestroyed(ConflictFound):
    """The day's key and rows were destroyed; nothing of that day is stored again."""

    code = "DAY_DESTROYED"


def make_partitions(*, category: str, days: Sequence[date]) -> dict[date, str]:
    """The names of the days' tables, made where missing; a destroyed day is left out.

    Until the caller's transaction ends none of these days can be dropped.
    """
    with acting_as(Role.INGEST), connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.day, records_make_partition(%s, d.day) FROM unnest(%s::date[]) AS d(day)",
            [category, sorted(days)],
        )
        return {day: name for day, name in cursor.fetchall() if name is not None}


def make_partition(*, category: str, day: date) -> str:
    """The name of one day's table, made if it is missing.

    :raises DayDestroyed:
    """
    names = make_partitions(category=category, days=[day])
    if day not in names:
        raise DayDestroyed(f"{category} of {day} is destroyed.")
    return names[day]


def make_partitions_ahead(*, now: datetime) -> list[str]:
    """The tables of today and of the days to come, with their keys, so that no read waits for one at midnight."""
    today = now.astimezone(UTC).date()
    days = [today + timedelta(days=n) for n in range(DAYS_AHEAD + 1)]
    made = []
    for category in Category:
        for day, name in make_partitions(category=category.value, days=days).items():
            keys.get_or_create_keys(scope=KeyScope(category=category.value, label=day.isoformat()))
            made.append(name)
    return made


def list_partitions(*, category: str) -> list[Partition]:
    """The days that have a table, oldest first; none for a category that is not kept here."""
    if category not in TABLES:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname",
            [f"public.{TABLES[Category(category)]}"],
        )
        names = [row[0] for row in cursor.fetchall()]
    return [Partition(category=Category(category), day=date.fromisoformat(name[-8:]), name=name) for name in names]


def drop_partition(*, category: str, day: date) -> bool:
    """Drop a day's table, whose key must be destroyed, and say whether there was one.

    Waits for the writers of that day. The caller acts as `rtcc_purge`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT records_drop_partition(%s, %s)", [category, day])
        return bool(cursor.fetchone()[0])
