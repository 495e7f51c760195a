"""Whom, what and which case does the tour work with? Everything is taken from the demo city as it stands."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from apps.access.models import CaseReference
from apps.accounts import selectors as accounts
from apps.accounts.models import Person
from apps.accounts.types import ActorSnapshot
from apps.core import clock
from apps.core.types import Window
from apps.lookups.types import PlateRequest
from apps.policy import selectors as policy
from rtcc_gov.demo.plates import TOUR_PLATE
from rtcc_gov.tour.runner import require

CATEGORY = "PLATE_READ"
SOURCE = "demo-lpr"
PURPOSE = "CRIMINAL_INVESTIGATION"
OFFENCE = "VIOLENT_FELONY"
REASON = "Silver sedan left the robbery at the corner store; victim gave this plate and the driver's direction"
USERNAMES = {
    "analyst": "maren.oduya",
    "lapsed": "tobin.fennimore",
    "supervisor": "ilse.harrowgate",
    "privacy_officer": "noor.castellane",
    "auditor": "piet.lindqvale",
    "council": "amadi.rosekerr",
    "ingestor": "desmond.vaillard",
}


@dataclass(frozen=True, kw_only=True)
class City:
    """The people by what they do here, the case, and the mark of this run."""

    run: str
    began_at: datetime
    people: dict[str, ActorSnapshot]
    case_number: str

    def request(self, *, who: str = "analyst", **changes: object) -> PlateRequest:
        """A look-up that the policy permits, with `changes`; its window is everything that is kept."""
        now = clock.now()
        fields: dict[str, object] = {
            "actor": self.people[who],
            "plate": TOUR_PLATE,
            "window": Window(start=now - timedelta(days=30), end=now + timedelta(minutes=1)),
            "purpose": PURPOSE,
            "offence": OFFENCE,
            "case_number": self.case_number,
            "reason": REASON,
        }
        return PlateRequest(**(fields | changes))  # type: ignore[arg-type]


def load_city() -> City:
    """Find the tour's people and an open case of a violent felony.

    :raises StepFailed: if the demo city is not there
    """
    found = dict(Person.objects.filter(username__in=USERNAMES.values()).values_list("username", "reference"))
    require(len(found) == len(USERNAMES), "The demo city is not there; run: make run")
    covered = next(o.covers for o in policy.list_offences(now=clock.now()) if o.code == OFFENCE)
    case = CaseReference.objects.filter(status="OPEN", offence__in=[OFFENCE, *covered]).order_by("number").first()
    require(case is not None, "The demo city has no open case of a violent felony.")
    return City(
        run=uuid.uuid4().hex[:8],
        began_at=datetime.now(UTC),
        people={who: accounts.get_actor(reference=found[username]) for who, username in USERNAMES.items()},
        case_number=case.number if case else "",
    )


def policy_file() -> Path:
    return Path(settings.RTCC_FIXTURES_DIR) / "dc" / "policy.json"
