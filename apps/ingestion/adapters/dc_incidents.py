"""The District of Columbia's crime incidents, as calls.

Times end in `Z` and are local all the same: SHIFT changes exactly at 7, 15 and 23 o'clock of the written time. So the
zone is the District's whatever is written. CCN is the case number; the file holds one CCN twice for one incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from apps.ingestion.adapters.columns import find_columns, read_cells
from apps.ingestion.adapters.values import FieldInvalid, read_moment, read_number
from apps.ingestion.types import CallEvent, FormatOptions, Outcome, RawRecord, RejectionCode

DISTRICT_ZONE = ZoneInfo("America/New_York")
REQUIRED = ("ccn", "reportdatetime", "offense", "start_date", "longitude", "latitude")
OPTIONAL = ("method", "blocksiteaddress", "ward", "anc", "district", "psa", "end_date")


def decode(record: RawRecord, options: FormatOptions) -> Sequence[Outcome]:
    """:raises FileUnreadable: if the file lacks a required column"""
    column = find_columns(record.header, REQUIRED, OPTIONAL)
    cells = read_cells(record)

    def cell(name: str) -> str:
        return cells[column[name]].strip() if name in column else ""

    number = cell("ccn")
    if not number or not cell("offense"):
        raise FieldInvalid(RejectionCode.FIELD_MISSING, "offense" if number else "ccn")
    return (
        CallEvent(
            event_id=number,
            number=number,
            occurred_at=_read_local(cell("start_date") or cell("reportdatetime"), "start_date"),
            kind=cell("offense"),
            method=cell("method"),
            address=cell("blocksiteaddress"),
            reported_at=_read_local(cell("reportdatetime"), "reportdatetime"),
            ended_at=_read_local(cell("end_date"), "end_date") if cell("end_date") else None,
            district=cell("district"),
            police_service_area=cell("psa"),
            ward=cell("ward"),
            anc=cell("anc"),
            latitude=read_number(cell("latitude"), "latitude"),
            longitude=read_number(cell("longitude"), "longitude"),
        ),
    )


def _read_local(text: str, field: str) -> datetime:
    return read_moment(text.removesuffix("Z"), field, DISTRICT_ZONE)
