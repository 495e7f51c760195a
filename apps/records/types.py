"""What does a governed row hold when it is open?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import msgspec


class Category(StrEnum):
    """The categories of governed rows that this app stores, each with its table."""

    PLATE_READ = "PLATE_READ"
    CALL_FOR_SERVICE = "CALL_FOR_SERVICE"


TABLES: dict[Category, str] = {
    Category.PLATE_READ: "records_plateread",
    Category.CALL_FOR_SERVICE: "records_callforservice",
}
SEALED_COLUMN = "sealed"


class SealedRead(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What of a plate read is encrypted. New fields go at the end: the encoding is by position."""

    plate_as_sent: str
    plate: str
    region: str = ""
    confidence: float | None = None
    event_id: str = ""
    image_ref: str = ""


class SealedCall(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What of a call for service is encrypted. New fields go at the end: the encoding is by position."""

    number: str
    kind: str
    method: str = ""
    address: str = ""
    reported_at: datetime | None = None
    ended_at: datetime | None = None
    district: str = ""
    police_service_area: str = ""
    ward: str = ""
    anc: str = ""


@dataclass(frozen=True, kw_only=True)
class Partition:
    """One UTC day's table of a category."""

    category: Category
    day: date
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlateReadView:
    """One plate read, opened. `day` and `read_id` name the row; positions are WGS 84."""

    day: date
    read_id: int
    occurred_at: datetime
    received_at: datetime
    plate_as_sent: str
    plate: str
    region: str
    confidence: float | None
    image_ref: str
    source_id: int
    device_id: int | None
    latitude: float | None
    longitude: float | None
    is_preserved: bool = False


@dataclass(frozen=True, kw_only=True)
class PlateSearch:
    """What a search showed: rows newest first, how many, and a digest over which ones.

    :param digest: SHA-256 over each row's day (proleptic ordinal) and id, both as big-endian 64-bit, in the order shown
    :param is_truncated: there were more rows than were asked for
    """

    rows: list[PlateReadView]
    count: int
    digest: bytes
    is_truncated: bool
