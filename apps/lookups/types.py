"""What does somebody who looks a plate up say, and what do they get?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from apps.accounts.types import ActorSnapshot
from apps.core.types import Window
from apps.ledger.types import Receipt
from apps.policy.types import Decision


@dataclass(frozen=True, kw_only=True)
class PlateRequest:
    """A wish to see where one plate was read, with its justification."""

    actor: ActorSnapshot
    plate: str = field(repr=False)
    window: Window
    purpose: str
    offence: str
    case_number: str
    reason: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlateRow:
    """One read as a person sees it. `read_id` is `<UTC day>/<number>`; `occurred_at` is in the agency's zone.

    `is_preserved`: it is kept for the case of the request beyond its day.
    """

    read_id: str
    occurred_at: datetime
    plate: str
    region: str
    confidence: float | None
    device_reference: str
    device_name: str
    latitude: float | None
    longitude: float | None
    is_preserved: bool = False


@dataclass(frozen=True, kw_only=True)
class PlateResult:
    """The reads, newest first, with the receipt that proves that they were recorded before they were shown."""

    rows: list[PlateRow]
    receipt: Receipt
    decision: Decision
    query_reference: str
    truncated: bool
