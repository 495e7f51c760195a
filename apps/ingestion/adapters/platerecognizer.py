"""Plate Recognizer Stream webhooks: one message for one frame, with a list of plates.

`data.timestamp` is UTC; `timestamp_local` beside it is the device's own and is not read. There is no event id: camera,
time and plate name a read. There is no position: it is the registered device's.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apps.ingestion.adapters.values import FieldInvalid, is_no_plate, read_confidence, read_moment
from apps.ingestion.types import (
    FormatOptions,
    IgnoreCode,
    Ignored,
    Outcome,
    PlateReadEvent,
    RawRecord,
    RejectionCode,
)


class Region(msgspec.Struct, gc=False):
    code: str = ""


class Result(msgspec.Struct, gc=False):
    plate: str = ""
    score: float | None = None
    region: Region | None = None


class Frame(msgspec.Struct, gc=False):
    camera_id: str = ""
    timestamp: str = ""
    filename: str = ""
    results: list[Result] = []


class Hook(msgspec.Struct, frozen=True, gc=False):
    event: str = "recognition"


class Message(msgspec.Struct, gc=False):
    data: Frame
    hook: Hook = Hook()


DECODER = msgspec.json.Decoder(Message)


def decode(record: RawRecord, options: FormatOptions) -> Sequence[Outcome]:
    """The record's events, one a plate.

    :raises msgspec.MsgspecError: if it is not JSON, or a field has another type than the format's
    """
    message = DECODER.decode(record.raw)
    if message.hook.event != "recognition":
        return (Ignored(IgnoreCode.HEARTBEAT),)
    frame = message.data
    if not frame.camera_id:
        raise FieldInvalid(RejectionCode.FIELD_MISSING, "data.camera_id")
    occurred_at = read_moment(frame.timestamp, "data.timestamp", options.zone)
    outcomes: list[Outcome] = []
    for result in frame.results:
        if is_no_plate(result.plate):
            outcomes.append(Ignored(IgnoreCode.NO_PLATE))
            continue
        outcomes.append(
            PlateReadEvent(
                event_id=f"{frame.camera_id}|{frame.timestamp}|{result.plate}",
                camera=frame.camera_id,
                occurred_at=occurred_at,
                plate=result.plate,
                region=result.region.code if result.region else "",
                confidence=read_confidence(result.score),
                image_ref=frame.filename,
            )
        )
    return outcomes or (Ignored(IgnoreCode.NO_PLATE),)
