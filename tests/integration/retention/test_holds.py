from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from apps.access import services as access
from apps.access.services import QueryRefused
from apps.access.types import NewCase
from apps.core.db import Role, acting_as
from apps.core.types import Window
from apps.keys import services as keys
from apps.ledger import selectors as log
from apps.lookups import services as lookups
from apps.lookups.types import PlateRequest
from apps.records import preserved
from apps.retention import selectors, services
from apps.retention.models import Hold
from apps.retention.services import holds
from apps.retention.types import PreserveRequest
from tests.factories.accounts import make_demo_actor, sign_in
from tests.integration.retention.bucket import CATEGORY, store_reads
from tests.integration.retention.conftest import DAY, NOW

pytestmark = pytest.mark.django_db
# The day before the bucket is due: its reads can still be looked up.
BEFORE = datetime(2026, 10, 30, 12, tzinfo=UTC)
CASE = "26-004711"
OTHER_CASE = "26-004712"
REASON = "Vehicle seen leaving the burglary of a shop on 14th Street, witness gave the plate"


@pytest.fixture
def scene(policy):
    """Two open cases, three reads of a day that is nearly over, and the people."""
    with time_machine.travel(BEFORE, tick=False):
        for number in (CASE, OTHER_CASE):
            access.record_case(
                case=NewCase(number=number, kind="CASE", status="OPEN", offence="BURGLARY", occurred_at=BEFORE),
                now=BEFORE,
            )
        store_reads(DAY, ["AAA111", "BBB222", "AAA111"], first=13 * 60)
        store_reads(BEFORE.date(), ["AAA111"])
        yield


def request(**changes):
    values = {
        "actor": make_demo_actor("ANALYST"),
        "approver": make_demo_actor("SUPERVISOR"),
        "category": CATEGORY,
        "read_ids": tuple((row.day, row.read_id) for row in find(Window.of_day(DAY))),
        "case_number": CASE,
        "purpose": "CRIMINAL_INVESTIGATION",
        "offence": "VIOLENT_FELONY",
        "reason": REASON,
        "hold_ends_at": BEFORE + timedelta(days=180),
    }
    return PreserveRequest(**(values | changes))


def find(window, *, plate="AAA111", case_number=CASE, now=BEFORE):
    """What a justified look-up shows, as day and id."""
    window = Window(start=max(window.start, now - timedelta(days=30)), end=window.end)
    result = lookups.find_plate(
        request=PlateRequest(
            actor=make_demo_actor("ANALYST"),
            plate=plate,
            window=window,
            purpose="CRIMINAL_INVESTIGATION",
            offence="VIOLENT_FELONY",
            case_number=case_number,
            reason=f"{REASON}, {window.start:%d %B} in {case_number}",
        )
    )
    return [Shown(row) for row in result.rows]


class Shown:
    def __init__(self, row):
        day, _, number = row.read_id.partition("/")
        self.day, self.read_id = datetime.fromisoformat(day).date(), int(number)
        self.is_preserved, self.plate = row.is_preserved, row.plate


def test_preserved_reads_are_found_for_their_case_after_their_day_is_destroyed(scene):
    wish = request()
    assert len(wish.read_ids) == 2
    services.preserve_reads(request=wish, now=BEFORE)
    with time_machine.travel(NOW, tick=False):
        certificate = services.destroy_bucket(
            category=CATEGORY, day=DAY, actor="system:retention", reason="Period over", now=NOW
        )
        assert [hold["case_number"] for hold in certificate.document["preserved"]] == [CASE]
        assert certificate.document["preserved"][0]["rows"] == 2
        window = Window(start=NOW - timedelta(days=2), end=NOW)
        shown = find(window, now=NOW)
        assert [(row.day, row.is_preserved) for row in shown] == [(BEFORE.date(), False), (DAY, True), (DAY, True)]
        assert {row.plate for row in shown} == {"AAA111"}
        assert [row.day for row in find(window, case_number=OTHER_CASE, now=NOW)] == [BEFORE.date()]
        assert find(window, plate="BBB222", now=NOW) == []


def test_holds_are_on_the_calendar_the_day_and_the_certificate(scene, client):
    kept = services.preserve_reads(request=request(), now=BEFORE)
    [hold] = selectors.list_holds()
    assert (hold["case_number"], hold["rows"], hold["days"]) == (CASE, 2, [DAY])
    sign_in(client, "AUDITOR")
    calendar = client.get(reverse("retention:calendar")).content.decode()
    assert f'data-label="Case">{CASE}<' in calendar
    assert "2 kept for a case" in calendar
    assert f"Case {CASE}: 2 rows" in client.get(reverse("retention:bucket", args=[CATEGORY, str(DAY)])).content.decode()
    with time_machine.travel(NOW, tick=False):
        gone = services.destroy_bucket(category=CATEGORY, day=DAY, actor="system:retention", reason="Over", now=NOW)
        sign_in(client, "AUDITOR")
        page = client.get(reverse("retention:certificate", args=[gone.reference])).content.decode()
    assert f"Case {CASE}: 2 rows" in page
    assert kept.rows == 2


