from __future__ import annotations

from datetime import UTC, datetime

from apps.audit.rules import describe_filters, is_wanted, may_open_entry
from apps.audit.types import TrailFilters
from apps.core.types import Window
from apps.ledger.types import EntryView

ENTRY = EntryView(
    id=1,
    index=None,
    canonical=b'{"actor":"P-0001","agency":"","details":{"outcome":"REFUSED","purpose":"PERSONAL"},"event":"QUERY_DECIDED",'
    b'"process":"web","recorded_at":"2026-11-24T12:00:00.000000Z","reference":"r","subject":"s","v":1}',
)


def test_filters_are_logged_as_codes() -> None:
    window = Window(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 1, tzinfo=UTC))
    filters = TrailFilters(
        case_number="026-01234", person="P-0012", purpose="PERSONAL", outcome="REFUSED", window=window
    )
    assert describe_filters(filters) == {
        "case_number": "026-01234",
        "person": "P-0012",
        "purpose": "PERSONAL",
        "outcome": "REFUSED",
        "since": "2026-01-01T00:00:00+00:00",
        "until": "2026-02-01T00:00:00+00:00",
    }
    assert set(describe_filters(TrailFilters()).values()) == {""}


def test_filters_that_no_index_answers() -> None:
    assert is_wanted(ENTRY, TrailFilters())
    assert is_wanted(ENTRY, TrailFilters(purpose="PERSONAL", outcome="REFUSED"))
    assert not is_wanted(ENTRY, TrailFilters(outcome="PERMITTED"))


def test_entries_open_for_their_actor_and_for_readers_of_the_trail() -> None:
    assert may_open_entry(reader="P-0001", may_read_trail=False, entry=ENTRY)
    assert may_open_entry(reader="P-0002", may_read_trail=True, entry=ENTRY)
    assert not may_open_entry(reader="P-0002", may_read_trail=False, entry=ENTRY)
