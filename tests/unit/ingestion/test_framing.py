"""A file falls into records whatever is wrong with it, and a damaged record costs itself only."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ingestion.adapters import framing
from apps.ingestion.adapters.framing import FileUnreadable, check_text, read_row, split_csv, split_json, write_row
from apps.ingestion.types import RejectionCode


def blocks(content: bytes, size: int = 7) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


OBJECTS = [{"a": 1}, {"b": {"c": '}{"'}, "d": [1, {"e": "\\"}]}, {"f": "x\ny"}]
LINES = b"\n".join(json.dumps(item).encode() for item in OBJECTS) + b"\n"


@pytest.mark.parametrize(
    "content",
    [
        LINES,
        LINES.replace(b"\n", b"\r\n"),
        LINES.rstrip(b"\n"),
        b"\xef\xbb\xbf" + LINES,
        b"\n\n" + LINES.replace(b"\n", b"\n\n"),
        json.dumps(OBJECTS).encode(),
        json.dumps(OBJECTS, indent=2).encode(),
        b"\n".join(json.dumps(item, indent=2).encode() for item in OBJECTS),
    ],
    ids=["lines", "crlf", "no end", "mark", "blank lines", "array", "indented array", "spread"],
)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_json_objects_are_found_however_they_are_written(content: bytes, size: int) -> None:
    records = list(split_json(blocks(content, size)))
    assert [json.loads(record.raw) for record in records] == OBJECTS
    assert [record.place for record in records] == [1, 2, 3]
    assert all(record.problem is None for record in records)


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none(), min_size=1), min_size=1, max_size=5))
@settings(max_examples=50)
def test_any_objects_of_an_array_are_found(objects: list[dict[str, object]]) -> None:
    content = json.dumps(objects, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert len(list(split_json(blocks(content, 5)))) == len(objects)


def test_a_damaged_line_costs_itself_only() -> None:
    content = b'{"a": 1}\n{"a": \n{"a": 3}\nnot json\n{"a": 5}\n'
    assert [record.raw for record in split_json(blocks(content))] == [
        b'{"a": 1}',
        b'{"a":',
        b'{"a": 3}',
        b"not json",
        b'{"a": 5}',
    ]


def test_an_array_that_breaks_off_gives_what_is_whole_and_names_the_rest() -> None:
    records = list(split_json(blocks(b'[{"a": 1}, {"b": 2}, {"c": "half')))
    assert [record.problem for record in records] == [None, None, RejectionCode.RECORD_TRUNCATED]
    assert records[2].raw == b'{"c": "half'


def test_text_between_the_objects_of_an_array_is_a_record_of_its_own() -> None:
    records = list(split_json(blocks(b'[{"a": 1}, oops, {"b": 2}] tail')))
    assert [record.problem for record in records] == [
        None,
        RejectionCode.RECORD_MALFORMED,
        None,
        RejectionCode.RECORD_MALFORMED,
    ]


def test_a_line_too_long_to_hold_is_named_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LONGEST_RECORD", 100)
    content = b'{"a": 1}\n{"a": "' + b"x" * 1000 + b'"}\n{"a": 3}\n'
    records = list(split_json(blocks(content, 64)))
    assert [record.problem for record in records] == [None, RejectionCode.RECORD_TOO_LONG, None]
    assert records[2].raw == b'{"a": 3}'


def test_an_object_too_long_to_hold_ends_an_array(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LONGEST_RECORD", 100)
    records = list(split_json(blocks(b'[{"a": 1}, {"a": "' + b"x" * 1000 + b'"}]', 64)))
    assert [record.problem for record in records] == [None, RejectionCode.RECORD_TOO_LONG]


@pytest.mark.parametrize("start", [b"", b"["], ids=["lines", "array"])
def test_a_hundred_megabytes_pass_in_flat_memory(start: bytes) -> None:
    block = (b'{"plate": "Z900001", "padding": "' + b"x" * 4000 + b'"},\n') * 64
    tracemalloc.start()
    try:
        count = sum(1 for _ in split_json(iter([start, *[block] * 400])))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 64 * 400
    assert peak < 8 * 2**20


def test_csv_rows_carry_their_header_and_place() -> None:
    records = list(split_csv(blocks(b'\xef\xbb\xbfEvent_ID, Plate\r\n1,A\r\n\r\n2,"B,\r\nC"\r\n3,D')))
    assert [record.header for record in records] == [("event_id", "plate")] * 3
    assert [(record.place, record.raw) for record in records] == [(1, b"1,A"), (2, b'2,"B,\r\nC"'), (3, b"3,D")]


def test_a_quote_that_never_closes_costs_its_row_only() -> None:
    rows = b"".join(b"%d,x\n" % n for n in range(2, 40))
    records = list(split_csv(blocks(b'id,plate\n1,"A\n' + rows)))
    assert records[0].problem is RejectionCode.RECORD_TRUNCATED
    assert [record.raw for record in records[1:]] == [b"%d,x" % n for n in range(2, 40)]


def test_a_quote_that_never_closes_in_the_last_row_costs_it_only() -> None:
    records = list(split_csv(blocks(b'id,plate\n1,A\n2,"B\n')))
    assert [record.problem for record in records] == [None, RejectionCode.RECORD_TRUNCATED]


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=6))
def test_a_row_reads_back_as_it_was_written(cells: list[str]) -> None:
    assert read_row(write_row(tuple(cells))) == cells


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b" \n\n", "FILE_EMPTY"),
        ('{"a": 1}'.encode("utf-16"), "FILE_NOT_TEXT"),
        ('{"a": 1}'.encode("utf-16-le"), "FILE_NOT_TEXT"),
        (b"PK\x03\x04\x00\x00", "FILE_NOT_TEXT"),
    ],
)
def test_a_file_that_is_no_text_is_refused_whole(block: bytes, code: str) -> None:
    with pytest.raises(FileUnreadable) as refusal:
        check_text(block)
    assert refusal.value.code == code


def test_a_csv_file_whose_first_line_cannot_be_column_names_is_refused() -> None:
    with pytest.raises(FileUnreadable) as refusal:
        list(split_csv(iter([b'"never closed\n' * 1])))
    assert refusal.value.code == "HEADER_MISSING"
