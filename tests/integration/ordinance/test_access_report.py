import hashlib
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.services import PermissionMissing
from apps.core.types import Window
from apps.ledger import selectors as log
from apps.ledger import services as ledger
from apps.ledger.selectors import CheckpointMissing
from apps.ledger.types import EventType
from apps.ordinance import counting, figures, selectors, services
from apps.ordinance.figures import ACCESS_FIGURES, Figure
from apps.ordinance.models import AccessReport
from tests.factories.accounts import make_demo_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = Window(start=NOW - timedelta(days=30), end=NOW)


def write(event, *, at=NOW - timedelta(days=1), actor="P-0001", **details):
    kind = EventType(code=event, sentence="for a test")
    return ledger.append(event=kind, actor=actor, subject="a-test", details=details, now=at)


@pytest.fixture
def entries():
    for purpose, rows in (("STOLEN_VEHICLE", 12), ("STOLEN_VEHICLE", 3), ("MISSING_PERSON", 0)):
        write("QUERY_DECIDED", outcome="PERMITTED", action="LOOKUP", purpose=purpose, refusals=[])
        write("QUERY_ANSWERED", action="LOOKUP", purpose=purpose, row_count=rows)
    for refusals in (["REASON_MISSING", "CASE_MISSING"], ["REASON_MISSING"]):
        write("QUERY_DECIDED", actor="P-0002", outcome="REFUSED", action="LOOKUP", purpose="", refusals=refusals)
    write("BUCKET_DESTROYED", actor="system:retention", punctuality="ON_TIME", rows=10_000)
    write("BUCKET_DESTROYED", actor="system:retention", punctuality="LATE", rows=5)
    write("READS_PRESERVED", rows=2)
    write("QUERY_DECIDED", at=NOW, outcome="PERMITTED", action="LOOKUP", purpose="AFTER_THE_WINDOW", refusals=[])
    ledger.seal_pending()
    write("QUERY_DECIDED", outcome="PERMITTED", action="LOOKUP", purpose="NOT_SEALED_YET", refusals=[])


EXPECTED = {
    "lookups_by_purpose": {"MISSING_PERSON": 1, "STOLEN_VEHICLE": 2},
    "refusals_by_reason": {"CASE_MISSING": 1, "REASON_MISSING": 2},
    "lookups_permitted": 3,
    "lookups_refused": 2,
    "people": 2,
    "rows_shown": 15,
    "purges_by_punctuality": {"LATE": 1, "ON_TIME": 1},
    "rows_destroyed": 10_005,
    "reads_preserved": 2,
}


def test_the_report_tells_what_the_sealed_log_of_the_window_says(entries):
    actor = make_demo_actor("COUNCIL")
    report = services.build_access_report(window=WINDOW, actor=actor, now=NOW)
    assert {figure["name"]: figure["value"] for figure in report.document["figures"]} == EXPECTED
    checkpoint = log.get_latest_checkpoint()
    assert report.document["log"]["checkpoint"] == checkpoint.note
    assert report.document["log"]["size"] == checkpoint.size
    assert report.document["built_by"] == actor.reference
    assert report.pdf.startswith(b"%PDF-")


def test_each_figure_is_derived_again_from_exported_entries_by_the_query_beside_it(entries):
    report = services.build_access_report(window=WINDOW, actor=make_demo_actor("COUNCIL"), now=NOW)
    exported = [json.loads(entry.canonical) for entry in log.iterate_entries() if entry.index is not None]
    start, end = (datetime.fromisoformat(report.document["window"][name]) for name in ("start", "end"))
    for written in report.document["figures"]:
        figure = Figure.from_document(written)
        assert figures.rederive(figure, exported, start=start, end=end) == figure.value, figure.spec.name


def test_building_is_in_the_ledger_with_the_hash_of_the_document(entries):
    report = services.build_access_report(window=WINDOW, actor=make_demo_actor("PRIVACY_OFFICER"), now=NOW)
    entry = log.get_entry(reference=report.ledger_reference)
    assert entry.event == "REPORT_BUILT"
    assert entry.subject == report.reference
    assert entry.details["digest"] == hashlib.sha256(report.canonical).hexdigest() == report.digest


