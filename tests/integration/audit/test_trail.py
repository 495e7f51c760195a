"""An auditor finds who looked and why; that they did is in the log; and nothing is shown when it cannot be."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from apps.access import services as access
from apps.access.models import Query
from apps.access.services import QueryRefused
from apps.access.types import Answer
from apps.accounts.services import PermissionMissing
from apps.audit import conf, services
from apps.audit.types import TrailFilters
from apps.core import clock
from apps.core.types import Window
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.ledger import selectors as log
from apps.ledger import services as ledger
from apps.ledger.selectors import EntryMissing
from apps.ledger.services import LedgerUnavailable
from tests.factories.access import CASE_NUMBER, REASON, Found, make_case, make_request
from tests.factories.accounts import make_demo_actor
from tests.factories.policy import put_dc_policy_in_force


def refuse(**changes: object) -> str:
    with pytest.raises(QueryRefused) as refused:
        access.run_query(request=make_request(**changes), search=lambda grant: Found([]))
    return refused.value.query_reference


def find(**filters: object) -> list[str]:
    trail = services.find_trail(actor=make_demo_actor("AUDITOR"), filters=TrailFilters(**filters))  # type: ignore[arg-type]
    return [row.reference for row in trail.rows]


def test_the_trail_says_who_why_and_under_what(lookup: Answer) -> None:
    auditor, analyst = make_demo_actor("AUDITOR"), make_demo_actor("ANALYST")
    trail = services.find_trail(actor=auditor, filters=TrailFilters(case_number=f" {CASE_NUMBER} "))

    assert len(trail.rows) == 1
    row = trail.rows[0]
    assert (row.actor, row.actor_name, row.reason) == (analyst.reference, analyst.display_name, REASON)
    assert (row.outcome, row.row_count, row.is_unanswered, row.is_own) == ("PERMITTED", 3, False, False)
    assert (row.policy_version, row.rule_ids) == (1, lookup.decision.rule_ids)
    assert row.answered_entry == lookup.receipt.reference

    read = log.get_entry(reference=trail.receipt_reference)
    assert (read.event, read.actor) == ("TRAIL_READ", auditor.reference)
    assert read.details["case_number"] == CASE_NUMBER
    assert (read.details["rows"], read.details["own"]) == (1, 0)


def test_filters_narrow_it(lookup: Answer) -> None:
    refusal = refuse(reason="inv")
    other = refuse(purpose="PERSONAL", case_number="26099999")
    now = clock.now()

    assert find() == [other, refusal, lookup.query_reference]
    assert find(case_number=CASE_NUMBER) == [refusal, lookup.query_reference]
    assert find(case_number="26099999") == [other]
    assert find(case_number=CASE_NUMBER[1:]) == []
    assert find(outcome="REFUSED") == [other, refusal]
    assert find(purpose="PERSONAL") == [other]
    assert find(person=make_demo_actor("SUPERVISOR").reference) == []
    assert find(person=make_demo_actor("ANALYST").reference, outcome="PERMITTED") == [lookup.query_reference]
    assert find(window=Window(start=now - timedelta(days=9), end=now - timedelta(days=8))) == []
    assert len(find(window=Window(start=now - timedelta(hours=1), end=now + timedelta(hours=1)))) == 3


def test_pages_go_on_where_the_last_ended(policy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "PAGE_ROWS", 2)
    monkeypatch.setattr(conf, "SCAN_ROWS", 2)
    references = [refuse(reason="inv") for _ in range(5)]
    auditor = make_demo_actor("AUDITOR")
    for filters in (TrailFilters(), TrailFilters(outcome="REFUSED")):
        found, cursor = [], ""
        for expected in (2, 2, 1):
            trail = services.find_trail(actor=auditor, filters=filters, cursor=cursor)
            assert len(trail.rows) == expected
            found += [row.reference for row in trail.rows]
            cursor = trail.next_cursor
        assert cursor == ""
        assert found == references[::-1]
    monkeypatch.setattr(conf, "MOST_SCANNED", 4)
    stopped = services.find_trail(actor=auditor, filters=TrailFilters(outcome="PERMITTED"))
    assert stopped.rows == []
    assert stopped.next_cursor


def test_a_permission_is_needed_and_its_refusal_is_recorded(lookup: Answer) -> None:
    for role in ("ANALYST", "SUPERVISOR", "COUNCIL", "ADMINISTRATOR"):
        with pytest.raises(PermissionMissing):
            services.find_trail(actor=make_demo_actor(role), filters=TrailFilters())
    assert log.count_by_event(events=["TRAIL_READ", "PERMISSION_REFUSED"]) == {"PERMISSION_REFUSED": 4}


def test_what_is_typed_into_a_filter_stays_out_of_the_log(lookup: Answer) -> None:
    trail = services.find_trail(
        actor=make_demo_actor("AUDITOR"),
        filters=TrailFilters(case_number="GX7Q41", person="Jane Roe", purpose="spite", outcome="?"),
    )
    details = log.get_entry(reference=trail.receipt_reference).details
    assert {details[name] for name in ("case_number", "person", "purpose", "outcome")} == {"UNKNOWN"}


def test_own_accesses_are_marked(policy: None) -> None:
    # A privacy officer reads the trail, and their refused attempt at a look-up stands in it.
    officer = make_demo_actor("PRIVACY_OFFICER")
    refuse(actor=officer)
    trail = services.find_trail(actor=officer, filters=TrailFilters())
    assert [row.is_own for row in trail.rows] == [True]
    assert log.get_entry(reference=trail.receipt_reference).details["own"] == 1


def test_a_decision_without_an_outcome_shows(policy: None) -> None:
    def fail(grant: object) -> Found:
        raise LookupError

    with pytest.raises(LookupError):
        access.run_query(request=make_request(), search=fail)
    trail = services.find_trail(actor=make_demo_actor("AUDITOR"), filters=TrailFilters())
    assert [(row.is_unanswered, row.row_count) for row in trail.rows] == [(True, None)]


def test_the_trail_is_the_logs_whatever_becomes_of_the_rows(lookup: Answer) -> None:
    other = access.run_query(request=make_request(), search=lambda grant: Found([]))
    Query.objects.filter(reference=lookup.query_reference).update(
        actor="P-9999", outcome="PERMITTED", row_count=0, answered_entry=other.receipt.reference
    )
    row = services.find_trail(actor=make_demo_actor("AUDITOR"), filters=TrailFilters()).rows[1]
    assert (row.actor, row.row_count, row.is_unanswered) == (make_demo_actor("ANALYST").reference, None, True)

    Query.objects.all().delete()
    rows = services.find_trail(actor=make_demo_actor("AUDITOR"), filters=TrailFilters()).rows
    assert [row.reference for row in rows] == [other.query_reference, lookup.query_reference]
    assert {row.reason for row in rows} == {None}


def test_nothing_is_shown_while_the_log_refuses_entries(committed_db: None, database_admin_url: str) -> None:
    put_dc_policy_in_force(now=clock.now())
    make_case()
    answer = access.run_query(request=make_request(), search=lambda grant: Found([]))
    auditor = make_demo_actor("AUDITOR")
    with psycopg.connect(database_admin_url, autocommit=True) as admin:
        admin.execute(
            "CREATE FUNCTION break_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$"
        )
        admin.execute("CREATE TRIGGER break_log BEFORE INSERT ON ledger_entry EXECUTE FUNCTION break_log()")
        try:
            with pytest.raises(LedgerUnavailable):
                services.find_trail(actor=auditor, filters=TrailFilters())
            with pytest.raises(LedgerUnavailable):
                services.open_entry(actor=auditor, reference=answer.receipt.reference)
        finally:
            admin.execute("DROP TRIGGER break_log ON ledger_entry")
            admin.execute("DROP FUNCTION break_log()")
    assert len(services.find_trail(actor=auditor, filters=TrailFilters()).rows) == 1


def test_an_entry_shows_its_proof_verified_now(lookup: Answer) -> None:
    auditor = make_demo_actor("AUDITOR")
    decided = services.find_trail(actor=auditor, filters=TrailFilters()).rows[0].entry
    unsealed = services.open_entry(actor=auditor, reference=decided)
    assert (unsealed.proof, unsealed.index) == (None, None)

    ledger.seal_pending()
    page = services.open_entry(actor=auditor, reference=decided)
    assert page.proof is not None
    assert page.proof.is_verified
    assert page.proof.index == page.index
    assert page.is_committed is True
    assert page.leaf_hash == log.get_entry(reference=decided).leaf_hash.hex()
    assert ("QUERY_ANSWERED" in [event for _, event in page.related]) is True
    assert "PERMITTED" in page.sentence
    assert [entry.event for entry in log.list_entries(subject=decided).rows] == ["ENTRY_READ", "ENTRY_READ"]

    answered = services.open_entry(actor=auditor, reference=lookup.receipt.reference)
    assert answered.is_committed is None
    assert answered.sentence.startswith("3 rows")


def test_an_entry_of_an_altered_or_lost_row_says_so(lookup: Answer) -> None:
    auditor = make_demo_actor("AUDITOR")
    decided = services.find_trail(actor=auditor, filters=TrailFilters()).rows[0].entry
    other = access.run_query(
        request=make_request(reason="Owner saw it at Rhode Island Avenue"), search=lambda g: Found([])
    )
    facts = Query.objects.get(reference=other.query_reference).sealed_facts
    query = Query.objects.filter(reference=lookup.query_reference)
    query.update(sealed_facts=facts)
    assert services.open_entry(actor=auditor, reference=decided).is_committed is False
    day = query.get().sealed_day.isoformat()
    keys.destroy_key(scope=KeyScope(category="ACCESS_REQUEST", label=day), actor="system:test", now=clock.now())
    assert services.open_entry(actor=auditor, reference=decided).is_committed is None
    query.delete()
    assert services.open_entry(actor=auditor, reference=decided).is_committed is None


def test_people_open_their_own_entries_and_no_others(lookup: Answer) -> None:
    analyst = make_demo_actor("ANALYST")
    before = log.count_by_event()
    assert services.open_entry(actor=analyst, reference=lookup.receipt.reference).actor == analyst.reference
    assert log.count_by_event() == before
    with pytest.raises(EntryMissing):
        services.open_entry(actor=make_demo_actor("SUPERVISOR"), reference=lookup.receipt.reference)
    with pytest.raises(EntryMissing):
        services.open_entry(actor=analyst, reference="00000000-0000-0000-0000-000000000000")
