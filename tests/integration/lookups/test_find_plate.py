"""One plate, one justified query, one answer with its receipt; and everything that must not be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.access import services as access
from apps.access.models import Query
from apps.access.services import QueryRefused
from apps.access.types import QueryRequest
from apps.core.db import Role, acting_as
from apps.core.types import Window
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.ledger import selectors as log
from apps.ledger import services as ledger
from apps.ledger.services import LedgerUnavailable
from apps.lookups import services
from apps.records import partitions, reads
from apps.records.models import CallForService, PlateRead, PreservedRead
from apps.records.rules import PlateInvalid
from tests.factories.access import CASE_NUMBER
from tests.factories.accounts import make_demo_actor
from tests.integration.lookups.conftest import OTHER_PLATE, PLATE

pytestmark = pytest.mark.django_db
QUERY_EVENTS = ("QUERY_DECIDED", "QUERY_ANSWERED")


def list_entries() -> list:
    return log.list_entries(events=QUERY_EVENTS).rows[::-1]


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The searches that were begun."""
    begun: list[str] = []
    search = reads.search_plate

    def note(**values: object):
        begun.append(str(values["plate"]))
        return search(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(reads, "search_plate", note)
    return begun


def test_a_justified_look_up_shows_the_plates_reads_newest_first(plate_read, make_plate_request) -> None:
    result = services.find_plate(request=make_plate_request())
    assert [row.occurred_at for row in result.rows] == [event.occurred_at for event in plate_read]
    assert {row.plate for row in result.rows} == {PLATE}
    assert {(row.device_name, row.latitude, row.longitude) for row in result.rows} == {("14th and U", 38.917, -77.032)}
    assert {row.occurred_at.tzinfo.key for row in result.rows} == {"America/New_York"}
    assert not result.truncated
    assert result.decision.is_permitted


def test_the_entries_stand_in_their_order_and_hold_no_plate(plate_read, make_plate_request) -> None:
    result = services.find_plate(request=make_plate_request())
    decided, answered = list_entries()
    assert (decided.event, answered.event) == QUERY_EVENTS
    assert decided.subject == answered.subject == result.query_reference
    assert answered.reference == result.receipt.reference
    assert answered.details["row_count"] == 6
    assert decided.details["case_number"] == CASE_NUMBER
    assert not [entry for entry in (decided, answered) if PLATE.encode() in entry.canonical]


@pytest.mark.parametrize("spelling", ["gx7q41", "GX7-Q41", " gx7 q41 "])
def test_every_spelling_finds_the_plate(plate_read, make_plate_request, spelling: str) -> None:
    assert len(services.find_plate(request=make_plate_request(plate=spelling)).rows) == 6


def test_only_the_window_is_searched(plate_read, make_plate_request, now) -> None:
    window = Window(start=now - timedelta(hours=21), end=now - timedelta(hours=5))
    result = services.find_plate(request=make_plate_request(window=window))
    assert [row.occurred_at for row in result.rows] == [event.occurred_at for event in plate_read[1:3]]


def test_a_plate_that_was_never_read_is_an_answer_too(plate_read, make_plate_request) -> None:
    result = services.find_plate(request=make_plate_request(plate="NEVER1"))
    assert result.rows == []
    assert list_entries()[-1].details["row_count"] == 0


def test_no_more_rows_are_shown_than_the_most(plate_read, make_plate_request, monkeypatch) -> None:
    monkeypatch.setattr(services, "MOST_ROWS", 4)
    result = services.find_plate(request=make_plate_request())
    assert len(result.rows) == 4
    assert result.truncated
    assert [row.occurred_at for row in result.rows] == [event.occurred_at for event in plate_read[:4]]


def test_a_day_whose_key_is_gone_has_nothing_to_say(plate_read, make_plate_request, now) -> None:
    day = plate_read[-1].occurred_at.date()
    keys.destroy_key(scope=KeyScope(category="PLATE_READ", label=day.isoformat()), actor="system:test", now=now)
    result = services.find_plate(request=make_plate_request())
    assert result.rows
    assert day.isoformat() not in {row.read_id.partition("/")[0] for row in result.rows}


@pytest.mark.parametrize(
    ("plate", "code"),
    [("GX7*", "PLATE_PARTIAL"), ("", "PLATE_EMPTY"), ("'; --", "PLATE_MALFORMED"), ("A" * 200, "PLATE_TOO_LONG")],
)
def test_part_of_a_plate_is_refused_before_anything_is_asked(make_plate_request, plate: str, code: str) -> None:
    with pytest.raises(PlateInvalid) as refusal:
        services.find_plate(request=make_plate_request(plate=plate))
    assert refusal.value.code == code
    assert list_entries() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": ""}, "REASON_MISSING"),
        ({"reason": "investigation"}, "REASON_VAGUE"),
        ({"purpose": "PERSONAL_USE"}, "PURPOSE_UNKNOWN"),
        ({"case_number": ""}, "CASE_MISSING"),
        ({"case_number": "99999999"}, "CASE_UNKNOWN"),
    ],
)
def test_a_look_up_without_justification_is_refused_by_its_rule(
    plate_read, make_plate_request, searches, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(QueryRefused) as refusal:
        services.find_plate(request=make_plate_request(**changes))
    grounds = {ground.code: ground for ground in refusal.value.grounds}
    assert code in grounds
    assert grounds[code].message
    assert grounds[code].remedy
    assert searches == []


def test_refusal_shows_nothing_and_stays_recorded(
    analyst_without_training, plate_read, make_plate_request, searches
) -> None:
    with pytest.raises(QueryRefused) as refusal:
        services.find_plate(request=make_plate_request(actor=analyst_without_training))
    assert "TRAINING_EXPIRED" in refusal.value.decision.refusal_codes
    assert searches == []
    [entry] = list_entries()
    assert entry.event == "QUERY_DECIDED"
    assert entry.details["outcome"] == "REFUSED"
    assert Query.objects.get().answered_at is None


@pytest.mark.parametrize("role", ["AUDITOR", "COUNCIL", "ADMINISTRATOR", "PRIVACY_OFFICER"])
def test_whoever_has_no_role_for_it_looks_nothing_up(plate_read, make_plate_request, searches, role: str) -> None:
    with pytest.raises(QueryRefused) as refusal:
        services.find_plate(request=make_plate_request(actor=make_demo_actor(role)))
    assert "ROLE_NOT_PERMITTED" in refusal.value.decision.refusal_codes
    assert searches == []


def test_nothing_is_searched_while_the_ledger_is_down(plate_read, make_plate_request, searches, monkeypatch) -> None:
    def refuse(**entry: object) -> None:
        raise LedgerUnavailable("The log cannot be written.")

    monkeypatch.setattr(ledger, "append", refuse)
    with pytest.raises(LedgerUnavailable):
        services.find_plate(request=make_plate_request())
    assert searches == []
    assert not Query.objects.exists()


def test_nothing_is_shown_if_the_outcome_cannot_be_recorded(
    plate_read, make_plate_request, searches, monkeypatch
) -> None:
    append = ledger.append

    def refuse_outcome(**entry: object):
        if entry["event"].code == "QUERY_ANSWERED":  # type: ignore[attr-defined]
            raise LedgerUnavailable("The log cannot be written.")
        return append(**entry)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "append", refuse_outcome)
    with pytest.raises(LedgerUnavailable):
        services.find_plate(request=make_plate_request())
    assert [entry.event for entry in list_entries()] == ["QUERY_DECIDED"]