def test_the_entry_names_case_approver_and_end_and_comes_before_the_outcome(scene):
    wish = request()
    kept = services.preserve_reads(request=wish, now=BEFORE)
    entries = [entry for entry in log.iterate_entries() if entry.event in ("READS_PRESERVED", "QUERY_ANSWERED")]
    assert [entry.event for entry in entries] == ["QUERY_ANSWERED", "READS_PRESERVED", "QUERY_ANSWERED"]
    entry = log.get_entry(reference=kept.ledger_reference)
    assert entry.details["case_number"] == CASE
    assert entry.details["approver"] == wish.approver.reference != entry.actor
    assert entry.details["rows"] == 2
    assert entry.details["query"] == kept.query_reference
    assert entry.details["hold_ends_at"] == wish.hold_ends_at.isoformat()


def test_a_hold_needs_a_second_person_who_may_approve(scene):
    for approver, code in ((make_demo_actor("ANALYST"), "APPROVER_IS_REQUESTER"), (None, "APPROVER_NOT_PERMITTED")):
        approver = approver or make_demo_actor("COUNCIL")
        with pytest.raises(services.PreservationRefused) as refused:
            services.preserve_reads(request=request(approver=approver), now=BEFORE)
        assert code in [ground.code for ground in refused.value.grounds]
    assert not Hold.objects.exists()


def test_a_hold_the_policy_does_not_permit_copies_nothing_and_is_on_record(scene):
    with pytest.raises(QueryRefused):
        services.preserve_reads(request=request(reason="investigation"), now=BEFORE)
    assert not Hold.objects.exists()
    assert [entry.details["outcome"] for entry in log.iterate_entries(events=["QUERY_DECIDED"])][-1] == "REFUSED"


def test_no_read_is_kept_unless_all_are_there(scene):
    with pytest.raises(holds.ReadsMissing, match="1 of the reads"):
        services.preserve_reads(request=request(read_ids=(*request().read_ids, (DAY, 999_999))), now=BEFORE)
    assert not Hold.objects.exists()


def test_a_read_of_a_day_whose_period_is_over_comes_too_late(scene):
    with pytest.raises(services.PreservationRefused) as refused:
        services.preserve_reads(request=request(read_ids=((DAY - timedelta(days=9), 1),)), now=BEFORE)
    assert refused.value.code == "PERIOD_OVER"


def test_a_read_is_kept_once_for_a_case(scene):
    wish = request()
    services.preserve_reads(request=wish, now=BEFORE)
    with pytest.raises(holds.HoldDoubled):
        services.preserve_reads(request=wish, now=BEFORE)
    assert Hold.objects.count() == 1
    services.preserve_reads(request=request(case_number=OTHER_CASE, reason=f"{REASON}; second case"), now=BEFORE)
    assert Hold.objects.count() == 2


def test_a_hold_ends_with_its_case(scene):
    services.preserve_reads(request=request(), now=BEFORE)
    assert services.release_ended_holds(now=BEFORE, actor="system:retention") == []
    access.close_case(number=CASE, actor="P-0001", now=BEFORE)
    assert services.release_ended_holds(now=BEFORE, actor="system:retention") == [CASE]
    with pytest.raises(keys.KeyDestroyed):
        keys.get_keys(scope=preserved.case_scope(CASE))
    [entry] = log.iterate_entries(events=["HOLD_RELEASED"])
    assert (entry.details["cause"], entry.details["key_destroyed"]) == ("CASE_CLOSED", True)
    assert services.release_ended_holds(now=BEFORE, actor="system:retention") == []


def test_a_hold_ends_at_its_own_end_and_the_key_with_the_last_hold(scene):
    first, second = request().read_ids
    short = request(read_ids=(first,), hold_ends_at=BEFORE + timedelta(days=1))
    services.preserve_reads(request=short, now=BEFORE)
    services.preserve_reads(request=request(read_ids=(second,)), now=BEFORE)
    later = BEFORE + timedelta(days=1)
    assert services.release_ended_holds(now=later, actor="system:retention") == []
    assert keys.get_keys(scope=preserved.case_scope(CASE))
    with time_machine.travel(later, tick=False):
        shown = find(Window(start=later - timedelta(hours=1), end=later), now=later)
        assert [(row.read_id, row.is_preserved) for row in shown] == [(second[1], True)]
    end = BEFORE + timedelta(days=180)
    assert services.run_due(now=end, is_confirmed=True).released_cases == (CASE,)


@pytest.mark.parametrize("role", [Role.APP, Role.READER, Role.INGEST, Role.PURGE])
def test_copies_are_not_read_without_a_grant_for_their_case(scene, role):
    services.preserve_reads(request=request(), now=BEFORE)
    try:
        with transaction.atomic(), acting_as(role), connection.cursor() as cursor:
            cursor.execute("SELECT sealed FROM records_preservedread")
            rows = cursor.fetchall()
    except DatabaseError:
        rows = []
    assert rows == []


def test_the_database_refuses_a_hold_of_one_person(scene):
    services.preserve_reads(request=request(), now=BEFORE)
    with pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.update(approved_by=Hold.objects.get().requested_by)


def test_scopes_of_different_cases_differ_whatever_their_characters():
    numbers = ["26-1", "26/1", "26 1", "h-1", "x" * 200, "é"]
    labels = [preserved.case_scope(number).label for number in numbers]
    assert len(set(labels)) == len(numbers)
    assert labels[0] == "26-1"
