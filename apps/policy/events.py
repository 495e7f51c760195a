"""What policy writes in the ledger."""

from __future__ import annotations

from apps.ledger.types import EventType

POLICY_ACTIVATED = EventType(
    code="POLICY_ACTIVATED",
    sentence="Policy version {version} was put in force, written by {author} and approved by {approver}.",
)
POLICY_RETIRED = EventType(code="POLICY_RETIRED", sentence="Policy version {version} was retired.")