def test_a_person_whose_role_does_not_include_it_builds_nothing(entries):
    with pytest.raises(PermissionMissing):
        services.build_access_report(window=WINDOW, actor=make_demo_actor("ANALYST"), now=NOW)
    assert not AccessReport.objects.exists()


def test_there_is_no_report_before_the_first_seal():
    with pytest.raises(CheckpointMissing):
        services.build_access_report(window=WINDOW, actor=make_demo_actor("COUNCIL"), now=NOW)


def test_no_report_is_made_when_the_two_ways_of_counting_differ(entries, monkeypatch):
    wrong = EXPECTED | {"rows_shown": 14}
    monkeypatch.setattr(counting, "count_figures", lambda **_: wrong)
    with pytest.raises(services.FiguresDiffer, match="rows_shown"):
        services.build_access_report(window=WINDOW, actor=make_demo_actor("COUNCIL"), now=NOW)
    assert not AccessReport.objects.exists()
    assert log.count_by_event(events=["REPORT_BUILT"]) == {}


def test_an_empty_window_gives_zeros_from_both_ways(entries):
    empty = Window(start=NOW - timedelta(days=900), end=NOW - timedelta(days=800))
    report = services.build_access_report(window=empty, actor=make_demo_actor("COUNCIL"), now=NOW)
    assert {str(figure["value"]) for figure in report.document["figures"]} == {"0", "{}"}


def test_details_that_are_missing_count_alike_in_both_ways():
    write("QUERY_DECIDED", action="LOOKUP", outcome="PERMITTED")
    write("QUERY_ANSWERED")
    write("BUCKET_DESTROYED")
    ledger.seal_pending()
    size = log.get_latest_checkpoint().size
    counted = counting.count_figures(specs=ACCESS_FIGURES, window=WINDOW, size=size)
    assert counted == figures.rederive_all(
        ACCESS_FIGURES, selectors.iterate_sealed(window=WINDOW, size=size), start=WINDOW.start, end=WINDOW.end
    )
    assert counted["purges_by_punctuality"] == {"": 1}


def test_a_built_report_cannot_be_changed_or_removed(entries):
    services.build_access_report(window=WINDOW, actor=make_demo_actor("COUNCIL"), now=NOW)
    for statement in ("UPDATE ordinance_accessreport SET digest = ''", "DELETE FROM ordinance_accessreport"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_reports_are_listed_newest_first_in_pages(entries):
    actor = make_demo_actor("COUNCIL")
    built = [
        services.build_access_report(window=WINDOW, actor=actor, now=NOW + timedelta(minutes=n)).reference
        for n in range(3)
    ]
    first = selectors.list_reports(size=2)
    assert [line.reference for line in first.rows] == built[:0:-1]
    second = selectors.list_reports(size=2, cursor=first.next_cursor)
    assert [line.reference for line in second.rows] == built[:1]


@pytest.mark.parametrize("reference", ["no-reference", "6f0c3f0e-7a5e-4f5a-9c55-6a1a3c9b8d10"])
def test_a_report_that_is_not_there_is_not_found(reference):
    with pytest.raises(selectors.ReportNotFound):
        selectors.get_report(reference=reference)


def test_periods_are_the_agencys_own_days_across_a_change_of_the_clocks():
    zone = ZoneInfo("America/New_York")
    periods = dict(selectors.list_periods(now=datetime(2026, 11, 1, 20, tzinfo=UTC), zone=zone))
    assert periods["this-month"] == Window(
        start=datetime(2026, 11, 1, 4, tzinfo=UTC), end=datetime(2026, 11, 2, 5, tzinfo=UTC)
    )
    assert periods["last-month"].start == datetime(2026, 10, 1, 4, tzinfo=UTC)
    assert periods["last-month"].end == periods["this-month"].start
    assert periods["last-year"].end == periods["this-year"].start == datetime(2026, 1, 1, 5, tzinfo=UTC)
