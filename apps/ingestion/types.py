"""What does every format become? Canonical events, what is ignored, what is rejected, and the words for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import TypeAlias

import msgspec


class SourceKind(StrEnum):
    """What a source delivers."""

    PLATE_READS = "PLATE_READS"
    CALLS = "CALLS"


class RunState(StrEnum):
    """How far an import has come. `WAITING` is an upload that no worker has begun; nothing leaves the last two."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    REFUSED = "REFUSED"


class RejectionState(StrEnum):
    """What became of a rejected row."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


class RejectionCode(StrEnum):
    """Why a row was rejected."""

    RECORD_MALFORMED = "RECORD_MALFORMED"
    RECORD_TOO_LONG = "RECORD_TOO_LONG"
    RECORD_TRUNCATED = "RECORD_TRUNCATED"
    ENCODING_WRONG = "ENCODING_WRONG"
    KIND_UNKNOWN = "KIND_UNKNOWN"
    FIELD_MISSING = "FIELD_MISSING"
    FIELD_MALFORMED = "FIELD_MALFORMED"
    PLATE_TOO_LONG = "PLATE_TOO_LONG"
    PLATE_MALFORMED = "PLATE_MALFORMED"
    PLATE_PARTIAL = "PLATE_PARTIAL"
    TIME_ZONE_MISSING = "TIME_ZONE_MISSING"
    TIME_IMPLAUSIBLE = "TIME_IMPLAUSIBLE"
    FUTURE_EVENT = "FUTURE_EVENT"
    POSITION_INVALID = "POSITION_INVALID"
    DEVICE_UNKNOWN = "DEVICE_UNKNOWN"
    DAY_DESTROYED = "DAY_DESTROYED"


REJECTION_SENTENCES: dict[str, str] = {
    RejectionCode.RECORD_MALFORMED: "The record is not in this source's format.",
    RejectionCode.RECORD_TOO_LONG: "The record is longer than any real one; it was not read.",
    RejectionCode.RECORD_TRUNCATED: "The record breaks off before its end.",
    RejectionCode.ENCODING_WRONG: "The record is not UTF-8 text.",
    RejectionCode.KIND_UNKNOWN: "The record is of a kind that this format does not know.",
    RejectionCode.FIELD_MISSING: "A field that must be there is missing.",
    RejectionCode.FIELD_MALFORMED: "A field does not hold what it must hold.",
    RejectionCode.PLATE_TOO_LONG: "The plate is longer than a plate can be.",
    RejectionCode.PLATE_MALFORMED: "The plate holds something other than letters and digits.",
    RejectionCode.PLATE_PARTIAL: "The plate holds a placeholder for a character that was not read.",
    RejectionCode.TIME_ZONE_MISSING: "The time has no zone and the source states none.",
    RejectionCode.TIME_IMPLAUSIBLE: "The time is from before any such reader existed.",
    RejectionCode.FUTURE_EVENT: "The time lies in the future; retry once it has passed, or set the device's clock.",
    RejectionCode.POSITION_INVALID: "The position is not on Earth.",
    RejectionCode.DEVICE_UNKNOWN: "The device is not registered and the record carries no position.",
    RejectionCode.DAY_DESTROYED: "The day has been destroyed; nothing of it may be stored again.",
}


class IgnoreCode(StrEnum):
    """Why a record is counted and not stored."""

    HEARTBEAT = "HEARTBEAT"
    NO_PLATE = "NO_PLATE"
    PREVIEW = "PREVIEW"


class PlateReadEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One passage of one vehicle.

    :param event_id: what the source calls this read; the same read always has the same one
    :param camera: the source's name of the device
    :param occurred_at: aware
    :param confidence: 0 to 1
    """

    event_id: str
    camera: str
    occurred_at: datetime
    plate: str
    region: str = ""
    confidence: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    image_ref: str = ""


class CallEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One call for service or reported incident; all times are aware."""

    event_id: str
    number: str
    occurred_at: datetime
    kind: str
    method: str = ""
    address: str = ""
    reported_at: datetime | None = None
    ended_at: datetime | None = None
    district: str = ""
    police_service_area: str = ""
    ward: str = ""
    anc: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Ignored(msgspec.Struct, frozen=True, gc=False):
    """Counted, never stored."""

    code: IgnoreCode


class Rejection(msgspec.Struct, frozen=True, gc=False):
    """Kept, encrypted, until somebody mends its cause and retries it.

    :param field: the field that is at fault, by the format's own name; never its value
    """

    code: RejectionCode
    field: str = ""


Outcome: TypeAlias = PlateReadEvent | CallEvent | Ignored | Rejection


class RawRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record of a file, as it stands there.

    :param place: its number in the file, from 1
    :param header: the column names of a CSV file
    :param problem: what is already wrong with it before any format is asked
    """

    place: int
    raw: bytes
    header: tuple[str, ...] = ()
    problem: RejectionCode | None = None


@dataclass(frozen=True, kw_only=True)
class FormatOptions:
    """What the registered source says where a format is silent. `zone` is for times that carry none."""

    zone: tzinfo | None = None


@dataclass(frozen=True, kw_only=True)
class SourceView:
    """A registered source. `device_references` maps the source's camera names to registered devices."""

    source_id: int
    code: str
    name: str
    adapter: str
    adapter_label: str
    kind: SourceKind
    zone_name: str
    device_references: Mapping[str, str] = field(repr=False)
    registered_by: str
    registered_at: datetime
    approved_by: str
    approved_at: datetime | None

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None


@dataclass(frozen=True, kw_only=True)
class WriteSummary:
    """What became of events that went through the write door."""

    accepted: int
    duplicates: int
    rejected: int
    ignored: int
    seconds: float

    @property
    def total(self) -> int:
        return self.accepted + self.duplicates + self.rejected + self.ignored


@dataclass(frozen=True, kw_only=True)
class ImportSummary(WriteSummary):
    """What became of a file. `rejects_kept` is less than `rejected` where more were rejected than are kept."""

    reference: str
    source_code: str
    state: str
    rejects_kept: int
    file_digest: str
    refusal_code: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportView:
    """An import as a list or a progress page shows it."""

    reference: str
    source_code: str
    state: str
    is_over: bool
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    accepted: int
    duplicates: int
    rejected: int
    ignored: int
    rejects_kept: int
    percent: int
    refusal_code: str


@dataclass(frozen=True, kw_only=True)
class RejectedView:
    """A rejected row without its content."""

    reference: str
    source_code: str
    place: str
    code: str
    sentence: str
    field: str
    state: str
    is_retriable: bool
    attempts: int
    rejected_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpenedReject:
    """A rejected row with its content as it came, or None where it was not kept or its day's key is gone."""

    row: RejectedView
    content: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class RetrySummary:
    """What became of rejected rows that were tried again."""

    tried: int
    resolved: int
    still_rejected: int
    unreadable: int
