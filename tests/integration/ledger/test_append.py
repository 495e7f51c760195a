"""An entry stands if and only if what it records does, and nobody changes it afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.db import Role, acting_as
from apps.core.types import Window
from apps.ledger import selectors, services
from apps.ledger.services import EntryRefused, LedgerUnavailable
from apps.ledger.types import NewEntry
from tests.integration.ledger.conftest import TESTED

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def append(**values):  # type: ignore[no-untyped-def]
    return services.append(**{"event": TESTED, "actor": "P-0001", "subject": "T-1", "details": {}} | values)


def test_an_entry_says_who_what_when_and_where() -> None:
    receipt = append(details={"case_number": "24-1", "rules": ["a"], "rows": 2}, agency="DCMPD0000")
    entry = selectors.get_entry(reference=receipt.reference)
    assert (entry.event, entry.actor, entry.subject, entry.agency) == ("LOG_TESTED", "P-0001", "T-1", "DCMPD0000")
    assert entry.process == "operator"
    assert entry.details == {"case_number": "24-1", "rules": ["a"], "rows": 2}
    assert (entry.reference, entry.leaf_hash, entry.id) == (receipt.reference, receipt.leaf_hash, receipt.entry_id)
    assert abs(datetime.now(UTC) - entry.recorded_at) < timedelta(minutes=1)
    assert entry.index is None


def test_a_moment_is_written_in_utc_to_the_microsecond() -> None:
    moment = datetime(2026, 11, 24, 7, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    entry = selectors.get_entry(reference=append(now=moment).reference)
    assert entry.content.recorded_at == "2026-11-24T12:00:00.123456Z"
    assert entry.recorded_at == moment


def test_an_entry_goes_with_the_transaction_that_wrote_it() -> None:
    with transaction.atomic():
        receipt = append()
        transaction.set_rollback(True)
    with pytest.raises(selectors.EntryMissing):
        selectors.get_entry(reference=receipt.reference)


def test_many_entries_keep_their_order() -> None:
    entries = [NewEntry(event=TESTED, actor="P-0001", subject=f"T-{n}") for n in range(300)]
    receipts = services.append_many(entries=entries)
    assert [receipt.entry_id for receipt in receipts] == sorted(receipt.entry_id for receipt in receipts)
    assert selectors.get_entry(reference=receipts[299].reference).subject == "T-299"
    assert services.append_many(entries=[]) == []


@pytest.mark.parametrize(
    "values", [{"actor": ""}, {"subject": ""}, {"subject": "John Doe"}, {"details": {"why": "a b"}}]
)
def test_an_entry_without_identity_or_with_text_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(EntryRefused):
        append(**values)
    assert selectors.count_pending() == 0


def test_a_ledger_that_fails_lets_nothing_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "INSERT", services.INSERT.replace("ledger_entry", "ledger_absent"))
    with pytest.raises(LedgerUnavailable):
        append()


@pytest.mark.parametrize("role", [Role.APP, Role.READER, Role.INGEST, Role.PURGE, Role.AUDITOR, Role.SEALER])
@pytest.mark.parametrize("table", ["entry", "leaf", "tile", "checkpoint", "pending"])
def test_no_role_rewrites_the_log(role: Role, table: str) -> None:
    column = {"entry": "event", "leaf": "hash", "tile": "root", "checkpoint": "note", "pending": "entry_id"}[table]
    statements = [f"UPDATE ledger_{table} SET {column} = {column}", f"TRUNCATE ledger_{table}"]
    if not (table == "pending" and role is Role.SEALER):
        statements.append(f"DELETE FROM ledger_{table}")
    for statement in statements:
        with pytest.raises(DatabaseError, match="permission denied"), acting_as(role), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("role", [Role.APP, Role.READER, Role.INGEST, Role.PURGE, Role.AUDITOR])
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_leaf (index, entry_id, hash) VALUES (0, 1, '')",
        "INSERT INTO ledger_tile (level, index, hashes, root) VALUES (0, 0, '', '')",
        "INSERT INTO ledger_checkpoint (size, root, sealed_at, note) VALUES (1, '', now(), '')",
        "INSERT INTO ledger_pending (entry_id) VALUES (1)",
        "DELETE FROM ledger_pending",
    ],
)
def test_only_the_sealer_seals(role: Role, statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(role), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_sealer_cannot_make_an_entry_vanish_from_the_queue() -> None:
    append()
    with (
        pytest.raises(DatabaseError, match="only once sealed"),
        acting_as(Role.SEALER),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM ledger_pending")
    assert selectors.count_pending() == 1


@pytest.mark.parametrize("role", [Role.APP, Role.READER, Role.INGEST, Role.PURGE])
def test_only_auditor_and_sealer_read_entries(role: Role) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(role), connection.cursor() as cursor:
        cursor.execute("SELECT canonical FROM ledger_entry")


@pytest.mark.parametrize("reference", ["", "nonsense", "0193583e-7a1c-7f00-8000-5a17c9f0b001"])
def test_an_entry_that_is_not_there_is_not_found(reference: str) -> None:
    for ask in (selectors.get_entry, selectors.get_inclusion):
        with pytest.raises(selectors.EntryMissing):
            ask(reference=reference)


def test_entries_are_found_by_what_they_record() -> None:
    for n in range(6):
        append(
            actor=f"P-000{n % 2}",
            subject=f"T-{n % 3}",
            agency=f"A-{n % 2}",
            details={"case_number": f"24-{n % 3}", "purpose": "X" if n % 2 else "Y"} if n else {},
            now=NOW + timedelta(minutes=n),
        )

    def minutes(**filters: object) -> list[int]:
        page = selectors.list_entries(**filters)  # type: ignore[arg-type]
        return [entry.recorded_at.minute for entry in page.rows]

    assert minutes() == [5, 4, 3, 2, 1, 0]
    assert minutes(actor="P-0001") == [5, 3, 1]
    assert minutes(subject="T-2", agency="A-0") == [2]
    assert minutes(case_number="24-0") == [3]
    assert minutes(events=["OTHER_TESTED"]) == []
    window = Window(start=NOW + timedelta(minutes=1), end=NOW + timedelta(minutes=3))
    assert minutes(window=window, events=["LOG_TESTED"]) == [2, 1]
    first = selectors.list_entries(size=4)
    assert [entry.recorded_at.minute for entry in first.rows] == [5, 4, 3, 2]
    assert minutes(cursor=first.next_cursor) == [1, 0]
    assert selectors.count_by_event(window=window) == {"LOG_TESTED": 2}
    everything = Window(start=NOW, end=NOW + timedelta(hours=1))
    by_purpose = selectors.count_by_detail(window=everything, event="LOG_TESTED", detail="purpose")
    assert by_purpose == {"": 1, "X": 3, "Y": 2}


def test_all_entries_of_a_window_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "READ_AT_ONCE", 3)
    references = [append(now=NOW + timedelta(minutes=n // 2)).reference for n in range(9)]
    assert [entry.reference for entry in selectors.iterate_entries()] == references
    window = Window(start=NOW + timedelta(minutes=1), end=NOW + timedelta(minutes=3))
    some = selectors.iterate_entries(window=window, events=["LOG_TESTED"])
    assert [entry.reference for entry in some] == references[2:6]


def test_entries_are_read_by_reference() -> None:
    references = [append().reference for _ in range(3)]
    absent = "0193583e-7a1c-7f00-8000-5a17c9f0b001"
    found = selectors.list_entries_by_reference(references=[*references[:2], absent])
    assert set(found) == set(references[:2])
