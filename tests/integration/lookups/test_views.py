"""The look-up page: a plate only in the body of a POST, nothing kept by a browser, refusals that say what lacks."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.ledger import selectors as log
from tests.factories.access import CASE_NUMBER, REASON
from tests.factories.accounts import sign_in
from tests.integration.lookups.conftest import PLATE

pytestmark = pytest.mark.django_db
FILLED = {
    "plate": PLATE,
    "days": "3",
    "purpose": "CRIMINAL_INVESTIGATION",
    "offence": "VIOLENT_FELONY",
    "case_number": CASE_NUMBER,
    "reason": REASON,
}
FRAGMENT = {"HX-Request": "true"}


def test_a_justified_look_up_is_a_page_and_a_fragment(client: Client, policy, plate_read) -> None:
    sign_in(client, "ANALYST")
    page = client.post("/lookups/plate/", FILLED)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert len(page.context["result"].rows) == 6
    assert page.content.count(b"data-latitude=") == 6
    assert page.context["receipt"]["leaf_hash"] in page.content.decode()
    assert PLATE not in page.request["PATH_INFO"] + page.request["QUERY_STRING"]

    again = {**FILLED, "reason": f"{REASON}, and a second witness saw it at 9th street"}
    fragment = client.post("/lookups/plate/", again, headers=FRAGMENT)
    assert fragment.status_code == 200
    assert "<html" not in fragment.content.decode()
    assert fragment.content.decode().count("14th and U") >= 6


def test_the_empty_form_is_shown_to_whoever_may_look_up(client: Client, policy) -> None:
    sign_in(client, "ANALYST")
    page = client.get("/lookups/plate/")
    assert page.status_code == 200
    assert "result" not in page.context
    assert log.count_by_event(events=["QUERY_DECIDED"]) == {}


@pytest.mark.parametrize("role", ["AUDITOR", "COUNCIL"])
def test_the_form_is_not_shown_to_others(client: Client, policy, role: str) -> None:
    sign_in(client, role)
    assert client.get("/lookups/plate/").status_code == 403


def test_nobody_looks_up_without_signing_in(client: Client, policy) -> None:
    assert client.post("/lookups/plate/", FILLED).status_code == 302
    assert log.count_by_event(events=["QUERY_DECIDED"]) == {}


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_a_refusal_says_which_rule_and_what_would_satisfy_it(client: Client, policy, plate_read, headers) -> None:
    sign_in(client, "LAPSED_ANALYST")
    response = client.post("/lookups/plate/", {**FILLED, "reason": "investigation"}, headers=headers)
    assert response.status_code == 403
    assert "no-store" in response["Cache-Control"]
    error = response.context["error"]
    assert {"REASON_VAGUE", "TRAINING_EXPIRED"} <= {ground.code for ground in error.grounds}
    content = response.content.decode()
    assert all(ground.remedy in content for ground in error.grounds if "'" not in ground.remedy)
    assert "14th and U" not in content
    assert log.count_by_event(events=["QUERY_DECIDED", "QUERY_ANSWERED"]) == {"QUERY_DECIDED": 1}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"plate": ""}, 422),
        ({"days": "4000"}, 422),
        ({"purpose": "NO_SUCH"}, 422),
        ({"plate": "GX7*"}, 422),
        ({"plate": "A" * 200}, 422),
    ],
)
def test_a_form_that_is_not_filled_in_asks_nothing(client: Client, policy, changes, status: int) -> None:
    sign_in(client, "ANALYST")
    for headers in ({}, FRAGMENT):
        assert client.post("/lookups/plate/", {**FILLED, **changes}, headers=headers).status_code == status
    assert log.count_by_event(events=["QUERY_DECIDED"]) == {}


def test_a_plate_in_an_address_is_not_read(client: Client, policy) -> None:
    sign_in(client, "ANALYST")
    page = client.get("/lookups/plate/", {"plate": PLATE})
    assert PLATE not in page.content.decode()
