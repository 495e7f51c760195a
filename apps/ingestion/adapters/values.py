"""How are the odd spellings of one claim read alike? Shared by the formats; pure."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo

from apps.ingestion.types import RejectionCode

# What readers send when they saw a vehicle and no plate.
NO_PLATE = frozenset({"", "unknown", "noplate", "no_plate", "no plate", "none", "null", "n/a"})


class FieldInvalid(Exception):
    """A field is not what it must be; becomes a `Rejection`."""

    def __init__(self, code: RejectionCode, field: str) -> None:
        super().__init__(code)
        self.code, self.field = code, field


def is_no_plate(plate: str) -> bool:
    return plate.strip().lower() in NO_PLATE


def from_milliseconds(value: int, field: str) -> datetime:
    """Epoch milliseconds as an aware moment, exact to the millisecond."""
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise FieldInvalid(RejectionCode.TIME_IMPLAUSIBLE, field) from None


def read_moment(text: str, field: str, zone: tzinfo | None) -> datetime:
    """An ISO 8601 moment; one without a zone is in `zone`, and refused where the source states none.

    A local time that the clocks went through twice is the earlier one.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise FieldInvalid(
            RejectionCode.FIELD_MALFORMED if text.strip() else RejectionCode.FIELD_MISSING, field
        ) from None
    if moment.tzinfo is None:
        return attach_zone(moment, field, zone)
    return moment


def attach_zone(moment: datetime, field: str, zone: tzinfo | None) -> datetime:
    if zone is None:
        raise FieldInvalid(RejectionCode.TIME_ZONE_MISSING, field)
    return moment.replace(tzinfo=zone)


def read_confidence(value: float | None) -> float | None:
    """0 to 1, whether it was sent so or as a percentage: 0.92 and 92 are the same claim."""
    if value is None or not math.isfinite(value) or value < 0:
        return None
    return min(value / 100 if value > 1 else value, 1.0)


def read_number(text: str, field: str) -> float | None:
    """A decimal number, or None where the cell is blank."""
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        raise FieldInvalid(RejectionCode.FIELD_MALFORMED, field) from None
    if not math.isfinite(number):
        raise FieldInvalid(RejectionCode.FIELD_MALFORMED, field)
    return number
