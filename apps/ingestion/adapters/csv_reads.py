"""Plate reads as CSV: what a city can make of any reader's export.

UTF-8, comma, a line of column names in any order and case. Required: `event_id`, `camera`, `time` (ISO 8601), `plate`.
Optional: `region`, `confidence` (0–1 or 0–100), `latitude`, `longitude`, `image`. Other columns are not read.
"""

from __future__ import annotations

from collections.abc import Sequence

from apps.ingestion.adapters.columns import find_columns, read_cells
from apps.ingestion.adapters.values import FieldInvalid, is_no_plate, read_confidence, read_moment, read_number
from apps.ingestion.types import (
    FormatOptions,
    IgnoreCode,
    Ignored,
    Outcome,
    PlateReadEvent,
    RawRecord,
    RejectionCode,
)

REQUIRED = ("event_id", "camera", "time", "plate")
OPTIONAL = ("region", "confidence", "latitude", "longitude", "image")
NO_PLATE = (Ignored(IgnoreCode.NO_PLATE),)


def decode(record: RawRecord, options: FormatOptions) -> Sequence[Outcome]:
    """:raises FileUnreadable: if the file lacks a required column"""
    column = find_columns(record.header, REQUIRED, OPTIONAL)
    cells = read_cells(record)
    plate = cells[column["plate"]]
    if is_no_plate(plate):
        return NO_PLATE
    event_id, camera = cells[column["event_id"]].strip(), cells[column["camera"]].strip()
    if not event_id or not camera:
        raise FieldInvalid(RejectionCode.FIELD_MISSING, "camera" if event_id else "event_id")

    def optional(name: str) -> str:
        return cells[column[name]] if name in column else ""

    return (
        PlateReadEvent(
            event_id=event_id,
            camera=camera,
            occurred_at=read_moment(cells[column["time"]], "time", options.zone),
            plate=plate,
            region=optional("region").strip(),
            confidence=read_confidence(read_number(optional("confidence"), "confidence")),
            latitude=read_number(optional("latitude"), "latitude"),
            longitude=read_number(optional("longitude"), "longitude"),
            image_ref=optional("image").strip(),
        ),
    )
