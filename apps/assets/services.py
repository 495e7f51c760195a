"""How does a device come into the register? With its cell and, in the District, its ward, police area and ANC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from apps.assets import events
from apps.assets.dc_registry import TECHNOLOGIES, read_registry
from apps.assets.models import Device, Technology
from apps.assets.selectors import get_device
from apps.assets.types import DeviceImport, DeviceKind, DeviceView, NewDevice
from apps.core.db import take_advisory_lock
from apps.core.errors import ConflictFound
from apps.core.geometry import Boundaries, h3_cell, load_boundaries
from apps.ledger import services as ledger


class DeviceExists(ConflictFound):
    code = "DEVICE_EXISTS"


@dataclass(frozen=True, kw_only=True)
class Areas:
    """The boundaries that a device is placed in; the GeoJSON files of `folder`."""

    wards: Boundaries
    police_service_areas: Boundaries
    commissions: Boundaries

    @classmethod
    def load(cls, folder: Path) -> Areas:
        return cls(
            wards=load_boundaries(folder / "wards_2012.geojson"),
            police_service_areas=load_boundaries(folder / "police_service_areas.geojson"),
            commissions=load_boundaries(folder / "anc_2013.geojson"),
        )

    def locate(self, latitude: float, longitude: float) -> dict[str, str]:
        """Ward, police service area and ANC; empty outside of them."""
        return {
            "ward": _name(self.wards, "WARD", latitude, longitude),
            "psa": _name(self.police_service_areas, "NAME", latitude, longitude),
            "anc": _name(self.commissions, "ANC_ID", latitude, longitude),
        }


def _name(boundaries: Boundaries, field: str, latitude: float, longitude: float) -> str:
    found = boundaries.find(latitude, longitude)
    return str(found[field]) if found else ""


@transaction.atomic
def register_device(*, device: NewDevice, actor: str, areas: Areas | None = None) -> DeviceView:
    """
    :param areas: the boundaries of the city, where they are known
    :raises DeviceExists: if the reference is taken
    """
    take_advisory_lock("assets:device")
    if Device.objects.filter(reference=device.reference).exists():
        raise DeviceExists(f"There is a device {device.reference} already.", remedy="Choose another reference.")
    row = _make_row(device, _get_technologies(actor), areas)
    row._change_reason = actor
    row.save()
    ledger.append(
        event=events.DEVICE_REGISTERED, actor=actor, subject=device.reference, details={"kind": str(device.kind)}
    )
    return get_device(reference=device.reference)


@transaction.atomic
def import_dc_devices(*, folder: Path, actor: str) -> DeviceImport:
    """Register the District's cameras and the demo's readers from the folder's files; what is there already stays.

    :raises RegistryUnreadable: if a file is missing or is not GeoJSON
    """
    take_advisory_lock("assets:device")
    registry = read_registry(folder)
    known = set(Device.objects.values_list("reference", flat=True))
    missing = [device for device in registry.devices if device.reference not in known]
    if missing:
        _create_rows(missing, actor=actor, areas=Areas.load(folder))
        ledger.append(
            event=events.DEVICES_IMPORTED,
            actor=actor,
            subject="dc-public-registries",
            details={"created": len(missing), "rejected": len(registry.rejected)},
        )
    return DeviceImport(
        created=len(missing), found=len(registry.devices) - len(missing), rejected=len(registry.rejected)
    )


def _create_rows(devices: Sequence[NewDevice], *, actor: str, areas: Areas) -> None:
    technologies = _get_technologies(actor)
    rows = [_make_row(device, technologies, areas) for device in devices]
    bulk_create_with_history(rows, Device, batch_size=500, default_change_reason=actor)


def _make_row(device: NewDevice, technologies: dict[str, Technology], areas: Areas | None) -> Device:
    located = areas.locate(device.latitude, device.longitude) if areas else {}
    return Device(
        reference=device.reference,
        kind=device.kind,
        technology=technologies[device.kind],
        name=device.name,
        description=device.description,
        latitude=device.latitude,
        longitude=device.longitude,
        h3_cell=h3_cell(device.latitude, device.longitude),
        direction=device.direction,
        owner=device.owner,
        source_ids=dict(device.source_ids),
        is_approved=device.is_approved,
        **located,
    )


def _get_technologies(actor: str) -> dict[str, Technology]:
    """Every kind's technology, made where it is missing."""
    found = {technology.code: technology for technology in Technology.objects.all()}
    for kind in DeviceKind:
        if kind.value not in found:
            name, sentence = TECHNOLOGIES[kind]
            technology = Technology(code=kind.value, name=name, sentence=sentence)
            technology._change_reason = actor
            technology.save()
            found[kind.value] = technology
    return found
