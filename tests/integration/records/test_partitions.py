"""A day's table comes guarded, goes only when its key is gone, and never comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.db import Role, acting_as
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.records import partitions
from apps.records.partitions import DayDestroyed
from apps.records.types import TABLES, Category

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
DAY = NOW.date() - timedelta(days=3)


def scope(day: date, category: Category = Category.PLATE_READ) -> KeyScope:
    return KeyScope(category=category.value, label=day.isoformat())


def destroy_key(day: date) -> None:
    keys.get_or_create_keys(scope=scope(day))
    keys.destroy_key(scope=scope(day), actor="system:test", now=NOW)


@pytest.mark.parametrize("category", list(Category))
def test_a_day_gets_its_table_once(category: Category) -> None:
    name = partitions.make_partition(category=category, day=DAY)
    assert name == f"{TABLES[category]}_{DAY:%Y%m%d}"
    assert partitions.make_partition(category=category, day=DAY) == name
    assert [part.day for part in partitions.list_partitions(category=category)] == [DAY]


@pytest.mark.parametrize("category", list(Category))
def test_a_new_table_is_guarded_before_it_holds_a_row(category: Category) -> None:
    name = partitions.make_partition(category=category, day=DAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", [name])
        assert cursor.fetchone() == (True, True)
        cursor.execute("SELECT policyname, cmd FROM pg_policies WHERE tablename = %s ORDER BY 1", [name])
        assert cursor.fetchall() == [("access_read", "SELECT"), ("access_write", "INSERT")]
        privileges = {}
        for role in Role:
            for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
                cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [role.value, name, privilege])
                if cursor.fetchone()[0]:
                    privileges.setdefault(role, []).append(privilege)
    assert privileges.pop(Role.OWNER)
    assert privileges == {Role.READER: ["SELECT"]}


def test_days_ahead_have_their_tables_and_keys() -> None:
    partitions.make_partitions_ahead(now=NOW)
    ahead = [NOW.date() + timedelta(days=n) for n in range(4)]
    for category in Category:
        assert [part.day for part in partitions.list_partitions(category=category)] == ahead
        for day in ahead:
            assert keys.get_keys(scope=scope(day, category))


def test_a_destroyed_day_gets_no_table_again() -> None:
    destroy_key(DAY)
    with pytest.raises(DayDestroyed):
        partitions.make_partition(category=Category.PLATE_READ, day=DAY)
    assert partitions.list_partitions(category=Category.PLATE_READ) == []


def test_a_destroyed_day_does_not_hold_up_the_others() -> None:
    destroy_key(DAY)
    other = DAY + timedelta(days=1)
    assert list(partitions.make_partitions(category="PLATE_READ", days=[DAY, other])) == [other]


def test_a_table_goes_only_once_its_key_is_destroyed() -> None:
    partitions.make_partition(category="PLATE_READ", day=DAY)
    with pytest.raises(DatabaseError, match="is not destroyed"), transaction.atomic(), acting_as(Role.PURGE):
        partitions.drop_partition(category="PLATE_READ", day=DAY)
    assert partitions.list_partitions(category="PLATE_READ")
    destroy_key(DAY)
    with acting_as(Role.PURGE):
        assert partitions.drop_partition(category="PLATE_READ", day=DAY) is True
        assert partitions.drop_partition(category="PLATE_READ", day=DAY) is False
    assert partitions.list_partitions(category="PLATE_READ") == []


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.PURGE, Role.OWNER}])
def test_nobody_but_the_purge_role_may_drop(role: Role) -> None:
    destroy_key(DAY)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), acting_as(role):
        partitions.drop_partition(category="PLATE_READ", day=DAY)


@pytest.mark.parametrize("role", [Role.APP, Role.READER, Role.PURGE, Role.AUDITOR])
def test_nobody_but_the_ingest_role_may_make(role: Role) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        acting_as(role),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT records_make_partition('PLATE_READ', %s)", [DAY])


@pytest.mark.parametrize(
    ("category", "day"),
    [
        ("auth_user", DAY),
        ("PLATE_READ; DROP TABLE x", DAY),
        ("PLATE_READ", date(1970, 1, 1)),
        ("PLATE_READ", NOW.date() + timedelta(days=60)),
        ("PLATE_READ", None),
    ],
)
def test_the_makers_function_believes_no_argument(category: str, day: date | None) -> None:
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        acting_as(Role.INGEST),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT records_make_partition(%s, %s)", [category, day])


def test_a_category_that_is_not_kept_here_has_no_tables() -> None:
    assert partitions.list_partitions(category="ACCESS_REQUEST") == []