@pytest.mark.parametrize("model", [PlateRead, CallForService, PreservedRead])
@pytest.mark.parametrize("role", [Role.READER])
def test_reader_role_without_a_grant_sees_no_rows(plate_read, policy, model, role: Role) -> None:
    with acting_as(role):
        assert model.objects.count() == 0
        assert list(model.objects.values_list("id")[:5]) == []


def test_reader_role_without_a_grant_sees_no_rows_of_a_day_either(plate_read, policy) -> None:
    for day in partitions.list_partitions(category="PLATE_READ"):
        with acting_as(Role.READER), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {day.name}")
            assert cursor.fetchone() == (0,)


def test_a_search_outside_a_grant_finds_nothing(plate_read, policy, now) -> None:
    window = Window(start=now - timedelta(days=3), end=now)

    class NoGrant:
        pass

    NoGrant.window = window  # type: ignore[attr-defined]
    with transaction.atomic(), acting_as(Role.READER):
        found = reads.search_plate(grant=NoGrant(), plate=PLATE, window=window, most=10)  # type: ignore[arg-type]
    assert (found.count, found.rows) == (0, [])


def test_a_search_cannot_reach_beyond_its_grant(plate_read, make_plate_request, now) -> None:
    """The window that a search asks for is cut to its grant's, whatever it was told."""
    asked = Window(start=now - timedelta(days=3), end=now)
    request = make_plate_request(window=Window(start=now - timedelta(hours=5), end=now))
    found = []

    def search(grant):
        result = reads.search_plate(grant=grant, plate=PLATE, window=asked, most=10)
        other = Window(start=now - timedelta(days=3), end=now - timedelta(days=1))
        found.append((result.count, reads.search_plate(grant=grant, plate=PLATE, window=other, most=10).count))
        return result

    access.run_query(
        request=QueryRequest(
            actor=request.actor,
            action="LOOKUP",
            category="PLATE_READ",
            purpose=request.purpose,
            offence=request.offence,
            case_number=request.case_number,
            reason=request.reason,
            window=request.window,
            criteria={"plate": OTHER_PLATE},
        ),
        search=search,
    )
    assert found == [(1, 0)]


def test_a_table_that_goes_while_it_is_asked_is_told(plate_read, make_plate_request, monkeypatch) -> None:
    listed = partitions.list_partitions
    monkeypatch.setattr(
        partitions,
        "list_partitions",
        lambda *, category: [
            type(part)(category=part.category, day=part.day, name=part.name + "x") for part in listed(category=category)
        ],
    )
    with pytest.raises(reads.SearchRaced):
        services.find_plate(request=make_plate_request())
