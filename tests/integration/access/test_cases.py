"""Case numbers: made known by feeds, closed by people, and never opened again by a feed that repeats itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.access import selectors, services
from apps.access.models import CaseReference
from apps.access.selectors import CaseMissing, QueryMissing
from apps.access.services import CaseClosedBefore
from apps.access.types import NewCase
from apps.core.types import Window
from apps.ledger import selectors as log
from tests.factories.access import make_case

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def make(number: str, **changes: object) -> NewCase:
    values: dict[str, object] = {"kind": "CASE", "status": "OPEN", "occurred_at": NOW, "offence": "THEFT"}
    return NewCase(number=number, **{**values, **changes})  # type: ignore[arg-type]


def test_numbers_are_known_as_they_are_written() -> None:
    assert services.record_cases(cases=[make("026-01"), make(" 026-01 "), make("26-01"), make("")], now=NOW) == 2
    assert selectors.get_case(number=" 026-01").number == "026-01"
    assert selectors.find_case_status(number="26-01") == "OPEN"
    assert selectors.find_case_status(number="6-01") == "UNKNOWN"
    assert selectors.find_case_status(number="  ") == "MISSING"
    with pytest.raises(CaseMissing):
        selectors.get_case(number="6-01")


def test_a_repeated_feed_mends_facts_and_opens_nothing() -> None:
    services.record_case(case=make("1", status="CLOSED"), now=NOW)
    services.record_cases(cases=[make("1", offence="ROBBERY", latitude=38.9, longitude=-77.0)], now=NOW)
    case = selectors.get_case(number="1")
    assert (case.status, case.offence, case.latitude) == ("CLOSED", "ROBBERY", 38.9)
    assert selectors.is_case_closed(number="1")


def test_a_feed_may_close() -> None:
    make_case("2", now=NOW)
    services.record_case(case=make("2", status="CLOSED"), now=NOW + timedelta(days=1))
    services.record_case(case=make("2", status="CLOSED"), now=NOW + timedelta(days=2))
    assert CaseReference.objects.get(number="2").closed_at == NOW + timedelta(days=1)
    assert str(CaseReference.objects.get(number="2")) == "2"


def test_closing_is_on_record_and_happens_once() -> None:
    make_case("3", now=NOW)
    services.close_case(number="3", actor="P-0001", now=NOW)
    assert [entry.actor for entry in log.list_entries(events=["CASE_CLOSED"], case_number="3").rows] == ["P-0001"]
    with pytest.raises(CaseClosedBefore):
        services.close_case(number="3", actor="P-0001")
    with pytest.raises(CaseMissing):
        services.close_case(number="4", actor="P-0001")


def test_queries_that_are_not_there() -> None:
    for reference in ("00000000-0000-0000-0000-000000000000", "x"):
        with pytest.raises(QueryMissing):
            selectors.get_query(reference=reference)
        with pytest.raises(QueryMissing):
            selectors.agrees_with_log(reference=reference, commitment="0" * 64)
    window = Window(start=NOW, end=NOW + timedelta(days=1))
    assert selectors.list_queries(window=window, outcome="REFUSED").rows == []
