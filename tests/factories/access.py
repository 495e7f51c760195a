"""Legal states of access: an open case, a request that the demo policy permits, and what a search returns."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.access import services
from apps.access.types import NewCase, QueryRequest
from apps.core import clock
from apps.core.types import Window
from tests.factories.accounts import make_demo_actor

CASE_NUMBER = "26017734"
REASON = "Witness at 14th and U read the plate of the grey sedan the two men left in"


@dataclass(frozen=True)
class Found:
    """A search's result."""

    rows: list[Any]

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(repr(self.rows).encode()).digest()


def make_case(number: str = CASE_NUMBER, *, now: datetime | None = None, status: str = "OPEN") -> str:
    moment = now or clock.now()
    services.record_case(case=NewCase(number=number, kind="CASE", status=status, occurred_at=moment), now=moment)
    return number


def make_request(**changes: Any) -> QueryRequest:
    """A justified look-up of an analyst; permitted where the demo policy and the case are there."""
    now = clock.now()
    request = QueryRequest(
        actor=changes.pop("actor", None) or make_demo_actor("ANALYST"),
        action="LOOKUP",
        category="PLATE_READ",
        purpose="CRIMINAL_INVESTIGATION",
        offence="VIOLENT_FELONY",
        case_number=CASE_NUMBER,
        reason=REASON,
        window=Window(start=now - timedelta(days=3), end=now),
        criteria={"plate": "GX7Q41"},
    )
    return dataclasses.replace(request, **changes)
