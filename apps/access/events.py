"""What access writes in the ledger."""

from __future__ import annotations

from apps.ledger.types import EventType

QUERY_DECIDED = EventType(
    code="QUERY_DECIDED",
    sentence="A request for {category} for {purpose} in {case_number} was {outcome} under policy {policy_version}.",
)
QUERY_ANSWERED = EventType(
    code="QUERY_ANSWERED",
    sentence="{row_count} rows of {category} were shown for {purpose} in {case_number}.",
)
CASE_CLOSED = EventType(code="CASE_CLOSED", sentence="Case {case_number} was closed.")
