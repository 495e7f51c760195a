"""Who gets in, by which door, for how long, and what the ledger says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver, reverse

from apps.accounts import services
from apps.accounts.rules import LONGEST_SESSION
from apps.ledger import selectors as ledger
from tests.factories.accounts import get_demo_person, make_demo_people, sign_in

SESSION_EVENTS = ("PERSON_SIGNED_IN", "PERSON_SIGNED_OUT", "SIGN_IN_REFUSED", "PERMISSION_REFUSED")
PUBLIC = {
    "accounts:sign-in",
    "accounts:demo-sign-in",
    "healthz",
    "readyz",
    "ledger:checkpoint",
    "ledger:verifier",
    "ledger:tile",
}

pytestmark = pytest.mark.django_db


def list_events() -> list[tuple[str, str, dict[str, object]]]:
    return [(entry.event, entry.subject, entry.details) for entry in ledger.iterate_entries(events=SESSION_EVENTS)]


def is_signed_in(client: Client) -> bool:
    return client.get("/sign-in/").wsgi_request.actor is not None  # type: ignore[attr-defined]


def test_the_page_has_one_button_for_each_demo_person(client: Client) -> None:
    references = make_demo_people()
    response = client.get("/sign-in/", {"next": "/policy/"})
    people = response.context["people"]
    assert response.status_code == 200
    assert response.context["next"] == "/policy/"
    assert [person["reference"] for person in people] == list(references.values())
    assert all(set(person) == {"reference", "display_name", "role_label", "sentence", "note"} for person in people)
    assert "no-store" in response["Cache-Control"]


def test_outside_the_demonstration_the_page_offers_nobody_and_nobody_gets_in(client: Client, settings) -> None:  # type: ignore[no-untyped-def]
    references = make_demo_people()
    settings.RTCC_DEMO = False
    assert client.get("/sign-in/").context["people"] == []
    response = client.post("/sign-in/demo/", {"person": references["maren.oduya"]})
    assert response.status_code == 403
    assert not is_signed_in(client)
    assert list_events() == [
        ("SIGN_IN_REFUSED", references["maren.oduya"], {"cause": "NOT_A_DEMONSTRATION"}),
    ]


def test_a_person_signs_in_reads_and_signs_out_and_each_is_in_the_ledger(client: Client) -> None:
    actor = sign_in(client, "AUDITOR")
    assert client.get("/sign-in/").wsgi_request.actor == actor  # type: ignore[attr-defined]
    response = client.post("/sign-out/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/")
    assert not is_signed_in(client)
    assert list_events() == [
        ("PERSON_SIGNED_IN", actor.reference, {"method": "DEMO"}),
        ("PERSON_SIGNED_OUT", actor.reference, {"cause": "ASKED"}),
    ]


@pytest.mark.parametrize("sent", [{}, {"person": ""}, {"person": "P-9999"}, {"person": "x" * 500}])
def test_an_unknown_person_is_refused_and_what_was_typed_is_not_kept(client: Client, sent: dict[str, str]) -> None:
    make_demo_people()
    assert client.post("/sign-in/demo/", sent).status_code == 403
    assert list_events() == [("SIGN_IN_REFUSED", "unknown", {"cause": "PERSON_UNKNOWN"})]


def test_only_the_demonstrations_own_people_sign_in_by_button(client: Client) -> None:
    make_demo_people()
    agency = get_demo_person("ANALYST").agency
    other = services.create_person(actor="system:setup", username="real", display_name="Real", agency=agency)
    assert client.post("/sign-in/demo/", {"person": other.reference}).status_code == 403
    assert list_events() == [("SIGN_IN_REFUSED", other.reference, {"cause": "NOT_A_DEMO_PERSON"})]


def test_a_disabled_account_is_refused_and_its_session_ends_at_once(client: Client) -> None:
    actor = sign_in(client, "ANALYST")
    services.disable_account(actor="system:review", person=get_demo_person("ANALYST"))
    assert not is_signed_in(client)
    assert client.post("/sign-in/demo/", {"person": actor.reference}).status_code == 403
    assert list_events()[-1] == ("SIGN_IN_REFUSED", actor.reference, {"cause": "ACCOUNT_INACTIVE"})


def test_signing_in_needs_a_post_with_a_token() -> None:
    references = make_demo_people()
    client = Client(enforce_csrf_checks=True)
    assert client.post("/sign-in/demo/", {"person": references["maren.oduya"]}).status_code == 403
    assert client.get("/sign-in/demo/").status_code == 405
    assert list_events() == []


def test_a_session_ends_after_twelve_hours_however_busy(client: Client) -> None:
    start = datetime(2026, 11, 24, 6, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        actor = sign_in(client, "AUDITOR")
        while clock_now() < start + LONGEST_SESSION - timedelta(minutes=20):
            clock.shift(timedelta(minutes=20))
            assert is_signed_in(client)
        clock.shift(timedelta(minutes=20))
        assert not is_signed_in(client)
    assert list_events()[-1] == ("PERSON_SIGNED_OUT", actor.reference, {"cause": "SESSION_OVER"})


def test_a_session_ends_after_half_an_hour_idle(client: Client) -> None:
    with time_machine.travel(datetime(2026, 11, 24, 6, tzinfo=UTC), tick=False) as clock:
        sign_in(client, "AUDITOR")
        clock.shift(timedelta(minutes=31))
        assert not is_signed_in(client)


def test_a_session_without_a_start_is_over(client: Client) -> None:
    sign_in(client, "AUDITOR")
    session = client.session
    session["signed_in_at"] = "yesterday"
    session.save()
    assert not is_signed_in(client)


def clock_now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/policy/?x=1", "/policy/?x=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_sign_in_only_our_own_pages_follow(client: Client, wanted: str, target: str) -> None:
    references = make_demo_people()
    response = client.post("/sign-in/demo/", {"person": references["maren.oduya"], "next": wanted})
    assert (response.status_code, response["Location"]) == (302, target)


def test_who_has_not_signed_in_is_asked_to(client: Client) -> None:
    response = client.get("/policy/?x=1")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=%2Fpolicy%2F%3Fx%3D1")
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    fragment = client.get("/policy/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment["HX-Redirect"]) == (401, "/sign-in/")
    program = client.get("/policy/", headers={"Accept": "application/json"})
    assert (program.status_code, program.json()["code"]) == (401, "NOT_SIGNED_IN")
    assert list_events() == []


def test_the_public_addresses_are_just_these(settings) -> None:  # type: ignore[no-untyped-def]
    assert set(settings.RTCC_PUBLIC_URL_NAMES) == PUBLIC


def test_every_address_without_arguments_asks_for_sign_in_unless_listed(client: Client) -> None:
    asked = []
    for name in list_url_names():
        if name in PUBLIC:
            continue
        response = client.get(reverse(name))
        assert response.status_code == 302, name
        assert response["Location"].startswith("/sign-in/"), name
        asked.append(name)
    assert {"accounts:sign-out", "policy:in-force"} <= set(asked)


def list_url_names() -> list[str]:
    """Names of all our addresses that need no arguments."""
    names = []
    resolver = get_resolver()
    for name, entry in resolver.reverse_dict.items():
        if isinstance(name, str) and not entry[0][0][1]:
            names.append(name)
    for namespace, (_, nested) in resolver.namespace_dict.items():
        for name, entry in nested.reverse_dict.items():
            if isinstance(name, str) and not entry[0][0][1]:
                names.append(f"{namespace}:{name}")
    return names
