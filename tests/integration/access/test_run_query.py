"""The order in `run_query` is the requirement: decide, commit, grant, search, commit, show."""

from __future__ import annotations

import json
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.access import selectors, services
from apps.access.models import Query
from apps.access.services import QueryAnsweredTwice, QueryRefused, ReasonTooLong
from apps.core import clock
from apps.core.types import Window
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.ledger import selectors as log
from apps.ledger.services import LedgerUnavailable
from tests.factories.access import CASE_NUMBER, REASON, Found, make_case, make_request
from tests.factories.accounts import make_actor, make_demo_actor
from tests.integration.access.conftest import execute


def never(grant: object) -> Found:
    raise AssertionError("a search must not start")


def list_events(subject: str) -> list[str]:
    return [entry.event for entry in reversed(log.list_entries(subject=subject).rows)]


def test_a_permitted_search_runs_as_reader_and_is_on_record(policy: None) -> None:
    seen = []

    def search(grant: object) -> Found:
        seen.append(execute("SELECT current_user")[0][0])
        return Found([1, 2])

    answer = services.run_query(request=make_request(), search=search)

    assert seen == ["rtcc_reader"]
    assert execute("SELECT current_user") == [("rtcc_app",)]
    assert list_events(answer.query_reference) == ["QUERY_DECIDED", "QUERY_ANSWERED"]
    details = log.get_entry(reference=answer.receipt.reference).details
    assert details["row_count"] == 2
    assert details["digest"] == Found([1, 2]).digest.hex()
    assert details["case_number"] == CASE_NUMBER
    query = selectors.get_query(reference=answer.query_reference)
    assert (query.outcome, query.row_count, query.answered_entry) == ("PERMITTED", 2, answer.receipt.reference)
    assert query.rule_ids == answer.decision.rule_ids


def test_the_log_holds_codes_and_a_commitment_but_neither_plate_nor_reason(policy: None) -> None:
    answer = services.run_query(request=make_request(), search=lambda grant: Found([]))

    entries = log.list_entries(subject=answer.query_reference).rows
    text = b"".join(entry.canonical for entry in entries).decode()
    assert "GX7Q41" not in text
    assert "sedan" not in text
    row = Query.objects.get(reference=answer.query_reference)
    assert b"GX7Q41" not in bytes(row.sealed_facts)
    commitment = entries[-1].details["commitment"]
    assert selectors.agrees_with_log(reference=answer.query_reference, commitment=commitment) is True
    assert selectors.agrees_with_log(reference=answer.query_reference, commitment="0" * 64) is False


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"reason": ""}, ["REASON_MISSING"]),
        ({"reason": "investigation"}, ["REASON_VAGUE"]),
        ({"reason": "for ice detainer at the county"}, ["PURPOSE_PROHIBITED"]),
        ({"purpose": "PERSONAL"}, ["PURPOSE_PROHIBITED"]),
        ({"purpose": "because I say so"}, ["PURPOSE_UNKNOWN"]),
        ({"case_number": ""}, ["CASE_MISSING"]),
        ({"case_number": "99999999"}, ["CASE_UNKNOWN"]),
    ],
)
def test_a_refusal_is_recorded_with_its_codes_and_nothing_is_searched(
    policy: None, changes: dict[str, str], codes: list[str]
) -> None:
    with pytest.raises(QueryRefused) as refused:
        services.run_query(request=make_request(**changes), search=never)

    assert list(refused.value.decision.refusal_codes) == codes
    assert [ground.code for ground in refused.value.grounds] == codes
    entries = log.list_entries(subject=refused.value.query_reference).rows
    assert [entry.details["refusals"] for entry in entries] == [codes]
    assert entries[0].details["outcome"] == "REFUSED"
    assert selectors.get_query(reference=refused.value.query_reference).refusal_codes == tuple(codes)


def test_roles_and_training_are_the_policys_to_judge(policy: None) -> None:
    for actor, code in (("LAPSED_ANALYST", "TRAINING_EXPIRED"), ("AUDITOR", "ROLE_NOT_PERMITTED")):
        with pytest.raises(QueryRefused) as refused:
            services.run_query(request=make_request(actor=make_demo_actor(actor)), search=never)
        assert code in refused.value.decision.refusal_codes


