"""What audit writes in the ledger: to read the trail is an access too."""

from __future__ import annotations

from apps.ledger.types import EventType

TRAIL_READ = EventType(
    code="TRAIL_READ",
    sentence="{actor} read {rows} rows of the trail: case {case_number}, person {person}, purpose {purpose}, "
    "outcome {outcome}.",
)
ENTRY_READ = EventType(code="ENTRY_READ", sentence="{actor} read the log entry {subject}.")
