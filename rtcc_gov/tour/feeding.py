"""Step 1: a file of plate reads goes through the write door, and the same file again adds nothing."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from apps.assets import selectors as assets
from apps.core import clock
from apps.ingestion import services as ingestion
from rtcc_gov.demo.plates import TOUR_PLATE
from rtcc_gov.tour.city import SOURCE, City
from rtcc_gov.tour.runner import Figures, require

GOOD_ROWS = 240


def make_file(city: City) -> tuple[bytes, int]:
    """A CSV of good rows, one of them twice, and rows that must be rejected; and how many those are."""
    now = clock.now()
    cameras = sorted(assets.get_device_map())[:12]
    rows = [
        [
            f"tour-{city.run}-{n}",
            cameras[n % len(cameras)],
            (now - timedelta(seconds=30 * n + 1)).isoformat(),
            plate,
            "DC",
        ]
        for n, plate in enumerate([TOUR_PLATE, *(f"ZZTOUR{n:02d}" for n in range(1, GOOD_ROWS))])
    ]
    bad = [
        [f"tour-{city.run}-long", cameras[0], now.isoformat(), "Z" * 200, "DC"],
        [f"tour-{city.run}-emoji", cameras[0], now.isoformat(), "ZZ🚗01", "DC"],
        [f"tour-{city.run}-sql", cameras[0], now.isoformat(), "'; DROP TABLE x;--", "DC"],
        [f"tour-{city.run}-future", cameras[0], (now + timedelta(days=2)).isoformat(), "ZZTOUR99", "DC"],
        [f"tour-{city.run}-1970", cameras[0], "1970-01-01T00:00:00Z", "ZZTOUR99", "DC"],
        [f"tour-{city.run}-camera", "no-such-camera", now.isoformat(), "ZZTOUR99", "DC"],
    ]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["event_id", "camera", "time", "plate", "region"])
    writer.writerows([*rows, rows[0], *bad])
    return text.getvalue().encode(), len(bad)


def ingest(city: City) -> Figures:
    content, bad = make_file(city)
    ingestor = city.people["ingestor"].reference
    first = ingestion.import_file(source_code=SOURCE, path=content, actor=ingestor, now=clock.now())
    again = ingestion.import_file(source_code=SOURCE, path=content, actor=ingestor, now=clock.now())
    require(first.accepted == GOOD_ROWS, f"{first.accepted} rows were accepted, not {GOOD_ROWS}")
    require(first.duplicates == 1, f"{first.duplicates} duplicates were found, not 1")
    require(first.rejected == bad, f"{first.rejected} rows were rejected, not {bad}")
    require(again.accepted == 0, f"the same file added {again.accepted} rows")
    return {
        "accepted": first.accepted,
        "duplicates": first.duplicates,
        "rejected": first.rejected,
        "second_import": {"accepted": again.accepted, "duplicates": again.duplicates, "rejected": again.rejected},
    }
