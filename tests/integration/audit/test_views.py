from __future__ import annotations

import pytest
from django.test import Client

from apps.access.types import Answer
from apps.ledger import selectors as log
from tests.factories.access import CASE_NUMBER, REASON
from tests.factories.accounts import sign_in


def test_the_auditor_finds_a_lookup_by_case_number(client: Client, lookup: Answer) -> None:
    sign_in(client, "AUDITOR")
    response = client.get("/audit/trail/", {"case_number": CASE_NUMBER, "outcome": "PERMITTED"})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    content = response.content.decode()
    assert f'data-query="{lookup.query_reference}"' in content
    assert REASON in content
    assert "GX7Q41" not in content
    assert response.context["query"] == f"case_number={CASE_NUMBER}&outcome=PERMITTED"

    fragment = client.get("/audit/trail/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert lookup.query_reference in fragment
    assert log.count_by_event(events=["TRAIL_READ"]) == {"TRAIL_READ": 2}


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-11-24", "until": "2026-11-23"},
        {"since": "1970-01-01"},
        {"outcome": "X"},
        {"case_number": "9" * 65},
    ],
)
def test_a_filter_that_is_none_reads_nothing(client: Client, policy: None, query: dict[str, str]) -> None:
    sign_in(client, "AUDITOR")
    response = client.get("/audit/trail/", query)
    assert response.status_code == 422
    assert log.count_by_event(events=["TRAIL_READ"]) == {}


def test_a_damaged_cursor_is_told(client: Client, policy: None) -> None:
    sign_in(client, "AUDITOR")
    assert client.get("/audit/trail/", {"cursor": "zzz"}).status_code == 422


def test_days_are_the_agencys_and_the_last_counts(client: Client, lookup: Answer) -> None:
    sign_in(client, "AUDITOR")
    for query in ({"since": "2020-01-01"}, {"until": "2099-01-01"}, {"person": "p-0001"}):
        assert client.get("/audit/trail/", query).status_code == 200
    assert client.get("/audit/trail/", {"until": "2020-01-01"}).context["trail"].rows == []


def test_the_trail_opens_without_a_policy(client: Client, db: None) -> None:
    sign_in(client, "AUDITOR")
    assert client.get("/audit/trail/").status_code == 200


def test_others_are_refused(client: Client, lookup: Answer) -> None:
    sign_in(client, "ANALYST")
    assert client.get("/audit/trail/").status_code == 403


def test_an_entry_has_a_page_for_its_actor_and_the_auditor(client: Client, lookup: Answer) -> None:
    address = f"/audit/entries/{lookup.receipt.reference}/"
    for role, status in (("ANALYST", 200), ("COUNCIL", 404), ("AUDITOR", 200)):
        client.logout()
        sign_in(client, role)
        assert client.get(address).status_code == status
    assert lookup.receipt.leaf_hash.hex() in client.get(address).content.decode()
    assert client.get("/audit/entries/00000000-0000-0000-0000-000000000000/").status_code == 404
