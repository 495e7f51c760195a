"""Each format's real sample becomes the values that were read off it by hand, and each trap of the files holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.ingestion.adapters import ADAPTERS
from apps.ingestion.adapters.framing import FileUnreadable
from apps.ingestion.batches import Batch, Reader
from apps.ingestion.types import (
    CallEvent,
    PlateReadEvent,
    SourceKind,
    SourceView,
)

DATA = Path(__file__).resolve().parents[2] / "data"
GROUP = json.loads((DATA / "lpr/openalpr_v2_alpr_group.json").read_text())
MESSAGE = json.loads((DATA / "lpr/platerecognizer_stream_webhook.json").read_text())
CSV_HEAD = "event_id,camera,time,plate,region,confidence,latitude,longitude,image\n"


def source(adapter: str, zone: str = "") -> SourceView:
    return SourceView(
        source_id=1,
        code="s",
        name="s",
        adapter=adapter,
        adapter_label="",
        kind=SourceKind.PLATE_READS,
        zone_name=zone,
        device_references={},
        registered_by="P-0001",
        registered_at=datetime(2026, 1, 1, tzinfo=UTC),
        approved_by="P-0002",
        approved_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def read(adapter: str, content: bytes | str | dict[str, Any], zone: str = "") -> Batch:
    if isinstance(content, dict):
        content = json.dumps(content)
    if isinstance(content, str):
        content = content.encode()
    batches = list(Reader(source(adapter, zone)).read(iter([content])))
    assert len(batches) == 1
    return batches[0]


def codes(batch: Batch) -> list[tuple[str, str]]:
    return [(why.code.value, why.field) for _, why in batch.rejected]


def test_openalpr_group_is_one_read() -> None:
    batch = read("OPENALPR_V2", (DATA / "lpr/openalpr_v2_alpr_group.json").read_bytes())
    [event] = batch.events
    assert event == PlateReadEvent(
        event_id="U8HGWA66CW58AV9Q7YB4JJ749CV7WXNQLLNIBT4N-106232737-1609433731402",
        camera="106232737",
        occurred_at=datetime(2020, 12, 31, 16, 55, 31, 402000, tzinfo=UTC),
        plate="Z900001",
        region="us-in",
        confidence=pytest.approx(0.93504997),
        latitude=40.0,
        longitude=-86.1,
    )
    assert (batch.ignored, batch.rejected) == (0, [])


def test_openalpr_heartbeat_never_becomes_a_read() -> None:
    batch = read("OPENALPR_V2", (DATA / "lpr/openalpr_heartbeat.json").read_bytes())
    assert (batch.events, batch.rejected, batch.ignored) == ([], [], 1)


@pytest.mark.parametrize("plate", ["", "unknown", "UNKNOWN", " "])
def test_a_passage_without_a_plate_is_counted_and_not_stored(plate: str) -> None:
    batch = read("OPENALPR_V2", {**GROUP, "best_plate_number": plate})
    assert (batch.events, batch.rejected, batch.ignored) == ([], [], 1)


def test_a_preview_of_a_group_is_not_a_second_read() -> None:
    assert read("OPENALPR_V2", {**GROUP, "is_preview": True}).ignored == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"data_type": "vehicle"}, ("KIND_UNKNOWN", "data_type")),
        ({"best_uuid": ""}, ("FIELD_MISSING", "best_uuid")),
        ({"epoch_start": None}, ("FIELD_MISSING", "epoch_start")),
        ({"epoch_start": 0}, ("FIELD_MISSING", "epoch_start")),
        ({"epoch_start": "yesterday"}, ("FIELD_MALFORMED", "epoch_start")),
        ({"epoch_start": 10**18}, ("TIME_IMPLAUSIBLE", "epoch_start")),
        ({"best_plate_number": ["Z900001"]}, ("FIELD_MALFORMED", "best_plate_number")),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not(change: dict[str, Any], expected: tuple[str, str]) -> None:
    assert codes(read("OPENALPR_V2", {**GROUP, **change})) == [expected]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not json", "RECORD_MALFORMED"),
        (b'{"data_type": "alpr_group", "best_uuid": "x', "RECORD_TRUNCATED"),
        (b'{"data_type": "alpr_group", "best_plate_number": "\xff\xfe"}', "ENCODING_WRONG"),
        (b"[1, 2]", "RECORD_MALFORMED"),
        (b'{"nothing": 1}', "FIELD_MISSING"),
    ],
)
def test_damage_is_told_apart(content: bytes, code: str) -> None:
    assert [why for why, _ in codes(read("OPENALPR_V2", content))] == [code]


def test_plate_recognizer_message_gives_a_read_a_plate() -> None:
    batch = read("PLATE_RECOGNIZER", (DATA / "lpr/platerecognizer_stream_webhook.json").read_bytes())
    [event] = batch.events
    assert event.camera == "camera-1"
    assert event.occurred_at == datetime(2021, 9, 29, 5, 56, 13, 606935, tzinfo=UTC)
    assert (event.plate, event.region, event.confidence) == ("9zzb11", "gb", 0.839)
    assert event.image_ref == "camera-1_screenshots/21-09-29/05-56-13.606935.jpg"
    assert event.event_id == "camera-1|2021-09-29T05:56:13.606935Z|9zzb11"
    assert (event.latitude, event.longitude) == (None, None)


def test_several_plates_in_one_message_are_several_reads_with_ids_of_their_own() -> None:
    first = MESSAGE["data"]["results"][0]
    results = [first, {**first, "plate": "abc123"}, {**first, "plate": ""}]
    batch = read("PLATE_RECOGNIZER", {**MESSAGE, "data": {**MESSAGE["data"], "results": results}})
    assert [event.plate for event in batch.events] == ["9zzb11", "abc123"]
    assert len({event.event_id for event in batch.events}) == 2
    assert batch.ignored == 1


def test_the_device_local_twin_of_the_time_is_not_read() -> None:
    changed = {**MESSAGE["data"], "timestamp_local": "2021-09-29 01:56:13.606935-04:00"}
    [event] = read("PLATE_RECOGNIZER", {**MESSAGE, "data": changed}).events
    assert event.occurred_at == datetime(2021, 9, 29, 5, 56, 13, 606935, tzinfo=UTC)


def test_csv_columns_may_stand_in_any_order_and_case() -> None:
    batch = read("CSV_READS", "Plate,TIME,Camera,Event_ID,note\nABC1,2026-11-01T10:00:00-04:00,LPR-1,e1,seen\n")
    [event] = batch.events
    assert (event.event_id, event.camera, event.plate) == ("e1", "LPR-1", "ABC1")
    assert event.occurred_at == datetime(2026, 11, 1, 10, tzinfo=timezone(timedelta(hours=-4)))


@pytest.mark.parametrize(("sent", "claimed"), [("0.92", 0.92), ("92", 0.92), ("", None), ("-1", None), ("100", 1.0)])
def test_confidence_of_both_spellings_is_one_claim(sent: str, claimed: float | None) -> None:
    [event] = read("CSV_READS", f"{CSV_HEAD}e1,LPR-1,2026-11-01T10:00:00Z,ABC1,dc,{sent},,,\n").events
    assert event.confidence == claimed


def test_a_time_without_a_zone_is_refused_unless_the_source_states_one() -> None:
    row = f"{CSV_HEAD}e1,LPR-1,2026-07-01T10:00:00,ABC1,,,,,\n"
    assert codes(read("CSV_READS", row)) == [("TIME_ZONE_MISSING", "time")]
    [event] = read("CSV_READS", row, zone="America/New_York").events
    assert event.occurred_at == datetime(2026, 7, 1, 14, tzinfo=UTC)


def test_a_stated_zone_does_not_change_a_time_that_has_one() -> None:
    row = f"{CSV_HEAD}e1,LPR-1,2026-07-01T10:00:00Z,ABC1,,,,,\n"
    [event] = read("CSV_READS", row, zone="America/New_York").events
    assert event.occurred_at == datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("e1,LPR-1,2026-11-01T10:00:00Z", ("RECORD_TRUNCATED", "")),
        ("e1,LPR-1,2026-11-01T10:00:00Z,ABC1,,,,,,,more", ("RECORD_MALFORMED", "")),
        (",LPR-1,2026-11-01T10:00:00Z,ABC1,,,,,", ("FIELD_MISSING", "event_id")),
        ("e1,,2026-11-01T10:00:00Z,ABC1,,,,,", ("FIELD_MISSING", "camera")),
        ("e1,LPR-1,,ABC1,,,,,", ("FIELD_MISSING", "time")),
        ("e1,LPR-1,last Tuesday,ABC1,,,,,", ("FIELD_MALFORMED", "time")),
        ("e1,LPR-1,2026-11-01T10:00:00Z,ABC1,,high,,,", ("FIELD_MALFORMED", "confidence")),
        ("e1,LPR-1,2026-11-01T10:00:00Z,ABC1,,,nan,,", ("FIELD_MALFORMED", "latitude")),
    ],
)
def test_a_wrong_row_is_rejected_and_the_next_one_read(row: str, expected: tuple[str, str]) -> None:
    batch = read("CSV_READS", f"{CSV_HEAD}{row}\ne2,LPR-1,2026-11-01T10:00:00Z,ABC2,,,,,\n")
    assert codes(batch) == [expected]
    assert [event.event_id for event in batch.events] == ["e2"]


def test_a_row_in_another_encoding_is_rejected_and_the_next_one_read() -> None:
    content = f"{CSV_HEAD}e1,LPR-1,2026-11-01T10:00:00Z,TÖL1,,,,,\n".encode("latin-1")
    batch = read("CSV_READS", content + b"e2,LPR-1,2026-11-01T10:00:00Z,ABC2,,,,,\n")
    assert codes(batch) == [("ENCODING_WRONG", "")]
    assert len(batch.events) == 1


def test_a_file_without_a_required_column_is_refused_whole() -> None:
    with pytest.raises(FileUnreadable) as refusal:
        read("CSV_READS", "event_id,camera,when,plate\ne1,LPR-1,x,ABC1\n")
    assert refusal.value.code == "COLUMNS_MISSING"
    assert "time" in refusal.value.message


def test_dc_times_are_local_in_spite_of_their_z() -> None:
    batch = read("DC_INCIDENTS", (DATA / "dc/crime_incidents_sample.csv").read_bytes())
    first = batch.events[0]
    assert isinstance(first, CallEvent)
    assert first.number == "16130703"
    assert first.occurred_at.astimezone(UTC) == datetime(2016, 8, 5, 16, 45, 21, tzinfo=UTC)
    assert first.reported_at is not None
    assert first.reported_at.astimezone(UTC) == datetime(2016, 8, 5, 23, 36, 7, tzinfo=UTC)
    assert (first.latitude, first.longitude) == (38.899814, -77.023462)
    assert (first.kind, first.method, first.police_service_area) == ("THEFT/OTHER", "OTHERS", "102")


def test_one_ccn_twice_is_one_event_id_twice() -> None:
    batch = read("DC_INCIDENTS", (DATA / "dc/crime_incidents_sample.csv").read_bytes())
    assert [event.event_id for event in batch.events][2:] == ["16125420", "16125420"]
    assert batch.events[2].occurred_at == batch.events[3].occurred_at


def test_a_local_time_that_happened_twice_is_the_earlier_one() -> None:
    row = f"{CSV_HEAD}e1,LPR-1,2026-11-01T01:30:00,ABC1,,,,,\n"
    [event] = read("CSV_READS", row, zone="America/New_York").events
    assert event.occurred_at.astimezone(UTC) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert event.occurred_at.tzinfo == ZoneInfo("America/New_York")


def test_a_cut_run_goes_on_after_the_last_place() -> None:
    rows = "".join(f"e{n},LPR-1,2026-11-01T10:00:00Z,ABC{n},,,,,\n" for n in range(1, 6))
    [batch] = Reader(source("CSV_READS")).read(iter([(CSV_HEAD + rows).encode()]), after_place=3)
    assert [event.event_id for event in batch.events] == ["e4", "e5"]
    assert batch.last_place == 5


def test_every_adapter_says_what_it_delivers() -> None:
    assert all(adapter.code == code and adapter.label for code, adapter in ADAPTERS.items())
