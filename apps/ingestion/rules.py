"""May this source deliver, may this person approve it, and may this event be stored? Values in, grounds out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apps.ingestion.types import RejectionCode

# How far a device's clock may run ahead before its word is not taken.
MOST_SKEW = timedelta(minutes=10)
# Automated plate readers and this city's incident files are younger; a clock that was never set says 1970.
EARLIEST_EVENT = datetime(2000, 1, 1, tzinfo=UTC)
# Both coordinates this close to zero are a receiver without a fix.
NULL_ISLAND_DEGREES = 0.01


def get_time_refusal(*, occurred_at: datetime, now: datetime) -> RejectionCode | None:
    """Why an event's time is not believed."""
    if occurred_at > now + MOST_SKEW:
        return RejectionCode.FUTURE_EVENT
    if occurred_at < EARLIEST_EVENT:
        return RejectionCode.TIME_IMPLAUSIBLE
    return None


def get_position_refusal(*, latitude: float | None, longitude: float | None) -> RejectionCode | None:
    """Why a position that a record carries cannot be one; swapped columns show here."""
    if latitude is None or longitude is None:
        return None
    if -90 <= latitude <= 90 and -180 <= longitude <= 180:
        return None
    return RejectionCode.POSITION_INVALID


def has_position(*, latitude: float | None, longitude: float | None) -> bool:
    """Whether a record says where; the null island is nowhere."""
    if latitude is None or longitude is None:
        return False
    return abs(latitude) > NULL_ISLAND_DEGREES or abs(longitude) > NULL_ISLAND_DEGREES


def get_source_refusals(*, is_approved: bool) -> list[str]:
    """Why a source may not deliver, as codes."""
    return [] if is_approved else ["SOURCE_NOT_APPROVED"]


def get_approval_refusals(*, registrar: str, approver: str, is_approved: bool) -> list[str]:
    """Why a source may not be approved by this person, as codes: what is new is seen by two people."""
    grounds = []
    if is_approved:
        grounds.append("SOURCE_ALREADY_APPROVED")
    if registrar == approver:
        grounds.append("APPROVER_IS_REGISTRAR")
    return grounds
