"""Events have a code and a sentence; entries read themselves; commitments give nothing away."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from apps.ledger import canonical, commitments
from apps.ledger.services import _new_reference
from apps.ledger.tree import hash_leaf
from apps.ledger.types import EntryView, EventType

CONTENT = {
    "actor": "P-0001", "agency": "DCMPD0000", "event": "QUERY_DECIDED", "process": "web", "subject": "Q-1", "v": 1,
    "recorded_at": "2026-11-24T12:00:00.250000Z", "reference": "0193583e-7a1c-7f00-8000-5a17c9f0b001",
}  # fmt: skip


def make_view(index: int | None = None, **details: Any) -> EntryView:
    return EntryView(id=5, index=index, canonical=canonical.encode({**CONTENT, "details": details}))


def test_an_entry_is_read_from_its_bytes() -> None:
    view = make_view(3, rows=2)
    said = (view.reference, view.event, view.actor, view.subject, view.agency, view.process, view.details)
    assert said == (CONTENT["reference"], "QUERY_DECIDED", "P-0001", "Q-1", "DCMPD0000", "web", {"rows": 2})
    assert view.recorded_at == datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
    assert view.leaf_hash == hash_leaf(view.canonical)
    assert view.is_sealed
    assert not make_view().is_sealed


def test_bytes_that_are_no_entry_are_told() -> None:
    with pytest.raises(msgspec.MsgspecError):
        _ = EntryView(id=1, index=None, canonical=b'{"v":1}').actor


def test_a_sentence_is_filled_from_the_entry() -> None:
    event = EventType(
        code="QUERY_DECIDED", sentence="{actor} of {agency} asked for {rows} rows; {rules}; {is_late}; {missing}."
    )
    view = make_view(rows=2, rules=["a", "b"], is_late=True)
    assert event.describe(view) == "P-0001 of DCMPD0000 asked for 2 rows; a, b; yes; –."
    assert event.describe(make_view(rows=0, rules=[], is_late=False)).endswith("asked for 0 rows; –; no; –.")


@pytest.mark.parametrize("code", ["", "QUERY", "query_decided", "QUERY_", "QUERY DECIDED", "X" * 40 + "_" + "Y" * 40])
def test_an_events_code_reads_noun_participle(code: str) -> None:
    with pytest.raises(ValueError, match="NOUN_PARTICIPLE"):
        EventType(code=code, sentence="x")


def test_an_event_has_a_sentence() -> None:
    with pytest.raises(ValueError, match="needs a sentence"):
        EventType(code="QUERY_DECIDED", sentence=" ")


def test_references_are_uuids_of_version_7_in_order_of_time() -> None:
    moments = [datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC) for second in range(50)]
    references = [_new_reference(moment) for moment in moments]
    assert references == sorted(references)
    assert {uuid.UUID(reference).version for reference in references} == {7}
    assert {uuid.UUID(reference).variant for reference in references} == {uuid.RFC_4122}


def test_a_commitment_is_checked_with_its_salt_only() -> None:
    salt = commitments.new_salt()
    commitment = commitments.commit(salt=salt, value=b"ABC123")
    assert commitments.is_commitment_to(commitment=commitment, salt=salt, value=b"ABC123")
    assert not commitments.is_commitment_to(commitment=commitment, salt=salt, value=b"ABC124")
    assert not commitments.is_commitment_to(commitment=commitment, salt=commitments.new_salt(), value=b"ABC123")
    with pytest.raises(ValueError, match="16 bytes"):
        commitments.commit(salt=b"short", value=b"ABC123")
