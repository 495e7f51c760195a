"""What the destroy door writes in the ledger."""

from __future__ import annotations

from apps.ledger.types import EventType

BUCKET_DESTRUCTION_STARTED = EventType(
    code="BUCKET_DESTRUCTION_STARTED",
    sentence="The destruction of {category} of {day} was begun; it was due at {due_at}.",
)
BUCKET_DESTROYED = EventType(
    code="BUCKET_DESTROYED",
    sentence="The key of {category} of {day} was destroyed with {rows} rows; certificate {certificate} says so.",
)
READS_PRESERVED = EventType(
    code="READS_PRESERVED",
    sentence="{rows} reads were kept for case {case_number}, approved by {approver}, at most until {hold_ends_at}.",
)
HOLD_RELEASED = EventType(
    code="HOLD_RELEASED",
    sentence="{rows} reads kept for case {case_number} were destroyed: {cause}.",
)
PURGE_REFUSED = EventType(
    code="PURGE_REFUSED",
    sentence="A purge of everything due was refused: {refusals}.",
)