def test_a_closed_case_justifies_nothing(policy: None) -> None:
    services.close_case(number=CASE_NUMBER, actor="P-0001")
    with pytest.raises(QueryRefused) as refused:
        services.run_query(request=make_request(), search=never)
    assert refused.value.decision.refusal_codes == ("CASE_CLOSED",)


def test_what_is_typed_in_place_of_a_code_or_number_stays_out_of_the_log(policy: None) -> None:
    request = make_request(case_number="gx7 q41", purpose="look for GX7Q41", offence="GX7Q41")
    with pytest.raises(QueryRefused) as refused:
        services.run_query(request=request, search=never)
    details = log.list_entries(subject=refused.value.query_reference).rows[0].details
    assert (details["case_number"], details["purpose"], details["offence"]) == ("", "UNKNOWN", "UNKNOWN")
    assert selectors.get_query(reference=refused.value.query_reference).case_number == "GX7-Q41"


def test_the_fourth_case_with_the_same_words_is_copied(policy: None) -> None:
    for number in ("26000001", "26000002", "26000003", "26000004"):
        make_case(number)
    for number in ("26000001", "26000002", "26000003", "26000003"):
        request = make_request(case_number=number, reason=f"{REASON} {number}")
        services.run_query(request=request, search=lambda grant: Found([]))
    with pytest.raises(QueryRefused) as refused:
        services.run_query(request=make_request(case_number="26000004", reason=REASON.upper()), search=never)
    assert refused.value.decision.refusal_codes == ("REASON_COPIED",)


def test_without_a_policy_everything_is_refused(db: None) -> None:
    with pytest.raises(QueryRefused) as refused:
        services.run_query(request=make_request(actor=make_actor()), search=never)
    assert refused.value.decision.refusal_codes == ("NO_POLICY_IN_FORCE",)


def test_a_reason_of_great_length_is_not_taken(policy: None) -> None:
    with pytest.raises(ReasonTooLong):
        services.run_query(request=make_request(reason="a" * 2001), search=never)
    assert not Query.objects.exists()


def test_a_search_that_fails_leaves_a_decision_without_an_outcome(policy: None) -> None:
    def fail(grant: object) -> Found:
        raise LookupError("broken")

    with pytest.raises(LookupError):
        services.run_query(request=make_request(), search=fail)

    later = clock.now() + timedelta(minutes=5)
    found = selectors.list_unanswered(now=later).rows
    assert len(found) == 1
    assert list_events(found[0].reference) == ["QUERY_DECIDED"]
    assert selectors.list_unanswered(now=clock.now()).rows == []
    assert execute("SELECT current_user") == [("rtcc_app",)]


def test_an_outcome_is_recorded_once(policy: None) -> None:
    def answer_first(grant: services.Grant) -> Found:
        with services.transaction.atomic():
            execute("SET LOCAL ROLE rtcc_app")
            Query.objects.filter(reference=grant.query_reference).update(
                answered_at=clock.now(), answered_entry=grant.query_reference, row_count=0, digest=b"0" * 32
            )
            execute("SET LOCAL ROLE rtcc_reader")
        return Found([])

    with pytest.raises(QueryAnsweredTwice):
        services.run_query(request=make_request(), search=answer_first)


def test_a_refusal_outlives_its_exception(committed_policy: None) -> None:
    with pytest.raises(QueryRefused) as refused:
        services.run_query(request=make_request(reason="investigation"), search=never)
    connection.close()
    assert list_events(refused.value.query_reference) == ["QUERY_DECIDED"]
    assert Query.objects.filter(outcome="REFUSED").count() == 1


