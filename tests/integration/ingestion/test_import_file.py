"""A file passes the write door once, and what could not be stored is kept and can be retried."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from apps.access import selectors as access
from apps.accounts.services import PermissionMissing
from apps.assets import services as assets
from apps.assets.types import DeviceKind, NewDevice
from apps.ingestion import conf, selectors, services
from apps.ingestion.adapters.framing import FileUnreadable
from apps.ingestion.files import FileMissing
from apps.ingestion.models import ImportRun, RejectedRow
from apps.ingestion.types import PlateReadEvent
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.records import partitions
from tests.factories.accounts import make_demo_actor
from tests.integration.ingestion.conftest import DATA, HEAD, NOW, count_rows, list_events, make_csv, make_row

pytestmark = pytest.mark.django_db


def run(content: bytes | Path, importer: str, *, source: str = "gate", now: datetime = NOW):
    return services.import_file(source_code=source, path=content, actor=importer, now=now)


def numbers(summary) -> tuple[int, int, int, int]:
    return summary.accepted, summary.duplicates, summary.rejected, summary.ignored


def list_codes() -> list[str]:
    return list(RejectedRow.objects.order_by("place").values_list("code", flat=True))


def test_a_file_is_stored_and_a_second_import_adds_nothing(make_source, importer: str, reader_device: None) -> None:
    make_source()
    assert numbers(run(make_csv(50), importer)) == (50, 0, 0, 0)
    assert numbers(run(make_csv(50), importer)) == (0, 50, 0, 0)
    assert count_rows() == 50
    (_, first), (_, second) = list_events("IMPORT_FINISHED")
    assert (first["accepted"], first["duplicates"]) == (50, 0)
    assert (second["accepted"], second["duplicates"]) == (0, 50)
    assert first["file_digest"] == second["file_digest"]


def test_files_that_overlap_give_each_row_once(make_source, importer: str, reader_device: None) -> None:
    make_source()
    run(make_csv(30), importer)
    assert numbers(run(make_csv(30, first=20), importer)) == (20, 10, 0, 0)


def test_two_sources_may_use_the_same_event_ids(make_source, importer: str, reader_device: None) -> None:
    make_source()
    make_source(code="other")
    run(make_csv(5), importer)
    assert numbers(run(make_csv(5), importer, source="other")) == (5, 0, 0, 0)


def test_several_batches_are_counted_as_one_file(make_source, importer: str, reader_device: None, monkeypatch) -> None:
    monkeypatch.setattr(conf, "BATCH_ROWS", 7)
    make_source()
    done: list[tuple[int, int]] = []
    summary = services.import_file(
        source_code="gate",
        path=make_csv(50),
        actor=importer,
        now=NOW,
        on_progress=lambda read, total: done.append((read, total)),
    )
    assert numbers(summary) == (50, 0, 0, 0)
    assert len(done) == 8
    assert done[-1][0] == done[-1][1]


def test_events_of_several_days_go_to_their_days(make_source, importer: str, reader_device: None) -> None:
    make_source()
    content = HEAD + "".join(make_row(n, at=NOW - timedelta(days=n)) for n in range(5))
    assert numbers(run(content.encode(), importer)) == (5, 0, 0, 0)
    assert len(partitions.list_partitions(category="PLATE_READ")) == 5


def test_both_real_formats_are_stored(make_source, importer: str) -> None:
    make_source("OPENALPR_V2")
    make_source("PLATE_RECOGNIZER", code="stream")
    assets.register_device(
        device=NewDevice(
            reference="LPR-7",
            kind=DeviceKind.LPR,
            name="7th",
            latitude=38.9,
            longitude=-77.0,
            owner="MPD",
            source_ids={"stream": "camera-1"},
        ),
        actor="system:test",
    )
    assert numbers(run(DATA / "lpr/openalpr_v2_alpr_group.json", importer)) == (1, 0, 0, 0)
    assert numbers(run(DATA / "lpr/openalpr_heartbeat.json", importer)) == (0, 0, 0, 1)
    assert numbers(run(DATA / "lpr/platerecognizer_stream_webhook.json", importer, source="stream")) == (1, 0, 0, 0)
    assert numbers(run(DATA / "lpr/platerecognizer_stream_webhook.json", importer, source="stream")) == (0, 1, 0, 0)


def test_incidents_become_calls_and_known_cases(make_source, importer: str) -> None:
    make_source("DC_INCIDENTS")
    assert numbers(run(DATA / "dc/crime_incidents_sample.csv", importer)) == (3, 1, 0, 0)
    assert count_rows("records_callforservice") == 3
    assert access.find_case_status(number="16130703") == "OPEN"
    assert access.find_case_status(number="16125420") == "OPEN"
    assert [part.day for part in partitions.list_partitions(category="CALL_FOR_SERVICE")] == [
        date(2016, 7, 28),
        date(2016, 8, 5),
    ]


def test_what_stands_open_in_the_database_is_no_plate(
    make_source, importer: str, reader_device: None, tmp_path
) -> None:
    make_source()
    run((HEAD + make_row(1, plate="SECRET1")).encode() + b"e2,LPR-1,no time,SECRET2,,\n", importer)
    rows = RejectedRow.objects.values_list("sealed", "code", "field")
    assert b"SECRET2" not in bytes(rows[0][0])
    for entry, details in list_events():
        assert "SECRET" not in json.dumps([entry, details])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (f"e1,LPR-1,{(NOW + timedelta(hours=1)).isoformat()},GX1,,", "FUTURE_EVENT"),
        ("e1,LPR-1,1970-01-01T00:00:00Z,GX1,,", "TIME_IMPLAUSIBLE"),
        (f"e1,LPR-1,{NOW:%Y-%m-%dT%H:%M:%S},GX1,,", "TIME_ZONE_MISSING"),
        (f"e1,LPR-1,{NOW.isoformat()},{'A' * 200},,", "PLATE_TOO_LONG"),
        (f"e1,LPR-1,{NOW.isoformat()},🚗🚗,,", "PLATE_MALFORMED"),
        (f"e1,LPR-1,{NOW.isoformat()},A'; DROP--,,", "PLATE_MALFORMED"),
        (f"e1,LPR-1,{NOW.isoformat()},ABC*,,", "PLATE_PARTIAL"),
        (f"e1,LPR-1,{NOW.isoformat()},GX1", "RECORD_TRUNCATED"),
        (f"e1,LPR-9,{NOW.isoformat()},GX1,,", "DEVICE_UNKNOWN"),
        (f"e1,LPR-9,{NOW.isoformat()},GX1,0.001,-0.002", "DEVICE_UNKNOWN"),
        (f"e1,LPR-9,{NOW.isoformat()},GX1,-177.0,38.9", "POSITION_INVALID"),
    ],
)
def test_a_bad_row_is_kept_with_its_reason_and_the_others_are_stored(
    row: str, code: str, make_source, importer: str, reader_device: None
) -> None:
    make_source()
    summary = run(f"{HEAD}{row}\n{make_row(2)}".encode(), importer)
    assert numbers(summary) == (1, 0, 1, 0)
    assert summary.rejects_kept == 1
    [rejected] = selectors.list_rejected().rows
    assert (rejected.code, rejected.place, rejected.is_retriable) == (code, "record 1", True)
    assert rejected.sentence


@pytest.mark.parametrize("plate", ["", "unknown", "None"])
def test_a_row_without_a_plate_is_counted_and_never_stored(
    plate: str, make_source, importer: str, reader_device: None
) -> None:
    make_source()
    content = f"{HEAD}e1,LPR-1,{NOW.isoformat()},{plate},,\n{make_row(2)}"
    assert numbers(run(content.encode(), importer)) == (1, 0, 0, 1)


def test_a_registered_position_wins_and_an_unregistered_device_needs_one(
    make_source, importer: str, reader_device: None
) -> None:
    make_source()
    content = f"{HEAD}e1,LPR-1,{NOW.isoformat()},GX1,55.7,13.19\ne2,LPR-9,{NOW.isoformat()},GX2,38.9,-77.0\n"
    assert numbers(run(content.encode(), importer)) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FILE_EMPTY"),
        (HEAD.encode("utf-16"), "FILE_NOT_TEXT"),
        (b"event_id,camera,when,plate\n1,LPR-1,x,y\n", "COLUMNS_MISSING"),
        (b'"never closed\n', "HEADER_MISSING"),
    ],
)
def test_a_file_that_is_not_in_the_format_is_refused_whole_and_on_record(
    content: bytes, code: str, make_source, importer: str
) -> None:
    make_source()
    with pytest.raises(FileUnreadable):
        run(content, importer)
    assert list_events("IMPORT_REFUSED") == [("IMPORT_REFUSED", {"refusals": [code]})]
    assert not ImportRun.objects.open().exists()


def test_a_file_that_is_not_there_is_refused(make_source, importer: str, tmp_path: Path) -> None:
    make_source()
    with pytest.raises(FileMissing):
        run(tmp_path / "nowhere.csv", importer)


def test_whoever_may_not_import_imports_nothing(make_source, reader_device: None) -> None:
    make_source()
    with pytest.raises(PermissionMissing):
        run(make_csv(1), make_demo_actor("ANALYST").reference)
    assert count_rows() == 0


def test_a_late_event_makes_its_own_day(make_source, importer: str, reader_device: None) -> None:
    make_source()
    late = NOW - timedelta(days=400)
    assert numbers(run((HEAD + make_row(1, at=late)).encode(), importer)) == (1, 0, 0, 0)
    assert [part.day for part in partitions.list_partitions(category="PLATE_READ")] == [late.date()]


def test_a_late_event_for_a_destroyed_day_is_rejected_for_good(make_source, importer: str, reader_device: None) -> None:
    make_source()
    late = NOW - timedelta(days=40)
    scope = KeyScope(category="PLATE_READ", label=late.date().isoformat())
    keys.get_or_create_keys(scope=scope)
    keys.destroy_key(scope=scope, actor="system:test", now=NOW)
    content = HEAD + make_row(1, at=late) + make_row(2)
    assert numbers(run(content.encode(), importer)) == (1, 0, 1, 0)
    assert list_codes() == ["DAY_DESTROYED"]
    assert late.date() not in [part.day for part in partitions.list_partitions(category="PLATE_READ")]
    assert services.retry_rejected(source_code="gate", actor=importer, now=NOW).still_rejected == 1


def test_a_key_that_is_still_in_memory_does_not_open_a_destroyed_day(
    make_source, importer: str, reader_device: None, monkeypatch
) -> None:
    """Another process destroyed the day; this one holds its keys for some seconds more."""
    make_source()
    late = NOW - timedelta(days=40)
    scope = KeyScope(category="PLATE_READ", label=late.date().isoformat())
    held = keys.get_or_create_keys(scope=scope)
    keys.destroy_key(scope=scope, actor="system:test", now=NOW)
    monkeypatch.setattr(keys, "get_or_create_keys", lambda *, scope: held)
    monkeypatch.setattr("apps.ingestion.services.rejects.keep_rejected", lambda **rejected: 0)
    monkeypatch.setattr("apps.ingestion.services.imports.keep_rejected", lambda **rejected: 0)
    assert numbers(run((HEAD + make_row(1, at=late)).encode(), importer)) == (0, 0, 1, 0)


def test_rejected_rows_are_stored_once_their_cause_is_mended(make_source, importer: str) -> None:
    make_source()
    run(make_csv(3), importer)
    assert list_codes() == ["DEVICE_UNKNOWN"] * 3
    assets.register_device(
        device=NewDevice(
            reference="LPR-1",
            kind=DeviceKind.LPR,
            name="x",
            latitude=38.9,
            longitude=-77.0,
            owner="MPD",
            source_ids={},
        ),
        actor="system:test",
    )
    summary = services.retry_rejected(source_code="gate", actor=importer, now=NOW)
    assert (summary.tried, summary.resolved, summary.still_rejected) == (3, 3, 0)
    assert count_rows() == 3
    assert selectors.list_rejected().rows == []
    assert {bytes(sealed) for sealed in RejectedRow.objects.values_list("sealed", flat=True)} == {b""}
    assert list_events("REJECTS_RETRIED")[0][1]["resolved"] == 3
    assert services.retry_rejected(source_code="gate", actor=importer, now=NOW).tried == 0


def test_an_event_of_the_future_is_stored_when_its_time_has_come(
    make_source, importer: str, reader_device: None
) -> None:
    make_source()
    run((HEAD + make_row(1, at=NOW + timedelta(hours=1))).encode(), importer)
    assert services.retry_rejected(source_code="gate", actor=importer, now=NOW).still_rejected == 1
    later = NOW + timedelta(hours=2)
    assert services.retry_rejected(source_code="gate", actor=importer, now=later).resolved == 1
    assert RejectedRow.objects.get().attempts == 2


def test_a_rejected_row_whose_key_is_gone_is_told_apart(make_source, importer: str, reader_device: None) -> None:
    make_source()
    run((HEAD + make_row(1, plate="🚗🚗")).encode(), importer)
    scope = KeyScope(category="INGEST_REJECT", label=NOW.date().isoformat())
    keys.destroy_key(scope=scope, actor="system:test", now=NOW)
    summary = services.retry_rejected(source_code="gate", actor=importer, now=NOW)
    assert (summary.tried, summary.unreadable) == (1, 1)
    assert not selectors.list_rejected().rows[0].is_retriable


def test_a_second_import_keeps_no_rejected_row_twice(make_source, importer: str, reader_device: None) -> None:
    make_source()
    content = (HEAD + make_row(1, plate="🚗🚗")).encode()
    run(content, importer)
    run(content, importer, now=NOW + timedelta(days=1))
    assert RejectedRow.objects.count() == 1


def test_more_rejected_rows_than_are_kept_are_counted(
    make_source, importer: str, reader_device: None, monkeypatch
) -> None:
    monkeypatch.setattr(conf, "MOST_REJECTS_KEPT", 4)
    monkeypatch.setattr(conf, "BATCH_ROWS", 3)
    make_source()
    summary = run((HEAD + "".join(make_row(n, plate="🚗🚗") for n in range(10))).encode(), importer)
    assert (summary.rejected, summary.rejects_kept) == (10, 4)
    assert RejectedRow.objects.count() == 4


def test_a_record_too_long_to_keep_is_listed_without_its_content(
    make_source, importer: str, reader_device: None, monkeypatch
) -> None:
    monkeypatch.setattr(conf, "LONGEST_REJECT_KEPT", 100)
    make_source()
    run((HEAD + make_row(1, plate="A" * 200)).encode(), importer)
    assert not selectors.list_rejected().rows[0].is_retriable


def test_a_plan_stores_nothing(make_source, importer: str, reader_device: None) -> None:
    make_source()
    content = make_csv(5) + make_row(9, plate="🚗🚗").encode()
    summary = services.plan_import(source_code="gate", path=content, actor=importer, now=NOW)
    assert (summary.accepted, summary.rejected, summary.state) == (5, 1, "DRY_RUN")
    assert count_rows() == 0
    assert not ImportRun.objects.exists()
    assert partitions.list_partitions(category="PLATE_READ") == []


def test_a_run_that_was_cut_goes_on_after_its_last_commit(
    make_source, importer: str, reader_device: None, monkeypatch
) -> None:
    monkeypatch.setattr(conf, "BATCH_ROWS", 10)
    make_source()

    def cut(read: int, total: int) -> None:
        if ImportRun.objects.get().place == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        services.import_file(source_code="gate", path=make_csv(50), actor=importer, now=NOW, on_progress=cut)
    assert ImportRun.objects.get().place == 10
    summary = run(make_csv(50), importer)
    assert numbers(summary) == (50, 0, 0, 0)
    assert ImportRun.objects.count() == 1
    assert count_rows() == 50


def test_a_feed_is_written_and_on_record(make_source, reader_device: None) -> None:
    make_source()
    events = [
        PlateReadEvent(event_id=f"f{n}", camera="LPR-1", occurred_at=NOW - timedelta(minutes=n), plate=f"GX{n}")
        for n in range(10)
    ]
    bad = PlateReadEvent(event_id="bad", camera="LPR-1", occurred_at=NOW, plate="?")
    summary = services.write_reads(source="gate", events=[*events, events[0], bad], now=NOW)
    assert numbers(summary) == (10, 1, 1, 0)
    assert summary.total == 12
    assert list_events("FEED_WRITTEN") == [("FEED_WRITTEN", {"accepted": 10, "duplicates": 1, "rejected": 1})]


def test_rows_come_in_by_the_parent_only(make_source, importer: str, reader_device: None) -> None:
    make_source()
    run(make_csv(1), importer)
    [day] = partitions.list_partitions(category="PLATE_READ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('rtcc_ingest', %s, 'INSERT')", [day.name])
        assert cursor.fetchone() == (False,)
    assert day.day == (NOW - timedelta(hours=2)).astimezone(UTC).date()
