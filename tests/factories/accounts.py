"""Legal states of accounts: the demo people, and actors as snapshots."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.test import Client

from apps.accounts import selectors, services
from apps.accounts.demo_people import DEMO_PEOPLE, EVERY_TRACK
from apps.accounts.models import Person
from apps.accounts.types import ActorSnapshot

USERNAME_OF = {
    **{demo.role: demo.username for demo in reversed(DEMO_PEOPLE)},
    "LAPSED_ANALYST": next(demo.username for demo in DEMO_PEOPLE if demo.current != EVERY_TRACK),
}


def make_demo_people(*, now: datetime | None = None) -> dict[str, str]:
    """References of the demo people by user name; made where they are missing."""
    return services.create_demo_people(now=now)


def get_demo_person(role: str) -> Person:
    """The demo person of a role code, or `LAPSED_ANALYST`. They must have been made."""
    return Person.objects.get(username=USERNAME_OF[role])


def make_demo_actor(role: str, *, now: datetime | None = None) -> ActorSnapshot:
    """The demo person of a role code, or `LAPSED_ANALYST`, as an actor; the demo people are made where missing."""
    references = make_demo_people(now=now)
    return selectors.get_actor(reference=references[USERNAME_OF[role]], now=now)


def sign_in(client: Client, role: str) -> ActorSnapshot:
    """Sign a test client in through the demonstration's sign-in page."""
    actor = make_demo_actor(role)
    response = client.post("/sign-in/demo/", {"person": actor.reference})
    assert response.status_code == 302, response.content
    return actor


def make_actor(**changes: Any) -> ActorSnapshot:
    """An actor without a row, for rules: an analyst with all training until 2099."""
    values: dict[str, Any] = {
        "person_id": 1,
        "reference": "P-0001",
        "display_name": "Maren Oduya",
        "agency_ori": "DCMPD0000",
        "roles": frozenset({"ANALYST"}),
        "training": {track.value: date(2099, 1, 1) for track in EVERY_TRACK},
        "is_active": True,
        "unit": "RTCC-1",
        "shift": "DAY",
    }
    return ActorSnapshot(**{**values, **changes})
