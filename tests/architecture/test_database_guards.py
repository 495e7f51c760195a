"""In the live database: triggers, policies, privileges and functions are as the design says, partitions included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from apps.core.db import LOGIN_GROUPS, Role

pytestmark = pytest.mark.django_db

GOVERNED = {"records_plateread", "records_callforservice", "records_preservedread"}
APPEND_ONLY = {
    "keys_keystore",
    "ledger_checkpoint",
    "ledger_entry",
    "ledger_leaf",
    "ledger_tile",
    "ordinance_accessreport",
    "policy_decisionrecord",
    "retention_certificate",
    "retention_dailyaggregate",
}

# What each group besides rtcc_app may do to tables. Whoever adds a line says in the migration why.
PRIVILEGES = {
    "rtcc_reader": {(table, "SELECT") for table in (*GOVERNED, "keys_keystore")},
    "rtcc_ingest": {
        *((table, "INSERT") for table in GOVERNED),
        ("keys_keystore", "SELECT"),
        ("keys_keystore", "INSERT"),
        ("ledger_entry", "INSERT"),
    },
}


def rows(sql: str, *params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@pytest.fixture
def a_partition() -> str:
    from apps.records import partitions

    partitions.make_partition(category="PLATE_READ", day=datetime.now(UTC).date())
    return rows("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'records_plateread'::regclass")[0][
        0
    ]


def test_row_level_security_is_forced_on_governed_tables_and_their_partitions(a_partition: str) -> None:
    tables = rows(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relkind IN ('r', 'p') AND "
        "(relname = ANY(%s) OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent::regclass::text = ANY(%s)))",
        list(GOVERNED),
        list(GOVERNED),
    )
    assert {name for name, _, _ in tables} >= GOVERNED | {a_partition}
    assert [name for name, enabled, forced in tables if not (enabled and forced)] == []


def test_a_reading_policy_always_asks_for_a_grant() -> None:
    policies = rows(
        "SELECT tablename, policyname, qual FROM pg_policies "
        "WHERE tablename LIKE 'records_%%' AND cmd IN ('SELECT', 'ALL') AND NOT roles = '{rtcc_purge}'"
    )
    assert {table for table, _, _ in policies} >= GOVERNED
    asks = {"records_preservedread": "records_live_case"}
    assert [name for table, name, qual in policies if asks.get(table, "access_live_window") not in (qual or "")] == []


def test_the_purge_role_sees_of_kept_reads_only_which_hold_they_are_of() -> None:
    columns = rows(
        "SELECT a.attname FROM pg_attribute a, aclexplode(a.attacl) x WHERE x.grantee = 'rtcc_purge'::regrole "
        "AND x.privilege_type = 'SELECT' AND a.attrelid = 'records_preservedread'::regclass"
    )
    assert columns == [("hold_reference",)]


def test_no_login_or_group_can_step_over_row_level_security() -> None:
    names = [role.value for role in Role] + list(LOGIN_GROUPS)
    found = rows("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls)", names)
    assert found == []


def test_logins_inherit_nothing() -> None:
    assert rows("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND rolinherit", list(LOGIN_GROUPS)) == []


def test_append_only_tables_refuse_changes_by_trigger() -> None:
    found = rows(
        "SELECT c.relname, t.tgtype FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'core_refuse_change' AND t.tgenabled = 'O'"
    )
    update, delete, truncate = 16, 8, 32
    kinds: dict[str, int] = {}
    for table, kind in found:
        kinds[table] = kinds.get(table, 0) | kind
    assert {
        table for table, kind in kinds.items() if kind & update and kind & delete and kind & truncate
    } == APPEND_ONLY


@pytest.mark.parametrize("role", PRIVILEGES)
def test_a_group_holds_what_is_listed_and_no_more(role: str) -> None:
    held = rows(
        "SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND c.relname NOT LIKE 'guarded%%' AND a.grantee = %s::regrole",
        role,
    )
    assert set(held) == PRIVILEGES[role]


def test_privileged_functions_are_the_owners_with_a_fixed_path_and_not_for_everybody() -> None:
    found = rows(
        "SELECT p.proname, pg_get_userbyid(p.proowner), coalesce(p.proconfig::text, ''), "
        "EXISTS (SELECT 1 FROM aclexplode(p.proacl) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE') "
        "OR p.proacl IS NULL FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef"
    )
    assert found
    assert [name for name, owner, _, _ in found if owner != "rtcc_owner"] == []
    assert [name for name, _, config, _ in found if "search_path=pg_catalog" not in config] == []
    assert [name for name, _, _, for_everybody in found if for_everybody] == []


def test_the_grants_table_is_closed_to_everybody() -> None:
    held = rows(
        "SELECT a.grantee::regrole::text FROM pg_class c, aclexplode(c.relacl) a WHERE c.relname = 'access_grant' "
        "AND a.grantee::regrole::text <> 'rtcc_owner'"
    )
    assert held == []
