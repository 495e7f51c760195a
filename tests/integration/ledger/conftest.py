"""What the ledger's tests share: an event, and writing many entries at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.ledger import services
from apps.ledger.types import EventType, NewEntry, Receipt

TESTED = EventType(code="LOG_TESTED", sentence="{actor} tested {subject}.")


@pytest.fixture
def write() -> Callable[[int], list[Receipt]]:
    def write(count: int) -> list[Receipt]:
        return services.append_many(
            entries=[NewEntry(event=TESTED, actor="P-0001", subject=f"T-{n}", details={"n": n}) for n in range(count)]
        )

    return write
