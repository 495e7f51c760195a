"""What the demo's generator writes in the ledger: where invented entries begin, and that they are all there."""

from __future__ import annotations

from apps.ledger.types import EventType

DEMO_CITY_BEGUN = EventType(
    code="DEMO_CITY_BEGUN",
    sentence="A demo city was begun: {reads} invented plate reads over {days} days and {accesses} invented accesses.",
)
DEMO_CITY_FINISHED = EventType(
    code="DEMO_CITY_FINISHED", sentence="The demo city is complete: {reads} plate reads and {accesses} accesses."
)
