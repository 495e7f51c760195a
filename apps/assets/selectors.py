"""Which devices are there, and which one does a feed mean by an id?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from apps.assets.models import Device
from apps.assets.types import DeviceKind, DeviceView
from apps.core.errors import NotFound


class DeviceMissing(NotFound):
    code = "DEVICE_MISSING"


def list_devices(*, kind: str = "") -> list[DeviceView]:
    """All devices, or those of one kind, by reference. A city has some thousands; none of this is personal."""
    devices = Device.objects.of_kind(kind) if kind else Device.objects.all()
    return [_view(device) for device in devices.order_by("reference")]


def get_device(*, reference: str) -> DeviceView:
    """
    :raises DeviceMissing: if there is no such device
    """
    device = Device.objects.filter(reference=reference).first()
    if device is None:
        raise DeviceMissing(f"There is no device {reference}.")
    return _view(device)


def get_devices_by_id(*, device_ids: Collection[int]) -> dict[int, DeviceView]:
    """The devices that rows refer to; an id without a device is left out."""
    return {device.pk: _view(device) for device in Device.objects.filter(pk__in=device_ids)} if device_ids else {}


def get_device_map(*, kind: str = DeviceKind.LPR) -> dict[str, DeviceView]:
    """Devices of one kind by every name that a feed may use: reference or source id.

    An id that two devices claim names neither, so that a read is never put at the wrong corner.
    """
    claims: dict[str, list[DeviceView]] = defaultdict(list)
    for device in list_devices(kind=kind):
        for name in {device.reference, *device.source_ids.values()}:
            claims[name].append(device)
    return {name: devices[0] for name, devices in claims.items() if len(devices) == 1}


def count_devices() -> dict[str, int]:
    """How many devices there are of each kind; kinds without one are there with zero."""
    counts = dict.fromkeys((kind.value for kind in DeviceKind), 0)
    for kind in Device.objects.values_list("kind", flat=True):
        counts[kind] += 1
    return counts


def _view(device: Device) -> DeviceView:
    return DeviceView(
        device_id=device.pk,
        reference=device.reference,
        kind=device.kind,
        name=device.name,
        description=device.description,
        latitude=device.latitude,
        longitude=device.longitude,
        h3_cell=device.h3_cell,
        direction=device.direction,
        owner=device.owner,
        ward=device.ward,
        psa=device.psa,
        anc=device.anc,
        source_ids=device.source_ids,
        is_approved=device.is_approved,
    )
