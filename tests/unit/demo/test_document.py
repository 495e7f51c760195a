"""The document states the measured distances, and they are small."""

from __future__ import annotations

import re

from rtcc_gov.demo.document import demo_city_document
from rtcc_gov.demo.plates import TOUR_PLATES

MOST = {"reads of a plate": 0.02, "reads in a device-hour": 0.15, "seconds between two reads of a device": 0.05}


def test_the_generated_reads_are_as_near_to_real_ones_as_stated() -> None:
    text = demo_city_document()
    assert all(plate in text for plate in TOUR_PLATES)
    for name, most in MOST.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| **distance**: {name}"))
        stated = [float(cell) for cell in re.findall(r"\d\.\d\d", row)]
        assert len(stated) == 2
        assert max(stated) <= most
