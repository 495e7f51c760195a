"""What assets write in the ledger."""

from __future__ import annotations

from apps.ledger.types import EventType

DEVICE_REGISTERED = EventType(code="DEVICE_REGISTERED", sentence="Device {subject} of kind {kind} was registered.")
DEVICES_IMPORTED = EventType(
    code="DEVICES_IMPORTED", sentence="{created} devices were registered from {subject}; {rejected} were rejected."
)
