"""What may be stored, and who may let a source deliver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.ingestion import rules
from apps.ingestion.types import REJECTION_SENTENCES, RejectionCode

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("occurred_at", "code"),
    [
        (NOW, None),
        (NOW + timedelta(minutes=10), None),
        (NOW + timedelta(minutes=10, microseconds=1), RejectionCode.FUTURE_EVENT),
        (NOW + timedelta(days=400), RejectionCode.FUTURE_EVENT),
        (datetime(2000, 1, 1, tzinfo=UTC), None),
        (datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC), RejectionCode.TIME_IMPLAUSIBLE),
        (datetime(1970, 1, 1, tzinfo=UTC), RejectionCode.TIME_IMPLAUSIBLE),
    ],
)
def test_a_time_is_believed_from_2000_to_ten_minutes_ahead(occurred_at: datetime, code: RejectionCode | None) -> None:
    assert rules.get_time_refusal(occurred_at=occurred_at, now=NOW) is code


@pytest.mark.parametrize(
    ("latitude", "longitude", "code", "is_somewhere"),
    [
        (38.9, -77.0, None, True),
        (None, -77.0, None, False),
        (38.9, None, None, False),
        (-77.0, 38.9, None, True),
        (138.9, -77.0, RejectionCode.POSITION_INVALID, True),
        (38.9, -200.0, RejectionCode.POSITION_INVALID, True),
        (0.0, 0.0, None, False),
        (0.001, -0.002, None, False),
        (0.0, 30.0, None, True),
    ],
)
def test_a_position_is_on_earth_and_not_on_the_null_island(
    latitude: float | None, longitude: float | None, code: RejectionCode | None, is_somewhere: bool
) -> None:
    assert rules.get_position_refusal(latitude=latitude, longitude=longitude) is code
    assert rules.has_position(latitude=latitude, longitude=longitude) is is_somewhere


def test_a_source_delivers_once_it_is_approved() -> None:
    assert rules.get_source_refusals(is_approved=True) == []
    assert rules.get_source_refusals(is_approved=False) == ["SOURCE_NOT_APPROVED"]


@pytest.mark.parametrize(
    ("approver", "is_approved", "grounds"),
    [
        ("P-0002", False, []),
        ("P-0001", False, ["APPROVER_IS_REGISTRAR"]),
        ("P-0002", True, ["SOURCE_ALREADY_APPROVED"]),
        ("P-0001", True, ["SOURCE_ALREADY_APPROVED", "APPROVER_IS_REGISTRAR"]),
    ],
)
def test_a_source_is_approved_once_by_a_second_person(approver: str, is_approved: bool, grounds: list[str]) -> None:
    assert rules.get_approval_refusals(registrar="P-0001", approver=approver, is_approved=is_approved) == grounds


def test_every_rejection_has_a_sentence() -> None:
    assert set(REJECTION_SENTENCES) == set(RejectionCode)
