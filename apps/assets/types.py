"""What is a device, as other apps see it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DeviceKind(StrEnum):
    LPR = "LPR"
    CCTV = "CCTV"
    TRAFFIC = "TRAFFIC"
    RED_LIGHT = "RED_LIGHT"
    SPEED = "SPEED"


@dataclass(frozen=True, kw_only=True)
class NewDevice:
    """A device to register. `source_ids` are the names that feeds and registries call it by, all of them text."""

    reference: str
    kind: DeviceKind
    name: str
    latitude: float
    longitude: float
    owner: str
    description: str = ""
    direction: str = ""
    source_ids: Mapping[str, str]
    is_approved: bool = False


@dataclass(frozen=True, kw_only=True)
class DeviceView:
    device_id: int
    reference: str
    kind: str
    name: str
    description: str
    latitude: float
    longitude: float
    h3_cell: int
    direction: str
    owner: str
    ward: str
    psa: str
    anc: str
    source_ids: Mapping[str, str]
    is_approved: bool


@dataclass(frozen=True, kw_only=True)
class DeviceImport:
    """What an import of devices did: `found` were there already, `rejected` had no usable position."""

    created: int
    found: int
    rejected: int
