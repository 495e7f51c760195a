"""In which ward, police area or cell does a position lie?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h3
from shapely import STRtree
from shapely.geometry import Point, shape

CELL_RESOLUTION = 9


def h3_cell(latitude: float, longitude: float, resolution: int = CELL_RESOLUTION) -> int:
    """The H3 cell of a position as a signed 64-bit number; resolution 9 is about 0.1 km²."""
    return int(h3.str_to_int(h3.latlng_to_cell(latitude, longitude, resolution)))


class Boundaries:
    """Polygons with properties, asked by position."""

    def __init__(self, features: list[dict[str, Any]]) -> None:
        self._properties = [feature["properties"] for feature in features]
        self._shapes = [shape(feature["geometry"]) for feature in features]
        self._tree = STRtree(self._shapes)

    def find(self, latitude: float, longitude: float) -> dict[str, Any] | None:
        """The properties of the first polygon that covers the position, or None outside all of them."""
        point = Point(longitude, latitude)
        matches = self._tree.query(point, predicate="intersects")
        return self._properties[int(min(matches))] if len(matches) else None


def load_boundaries(path: Path) -> Boundaries:
    """Read a GeoJSON FeatureCollection of polygons (longitude, latitude)."""
    return Boundaries(json.loads(path.read_text(encoding="utf-8"))["features"])
