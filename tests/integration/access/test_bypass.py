"""Every way round `run_query` ends in no rows or in an error of the database."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg.conninfo import make_conninfo

from apps.access import services
from apps.access.grants import live_grant
from apps.access.models import Query
from apps.core import clock
from apps.core.db import Role, acting_as
from apps.core.types import Window
from apps.ledger import services as ledger
from tests.factories.access import Found, make_request
from tests.integration.access.conftest import execute

WORDS = "SELECT word FROM guarded ORDER BY word"
OPEN = "SELECT access_open_grant(%s, %s, %s, %s, %s, %s)"


@pytest.fixture
def rows(policy: None, guarded_table: None) -> None:
    """Rows of now, of two days ago, and of long ago, written as the write door writes."""
    write()


def write() -> int:
    now = clock.now()
    with acting_as(Role.INGEST), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE incoming (occurred_at timestamptz, word text) ON COMMIT DROP")
        cursor.executemany(
            "INSERT INTO incoming VALUES (%s, %s)",
            [
                (now - timedelta(minutes=5), "now"),
                (now - timedelta(days=2), "before"),
                (now - timedelta(days=20), "earlier"),
                (now - timedelta(days=200), "expired"),
            ],
        )
        cursor.execute("INSERT INTO guarded SELECT * FROM incoming ON CONFLICT DO NOTHING")
        written = cursor.rowcount
        cursor.execute("DROP TABLE incoming")
    return written


def read(statement: str = WORDS) -> list[str]:
    return [row[0] for row in execute(statement)]


def refused(statement: str, *parameters: object, role: Role = Role.APP) -> bool:
    with pytest.raises(ProgrammingError) as error, acting_as(role):
        execute(statement, *parameters)
    return isinstance(error.value.__cause__, psycopg.errors.InsufficientPrivilege)


def make_permitted_query(*, days: int = 3) -> Query:
    """A query that was permitted and never answered, as a search that failed leaves it."""

    def fail(grant: object) -> Found:
        raise LookupError

    now = clock.now()
    with pytest.raises(LookupError):
        services.run_query(request=make_request(window=Window(start=now - timedelta(days=days), end=now)), search=fail)
    return Query.objects.latest("id")


def open_grant(query: Query, token: bytes, *, seconds: float = 60.0, category: str = "PLATE_READ") -> None:
    digest = hashlib.sha256(token).digest()
    execute(OPEN, digest, query.reference, category, query.window_start, query.window_end, seconds)


def activate(token: bytes) -> None:
    execute("SELECT access_activate_grant(%s)", token)


def test_inside_a_grant_only_its_window_is_seen(rows: None) -> None:
    answer = services.run_query(request=make_request(), search=lambda grant: Found(read()))
    assert answer.result.rows == ["before", "now"]
    with acting_as(Role.READER):
        assert read() == []


def test_the_write_door_writes_once_and_reads_nothing(rows: None) -> None:
    assert write() == 0
    assert refused(WORDS, role=Role.INGEST)
    assert refused("UPDATE guarded SET word = 'x'", role=Role.INGEST)
    assert refused("DELETE FROM guarded", role=Role.INGEST)
    assert refused("INSERT INTO guarded VALUES (now(), 'returned') RETURNING word", role=Role.INGEST)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.READER, Role.OWNER)])
def test_no_other_role_may_read(rows: None, role: Role) -> None:
    assert refused(WORDS, role=role)


def test_the_reader_without_a_grant_sees_nothing(rows: None) -> None:
    with acting_as(Role.READER):
        assert read() == []
        assert execute("SELECT access_live_window('PLATE_READ')") == [(None,)]
    for change in ("INSERT INTO guarded VALUES (now(), 'x')", "UPDATE guarded SET word = 'x'", "DELETE FROM guarded"):
        assert refused(change, role=Role.READER)


def test_a_grant_of_one_category_opens_no_other(rows: None) -> None:
    with acting_as(Role.READER):
        pass
    query = make_permitted_query()
    with live_grant(
        query=query.reference, category="PLATE_READ", starts_at=query.window_start, ends_at=query.window_end
    ):
        assert read() == ["before", "now"]
        assert execute("SELECT access_live_window('CALL_FOR_SERVICE')") == [(None,)]
        assert read("SELECT word FROM guarded_calls") == []
    assert refused(OPEN, b"0" * 32, query.reference, "CALL_FOR_SERVICE", query.window_start, query.window_end, 60.0)


def test_no_grant_without_a_permitted_and_recorded_query(rows: None) -> None:
    now = clock.now()
    assert refused(OPEN, b"0" * 32, uuid.uuid4(), "PLATE_READ", now - timedelta(days=1), now, 60.0)

    with pytest.raises(services.QueryRefused) as refusal:
        services.run_query(request=make_request(reason="inv"), search=lambda grant: Found([]))
    query = Query.objects.get(reference=refusal.value.query_reference)
    assert refused(OPEN, b"0" * 32, query.reference, "PLATE_READ", query.window_start, query.window_end, 60.0)

    # A row that claims to be permitted, with somebody else's entry behind it.
    Query.objects.filter(pk=query.pk).update(outcome="PERMITTED", decided_entry=make_permitted_query().decided_entry)
    assert refused(OPEN, b"0" * 32, query.reference, "PLATE_READ", query.window_start, query.window_end, 60.0)


def test_an_answered_query_opens_no_second_grant(rows: None) -> None:
    answer = services.run_query(request=make_request(), search=lambda grant: Found(read()))
    query = Query.objects.get(reference=answer.query_reference)
    assert refused(OPEN, b"0" * 32, query.reference, "PLATE_READ", query.window_start, query.window_end, 60.0)


def test_a_grant_reaches_no_further_than_its_query(rows: None) -> None:
    query = make_permitted_query()
    day = timedelta(days=1)
    for start, end in (
        (query.window_start - day, query.window_end),
        (query.window_start, query.window_end + day),
    ):
        assert refused(OPEN, b"0" * 32, query.reference, "PLATE_READ", start, end, 60.0)


def test_a_token_works_once(rows: None) -> None:
    token = secrets.token_bytes(32)
    open_grant(make_permitted_query(), token)
    with acting_as(Role.READER):
        activate(token)
        assert read() == ["before", "now"]
    assert refused("SELECT access_activate_grant(%s)", token, role=Role.READER)


def test_a_token_that_is_over_does_not_work(rows: None) -> None:
    token = secrets.token_bytes(32)
    open_grant(make_permitted_query(), token, seconds=0.0)
    assert refused("SELECT access_activate_grant(%s)", token, role=Role.READER)


def test_a_guessed_token_and_a_known_hash_do_not_work(rows: None) -> None:
    token = secrets.token_bytes(32)
    open_grant(make_permitted_query(), token)
    assert refused("SELECT access_activate_grant(%s)", secrets.token_bytes(32), role=Role.READER)
    assert refused("SELECT access_activate_grant(%s)", hashlib.sha256(token).digest(), role=Role.READER)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_nobody_reads_or_writes_the_grants(rows: None, role: Role) -> None:
    for statement in (
        "SELECT * FROM access_grant",
        "UPDATE access_grant SET bound_backend = pg_backend_pid()",
        "DELETE FROM access_grant",
        "INSERT INTO access_grant SELECT * FROM access_grant",
    ):
        assert refused(statement, role=role)


def test_roles_may_call_only_their_own_functions(rows: None) -> None:
    assert refused("SELECT access_activate_grant('x')")
    assert refused("SELECT access_live_window('PLATE_READ')")
    assert refused(OPEN, b"0" * 32, uuid.uuid4(), "PLATE_READ", clock.now(), clock.now(), 1.0, role=Role.READER)
    for role in (Role.APP, Role.READER, Role.INGEST):
        assert refused("SELECT access_protect_table('guarded', 'OTHER', 'occurred_at')", role=role)


def test_settings_of_the_session_open_nothing(rows: None) -> None:
    with acting_as(Role.READER):
        for name in ("rtcc.grant", "access.live_window", "app.current_grant"):
            execute("SELECT set_config(%s, 'PLATE_READ', true)", name)
        assert read() == []
        execute("SET LOCAL search_path = pg_temp, public")
        execute("CREATE TEMP TABLE access_grant AS SELECT 'PLATE_READ' AS category")
        assert read() == []


def test_row_security_cannot_be_switched_off(rows: None) -> None:
    with transaction.atomic():
        execute("SET LOCAL row_security = off")
        assert refused(WORDS, role=Role.READER)


def test_what_is_past_its_retention_is_out_of_sight_at_once(rows: None) -> None:
    query = make_permitted_query(days=6)
    live_start = services.rules.get_live_start(
        window=Window(start=query.window_start, end=query.window_end), retention_days=1, now=clock.now()
    )
    with live_grant(query=query.reference, category="PLATE_READ", starts_at=live_start, ends_at=query.window_end):
        assert read() == ["now"]


def test_a_window_that_is_over_opens_an_empty_grant(rows: None) -> None:
    query = make_permitted_query()
    with live_grant(query=query.reference, category="PLATE_READ", starts_at=query.window_end, ends_at=query.window_end):
        assert read() == []


def test_another_transaction_gets_nothing_from_a_stolen_token(
    committed_policy: None, guarded_table: None, database_admin_url: str
) -> None:
    with transaction.atomic():
        write()
    token = secrets.token_bytes(32)
    query = make_permitted_query()
    web = make_conninfo(database_admin_url, user="rtcc_operator")
    with transaction.atomic():
        open_grant(query, token)
    with psycopg.connect(web) as thief, transaction.atomic(), acting_as(Role.READER):
        activate(token)
        assert read() == ["before", "now"]
        thief.execute("SET ROLE rtcc_reader")
        assert thief.execute(WORDS).fetchall() == []
        thief.execute("SET lock_timeout = '300ms'")
        with pytest.raises(psycopg.Error):
            thief.execute("SELECT access_activate_grant(%s)", [token])
    # After the commit it is over for its owner too.
    with transaction.atomic(), acting_as(Role.READER):
        assert read() == []
    with psycopg.connect(web) as thief:
        thief.execute("SET ROLE rtcc_reader")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            thief.execute("SELECT access_activate_grant(%s)", [token])


def test_what_a_killed_process_left_goes_with_the_next_grant(committed_policy: None, database_admin_url: str) -> None:
    query = make_permitted_query()
    count = "SELECT count(*) FROM access_grant"
    with psycopg.connect(database_admin_url, autocommit=True) as admin:
        admin.execute("TRUNCATE access_grant")
        admin.execute(
            "INSERT INTO access_grant VALUES (%s, %s, 'PLATE_READ', now(), now(), now() - interval '2 hours')",
            [secrets.token_bytes(32), uuid.uuid4()],
        )
        open_grant(query, secrets.token_bytes(32))
        assert admin.execute(count).fetchall() == [(1,)]


def test_a_ledger_entry_alone_opens_nothing(rows: None) -> None:
    receipt = ledger.append(
        event=services.events.QUERY_DECIDED, actor="P-0001", subject="x", details={"outcome": "PERMITTED"}
    )
    assert refused(OPEN, b"0" * 32, receipt.reference, "PLATE_READ", clock.now(), clock.now(), 60.0)


def test_a_transaction_that_wrote_anything_before_opens_no_grant(committed_policy: None, guarded_table: None) -> None:
    """What it wrote could be the query itself, to be rolled back after the reading."""
    query = make_permitted_query()
    values = (b"0" * 32, query.reference, "PLATE_READ", query.window_start, query.window_end, 60.0)
    with transaction.atomic():
        write()
        assert refused(OPEN, *values)
    with transaction.atomic():
        execute(OPEN, *values)


def test_only_a_superuser_can_say_that_grants_need_no_commit(rows: None) -> None:
    body = "RETURNS boolean LANGUAGE sql AS 'SELECT false'"
    for role in (role for role in Role if role is not Role.OWNER):
        assert refused(f"CREATE OR REPLACE FUNCTION public.access_needs_commit() {body}", role=role)
