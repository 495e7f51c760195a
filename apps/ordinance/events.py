"""What this app writes in the ledger."""

from __future__ import annotations

from apps.ledger.types import EventType

REPORT_BUILT = EventType(
    code="REPORT_BUILT",
    sentence="The access report from {start} to {end} was built from the first {size} entries of the log.",
)
