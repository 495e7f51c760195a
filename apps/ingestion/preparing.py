"""How do events become rows that can be stored? Judge, normalise, seal and index them, a day at a time.

Pure but for the keys: what is refused comes back beside what is ready, by its number in the batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from apps.assets.types import DeviceView
from apps.core.geometry import h3_cell
from apps.ingestion import packing, rules
from apps.ingestion.types import CallEvent, PlateReadEvent, Rejection, RejectionCode
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.records.rules import PlateInvalid, normalise_plate
from apps.records.types import SEALED_COLUMN, TABLES, Category, SealedCall, SealedRead

# Keeps a source's event ids and plates apart under one index key.
EVENT_PREFIX = b"event\0"
PLATE_REFUSALS = {
    "PLATE_TOO_LONG": RejectionCode.PLATE_TOO_LONG,
    "PLATE_PARTIAL": RejectionCode.PLATE_PARTIAL,
}
encode = msgspec.msgpack.encode


@dataclass(kw_only=True)
class PreparedDay:
    """One day's rows, sealed and packed. `numbers` says which event of the batch each row is."""

    day: date
    numbers: list[int]
    copy_rows: bytes


@dataclass(kw_only=True)
class Prepared:
    """A batch, ready to be written: rows by day, and what was refused, by its number in the batch."""

    category: Category
    days: list[PreparedDay] = field(default_factory=list)
    refused: list[tuple[int, Rejection]] = field(default_factory=list)


@dataclass(kw_only=True)
class Bucket:
    """One day's rows, column by column, not yet sealed."""

    numbers: list[int] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)
    places: list[bytes] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    plates: list[bytes] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)


@dataclass(kw_only=True)
class Judged:
    """A batch, judged: what may be stored, by day, and what was refused, by its number in the batch."""

    category: Category
    buckets: dict[int, Bucket] = field(default_factory=lambda: defaultdict(Bucket))
    refused: list[tuple[int, Rejection]] = field(default_factory=list)


class Places:
    """Where a read was made: at its device's registered position, else where the payload says.

    Devices in the field carry their maker's default position, so a registered one wins.
    """

    def __init__(self, *, devices: Mapping[str, DeviceView], references: Mapping[str, str]) -> None:
        """:param references: the source's names of devices that the registry knows by another"""
        self._devices = devices
        self._references = references
        self._packed: dict[str, bytes] = {}

    def find(self, event: PlateReadEvent) -> bytes | RejectionCode:
        """Device and position, packed, or why there is none."""
        registered = self._packed.get(event.camera) or self._pack_registered(event.camera)
        if registered is not None:
            return registered
        refusal = rules.get_position_refusal(latitude=event.latitude, longitude=event.longitude)
        if refusal is not None:
            return refusal
        if not rules.has_position(latitude=event.latitude, longitude=event.longitude):
            return RejectionCode.DEVICE_UNKNOWN
        return packing.pack_device(None) + _pack_position(event.latitude, event.longitude)

    def _pack_registered(self, camera: str) -> bytes | None:
        device = self._devices.get(self._references.get(camera, camera))
        if device is None:
            return None
        position = packing.pack_place(latitude=device.latitude, longitude=device.longitude, cell=device.h3_cell)
        self._packed[camera] = packing.pack_device(device.device_id) + position
        return self._packed[camera]


def judge_reads(events: Sequence[PlateReadEvent], *, places: Places, now: datetime) -> Judged:
    """Sort plate reads into days, normalised, and into refusals."""
    judged = Judged(category=Category.PLATE_READ)
    buckets = judged.buckets
    earliest, latest = rules.EARLIEST_EVENT, now + rules.MOST_SKEW
    for number, event in enumerate(events):
        occurred_at = event.occurred_at
        if not earliest <= occurred_at <= latest:
            code = rules.get_time_refusal(occurred_at=occurred_at, now=now)
            judged.refused.append((number, Rejection(code or RejectionCode.TIME_IMPLAUSIBLE)))
            continue
        try:
            plate = normalise_plate(event.plate)
        except PlateInvalid as error:
            code = PLATE_REFUSALS.get(error.code, RejectionCode.PLATE_MALFORMED)
            judged.refused.append((number, Rejection(code, "plate")))
            continue
        place = places.find(event)
        if isinstance(place, RejectionCode):
            judged.refused.append((number, Rejection(place, "camera")))
            continue
        moment = packing.count_microseconds(occurred_at)
        bucket = buckets[moment // packing.MICROSECONDS_A_DAY]
        bucket.numbers.append(number)
        bucket.moments.append(moment)
        bucket.places.append(place)
        bucket.events.append(EVENT_PREFIX + event.event_id.encode())
        bucket.plates.append(plate.encode())
        bucket.contents.append(
            encode(
                SealedRead(
                    plate_as_sent=event.plate,
                    plate=plate,
                    region=event.region,
                    confidence=event.confidence,
                    event_id=event.event_id,
                    image_ref=event.image_ref,
                )
            )
        )
    return judged


def judge_calls(events: Sequence[CallEvent], *, now: datetime) -> Judged:
    """Sort calls for service into days and into refusals."""
    judged = Judged(category=Category.CALL_FOR_SERVICE)
    for number, event in enumerate(events):
        refusal = rules.get_time_refusal(occurred_at=event.occurred_at, now=now) or rules.get_position_refusal(
            latitude=event.latitude, longitude=event.longitude
        )
        if refusal is not None:
            judged.refused.append((number, Rejection(refusal)))
            continue
        moment = packing.count_microseconds(event.occurred_at)
        bucket = judged.buckets[moment // packing.MICROSECONDS_A_DAY]
        bucket.numbers.append(number)
        bucket.moments.append(moment)
        has_position = rules.has_position(latitude=event.latitude, longitude=event.longitude)
        bucket.places.append(
            _pack_position(event.latitude, event.longitude) if has_position else packing.NULL * 3,
        )
        bucket.events.append(EVENT_PREFIX + event.event_id.encode())
        content = {name: getattr(event, name) for name in SealedCall.__struct_fields__}
        bucket.contents.append(encode(SealedCall(**content)))
    return judged


def prepare(judged: Judged) -> Prepared:
    """Seal and index what was judged, under the keys of each day; days whose key is destroyed are refused."""
    prepared = Prepared(category=judged.category, refused=judged.refused)
    for bucket in judged.buckets.values():
        day = packing.get_day(bucket.moments[0])
        scope = KeyScope(category=judged.category.value, label=day.isoformat())
        try:
            scope_keys = keys.get_or_create_keys(scope=scope)
        except keys.KeyDestroyed:
            prepared.refused += ((number, Rejection(RejectionCode.DAY_DESTROYED)) for number in bucket.numbers)
            continue
        copy_rows = packing.pack_rows(
            day=day,
            moments=bucket.moments,
            places=bucket.places,
            event_tokens=keys.blind_index_many(keys=scope_keys, values=bucket.events),
            plate_tokens=keys.blind_index_many(keys=scope_keys, values=bucket.plates),
            sealed=keys.encrypt_many(
                keys=scope_keys, table=TABLES[judged.category], column=SEALED_COLUMN, plaintexts=bucket.contents
            ),
        )
        prepared.days.append(PreparedDay(day=day, numbers=bucket.numbers, copy_rows=copy_rows))
    return prepared


def _pack_position(latitude: float | None, longitude: float | None) -> bytes:
    cell = None if latitude is None or longitude is None else h3_cell(latitude, longitude)
    return packing.pack_place(latitude=latitude, longitude=longitude, cell=cell)
