"""Everybody sees what the log says of them, and of nobody else."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.access import selectors, services
from tests.factories.access import REASON, Found, make_request
from tests.factories.accounts import make_demo_actor, sign_in


@pytest.fixture
def lookup(policy: None) -> services.Answer:
    return services.run_query(request=make_request(), search=lambda grant: Found([1]))


def test_own_accesses_come_with_what_was_written(lookup: services.Answer) -> None:
    with pytest.raises(services.QueryRefused):
        services.run_query(request=make_request(reason="inv"), search=lambda grant: Found([]))
    page = selectors.list_own_accesses(actor=make_demo_actor("ANALYST"), size=1)
    assert [(row.outcome, row.facts.reason if row.facts else "") for row in page.rows] == [("REFUSED", "inv")]
    older = selectors.list_own_accesses(actor=make_demo_actor("ANALYST"), size=1, cursor=page.next_cursor)
    facts = older.rows[0].facts
    assert facts is not None
    assert (facts.reason, facts.criteria) == (REASON, {"plate": "GX7Q41"})
    assert older.next_cursor == ""
    assert selectors.list_own_accesses(actor=make_demo_actor("SUPERVISOR")).rows == []


def test_the_page_shows_them(client: Client, lookup: services.Answer) -> None:
    sign_in(client, "ANALYST")
    response = client.get("/accesses/mine/")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    content = response.content.decode()
    assert REASON in content
    assert lookup.query_reference in content
    fragment = client.get("/accesses/mine/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert lookup.query_reference in fragment


def test_somebody_else_sees_nothing_of_it(client: Client, lookup: services.Answer) -> None:
    sign_in(client, "SUPERVISOR")
    assert lookup.query_reference not in client.get("/accesses/mine/").content.decode()
