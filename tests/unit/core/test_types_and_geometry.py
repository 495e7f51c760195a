"""Windows are half-open and zoned; positions find their polygon and cell."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from apps.core.geometry import h3_cell, load_boundaries
from apps.core.types import Window

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_window_ends_before_its_end() -> None:
    window = Window(start=NOON, end=NOON + timedelta(hours=1))
    assert NOON in window
    assert NOON + timedelta(hours=1) not in window


def test_a_window_names_the_days_it_touches_and_not_the_one_it_stops_at() -> None:
    window = Window(start=NOON, end=datetime(2026, 11, 26, tzinfo=UTC))
    assert window.days == [date(2026, 11, 24), date(2026, 11, 25)]
    assert Window.of_day(date(2026, 11, 24)).days == [date(2026, 11, 24)]


@pytest.mark.parametrize(
    ("start", "end"), [(NOON, NOON), (NOON, NOON - timedelta(1)), (NOON.replace(tzinfo=None), NOON)]
)
def test_a_window_without_zone_or_length_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(start=start, end=end)


def test_a_position_finds_its_polygon_and_the_sea_finds_none(tmp_path: Path) -> None:
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"features": [{"properties": {"NAME": "square"}, "geometry": square}]}))
    boundaries = load_boundaries(path)
    assert boundaries.find(0.5, 0.5) == {"NAME": "square"}
    assert boundaries.find(0.5, 1.5) is None


def test_near_positions_share_a_cell_that_fits_a_signed_bigint() -> None:
    assert h3_cell(38.9001, -77.0301) == h3_cell(38.90011, -77.03011)
    assert 0 < h3_cell(38.9, -77.03) < 2**63