def test_the_decision_is_committed_before_the_search_starts(committed_policy: None, database_admin_url: str) -> None:
    seen = []

    def look_from_outside(grant: services.Grant) -> Found:
        with psycopg.connect(database_admin_url) as other:
            query = "SELECT event FROM ledger_entry WHERE subject = %s"
            seen.extend(other.execute(query, [grant.query_reference]).fetchall())
        return Found([])

    services.run_query(request=make_request(), search=look_from_outside)
    assert seen == [("QUERY_DECIDED",)]


def test_it_is_not_for_use_inside_a_transaction(committed_policy: None) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        services.run_query(request=make_request(), search=never)


@pytest.fixture
def failing_log(database_admin_url: str):  # type: ignore[no-untyped-def]
    """The ledger refuses entries of the given event."""
    with psycopg.connect(database_admin_url, autocommit=True) as admin:

        def fail(event: str) -> None:
            admin.execute(
                "CREATE FUNCTION break_log() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'disk full'; END $$"
            )
            admin.execute(
                "CREATE TRIGGER break_log BEFORE INSERT ON ledger_entry FOR EACH ROW "
                f"WHEN (NEW.event = '{event}') EXECUTE FUNCTION break_log()"
            )

        yield fail
        admin.execute("DROP TRIGGER IF EXISTS break_log ON ledger_entry")
        admin.execute("DROP FUNCTION IF EXISTS break_log()")


def test_nothing_is_searched_while_the_log_is_down(committed_policy: None, failing_log) -> None:  # type: ignore[no-untyped-def]
    failing_log("QUERY_DECIDED")
    request = make_request()
    with pytest.raises(LedgerUnavailable):
        services.run_query(request=request, search=never)
    assert not Query.objects.exists()


def test_nothing_is_shown_when_the_outcome_cannot_be_recorded(committed_policy: None, failing_log) -> None:  # type: ignore[no-untyped-def]
    failing_log("QUERY_ANSWERED")
    request = make_request()
    with pytest.raises(LedgerUnavailable):
        services.run_query(request=request, search=lambda grant: Found([1]))
    assert Query.objects.unanswered().count() == 1


def test_with_the_days_key_the_facts_go_and_the_codes_stay(policy: None) -> None:
    answer = services.run_query(request=make_request(), search=lambda grant: Found([]))
    actor = make_demo_actor("ANALYST")
    assert selectors.open_reasons(references=[answer.query_reference]) == {answer.query_reference: REASON}

    day = Query.objects.get().sealed_day
    keys.destroy_key(
        scope=KeyScope(category="ACCESS_REQUEST", label=day.isoformat()), actor="system:test", now=clock.now()
    )

    assert selectors.open_reasons(references=[answer.query_reference]) == {}
    assert selectors.agrees_with_log(reference=answer.query_reference, commitment="0" * 64) is None
    own = selectors.list_own_accesses(actor=actor).rows
    assert [(view.reference, view.facts) for view in own] == [(answer.query_reference, None)]
    assert selectors.list_recent_reasons(actor=actor.reference, besides_case="") == []


def test_the_log_and_the_row_say_the_same(policy: None) -> None:
    answer = services.run_query(request=make_request(), search=lambda grant: Found([7]))
    decided = log.list_entries(subject=answer.query_reference, events=["QUERY_DECIDED"]).rows[0]
    view = selectors.list_queries(case_number=CASE_NUMBER, purpose="CRIMINAL_INVESTIGATION").rows[0]
    assert view.decided_entry == decided.reference
    assert json.loads(decided.canonical)["details"]["policy_version"] == view.policy_version


def test_what_it_costs_is_bounded(policy: None) -> None:
    services.run_query(request=make_request(), search=lambda grant: Found([]))
    request = make_request()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        services.run_query(request=request, search=lambda grant: Found([]))
    real = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(real) <= 10, "\n".join(real)


def test_a_window_that_is_over_shows_nothing_and_is_answered(policy: None) -> None:
    now = clock.now()
    old = Window(start=now - timedelta(days=90), end=now - timedelta(days=80))
    with pytest.raises(QueryRefused) as refused:
        services.run_query(request=make_request(window=old), search=never)
    assert refused.value.decision.refusal_codes == ("LOOK_BACK_TOO_LONG",)
