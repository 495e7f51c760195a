"""A history that is brought in is decided like any other request, and every entry says what it is."""

from __future__ import annotations

import pytest

from apps.access import selectors, services
from apps.core import clock
from apps.ledger import selectors as log
from tests.factories.access import make_request


def test_it_is_decided_marked_and_answered(committed_policy: None) -> None:
    asked_at = clock.now()
    services.record_past_query(
        request=make_request(), asked_at=asked_at, row_count=10**6, digest=b"0" * 32, marks={"demo": True}
    )
    services.record_past_query(
        request=make_request(reason="inv"), asked_at=asked_at, row_count=7, digest=b"0" * 32, marks={"demo": True}
    )
    refused, permitted = selectors.list_queries().rows
    assert (permitted.outcome, refused.outcome, refused.row_count) == ("PERMITTED", "REFUSED", None)
    assert permitted.row_count is not None
    assert permitted.row_count < 10**6
    entries = log.list_entries(events=["QUERY_DECIDED", "QUERY_ANSWERED"]).rows
    assert [entry.details["demo"] for entry in entries] == [True, True, True]


def test_a_history_without_a_mark_is_not_taken(policy: None) -> None:
    with pytest.raises(services.PastUnmarked):
        services.record_past_query(
            request=make_request(), asked_at=clock.now(), row_count=0, digest=b"0" * 32, marks={}
        )
