"""OpenALPR and Rekor Scout webhooks: `alpr_group` version 2, one group for one passage.

A group lists the frames that saw the vehicle (`uuids`); `best_uuid` names the group and `epoch_start` its time in UTC
milliseconds. Confidences are 0 to 100. Heartbeats come on the same channel.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apps.ingestion.adapters.values import FieldInvalid, from_milliseconds, is_no_plate
from apps.ingestion.types import (
    FormatOptions,
    IgnoreCode,
    Ignored,
    Outcome,
    PlateReadEvent,
    RawRecord,
    Rejection,
    RejectionCode,
)


class Group(msgspec.Struct, gc=False):
    data_type: str
    best_uuid: str = ""
    best_plate_number: str = ""
    epoch_start: int | None = None
    camera_id: int | str | None = None
    best_region: str = ""
    best_confidence: float | None = None
    gps_latitude: float | None = None
    gps_longitude: float | None = None
    is_preview: bool = False


DECODER = msgspec.json.Decoder(Group)
HEARTBEAT = (Ignored(IgnoreCode.HEARTBEAT),)
PREVIEW = (Ignored(IgnoreCode.PREVIEW),)
NO_PLATE = (Ignored(IgnoreCode.NO_PLATE),)


def decode(record: RawRecord, options: FormatOptions) -> Sequence[Outcome]:
    """The record's events.

    :raises msgspec.MsgspecError: if it is not JSON, or a field has another type than the format's
    """
    group = DECODER.decode(record.raw)
    if group.data_type != "alpr_group":
        return HEARTBEAT if group.data_type == "heartbeat" else (Rejection(RejectionCode.KIND_UNKNOWN, "data_type"),)
    if group.is_preview:
        return PREVIEW
    if is_no_plate(group.best_plate_number):
        return NO_PLATE
    if not (group.best_uuid and group.epoch_start and group.camera_id):
        names = ("best_uuid", "epoch_start", "camera_id")
        raise FieldInvalid(RejectionCode.FIELD_MISSING, next(name for name in names if not getattr(group, name)))
    confidence = group.best_confidence
    return (
        PlateReadEvent(
            event_id=group.best_uuid,
            camera=str(group.camera_id),
            occurred_at=from_milliseconds(group.epoch_start, "epoch_start"),
            plate=group.best_plate_number,
            region=group.best_region,
            confidence=None if confidence is None else min(max(confidence / 100, 0.0), 1.0),
            latitude=group.gps_latitude,
            longitude=group.gps_longitude,
        ),
    )
