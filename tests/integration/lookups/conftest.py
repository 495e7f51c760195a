"""A city in which an analyst may look a plate up: policy, an open case, a reader, and reads of two plates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from apps.accounts.types import ActorSnapshot
from apps.assets import services as assets
from apps.assets.types import DeviceKind, NewDevice
from apps.core.types import Window
from apps.ingestion import services as ingestion
from apps.ingestion.types import PlateReadEvent
from apps.lookups.types import PlateRequest
from tests.factories.access import CASE_NUMBER, REASON, make_case
from tests.factories.accounts import make_demo_actor
from tests.factories.policy import put_dc_policy_in_force

PLATE = "GX7Q41"
OTHER_PLATE = "HB2K88"


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def policy(now: datetime) -> None:
    put_dc_policy_in_force(now=now)
    make_case()


@pytest.fixture
def analyst(policy: None) -> ActorSnapshot:
    return make_demo_actor("ANALYST")


@pytest.fixture
def analyst_without_training(policy: None) -> ActorSnapshot:
    return make_demo_actor("LAPSED_ANALYST")


@pytest.fixture
def plate_read(now: datetime) -> list[PlateReadEvent]:
    """Six reads of `PLATE`, one every ten hours, and as many of another plate."""
    device = NewDevice(
        reference="LPR-1",
        kind=DeviceKind.LPR,
        name="14th and U",
        latitude=38.917,
        longitude=-77.032,
        owner="MPD",
        source_ids={},
        is_approved=True,
    )
    assets.register_device(device=device, actor="system:test")
    ingestion.register_source(code="gate", name="Gate", adapter="CSV_READS", actor="system:a", now=now)
    ingestion.approve_source(code="gate", actor="system:b", now=now)
    events = [
        PlateReadEvent(
            event_id=f"{plate}-{n}",
            camera="LPR-1",
            occurred_at=now - timedelta(hours=10 * n, minutes=1),
            plate=plate.lower(),
            region="us-dc",
            confidence=0.9,
        )
        for plate in (PLATE, OTHER_PLATE)
        for n in range(6)
    ]
    assert ingestion.write_reads(source="gate", events=events, now=now).accepted == 12
    return events[:6]


@pytest.fixture
def make_plate_request(analyst: ActorSnapshot, now: datetime) -> Callable[..., PlateRequest]:
    """A justified request for `PLATE` over three days, with changes."""

    def make(**changes: object) -> PlateRequest:
        request = PlateRequest(
            actor=analyst,
            plate=PLATE,
            window=Window(start=now - timedelta(days=3), end=now),
            purpose="CRIMINAL_INVESTIGATION",
            offence="VIOLENT_FELONY",
            case_number=CASE_NUMBER,
            reason=REASON,
        )
        return dataclasses.replace(request, **changes)

    return make
