"""What do the District's public camera files say, and which devices does the demonstration make of them?

Pure: files in, `NewDevice` out. What bites in them: the registry of street cameras has 596 rows and 540 distinct ids
(an id of 0 is no id), shared positions, and blanks written as a space.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from apps.assets.types import DeviceKind, NewDevice
from apps.core.errors import InvalidInput

TECHNOLOGIES: dict[DeviceKind, tuple[str, str]] = {
    DeviceKind.LPR: ("Licence plate readers", "Cameras that read the plates of passing vehicles."),
    DeviceKind.CCTV: ("Street cameras", "Closed-circuit cameras of the District's agencies in public places."),
    DeviceKind.TRAFFIC: ("Traffic cameras", "Cameras that watch the flow of traffic; they read no plates."),
    DeviceKind.RED_LIGHT: ("Red-light enforcement", "Cameras that photograph vehicles passing a red light."),
    DeviceKind.SPEED: ("Speed and truck enforcement", "Cameras that photograph vehicles breaking a limit."),
}
LPR_DESCRIPTION = (
    "Demonstration reader: no reader is known to stand here. It was placed at the real position of {what} "
    "so that the demo city's vehicles pass it."
)
COMPASS = {"n": "NORTH", "s": "SOUTH", "e": "EAST", "w": "WEST"}
# The files write `NE/B`, `North Bound`, `Northeast Bound` and once `East Bount`.
HEADING = re.compile(r"(n(?:orth)?|s(?:outh)?)?(e(?:ast)?|w(?:est)?)?(?:/b| boun[dt])", re.IGNORECASE)


class RegistryUnreadable(InvalidInput):
    code = "REGISTRY_UNREADABLE"


@dataclass(frozen=True, kw_only=True)
class Registry:
    """What the files hold: devices, and the names of rows without a usable position."""

    devices: tuple[NewDevice, ...]
    rejected: tuple[str, ...]


def read_registry(folder: Path) -> Registry:
    """Read all camera files of the folder.

    :raises RegistryUnreadable: if a file is missing or is not GeoJSON
    """
    devices: list[NewDevice] = []
    rejected: list[str] = []
    read_positions: set[tuple[float, float]] = set()
    for file_name, read in (
        ("cctv_street_cameras.geojson", _read_street_camera),
        ("traffic_cameras.geojson", _read_traffic_camera),
        ("red_light_cameras.geojson", _read_red_light_camera),
        ("speed_cameras.geojson", _read_speed_camera),
        ("camera_enforcement_locations.geojson", _read_enforcement_camera),
    ):
        for row, feature in enumerate(_read_features(folder / file_name), start=1):
            position = _get_position(feature)
            if position is None:
                rejected.append(f"{file_name} row {row}")
                continue
            camera = read({key: _clean(value) for key, value in feature["properties"].items()}, position)
            devices.append(camera)
            # Several registries list one camera: one reader a position is enough.
            if camera.kind in {DeviceKind.RED_LIGHT, DeviceKind.SPEED} and position not in read_positions:
                read_positions.add(position)
                devices.append(_place_reader(camera))
    return Registry(devices=tuple(devices), rejected=tuple(rejected))


def _read_features(path: Path) -> Iterator[dict[str, Any]]:
    try:
        yield from msgspec.json.decode(path.read_bytes())["features"]
    except (OSError, msgspec.DecodeError, KeyError, TypeError) as error:
        raise RegistryUnreadable(f"{path.name} cannot be read as GeoJSON.", remedy="Copy the file again.") from error


def _get_position(feature: dict[str, Any]) -> tuple[float, float] | None:
    """Latitude and longitude, or None where there is none, it is not a number, or it is the null island."""
    geometry = feature.get("geometry") or {}
    coordinates = geometry.get("coordinates") if geometry.get("type") == "Point" else None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    longitude, latitude = coordinates[:2]
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in (latitude, longitude)):
        return None
    is_null_island = abs(latitude) < 0.01 and abs(longitude) < 0.01
    return None if is_null_island or abs(latitude) > 90 or abs(longitude) > 180 else (latitude, longitude)


def _clean(value: Any) -> str:
    """Text without the padding; a blank written as a space, a null and a missing value are all the empty string."""
    return "" if value is None else " ".join(str(value).split())


def _read_street_camera(row: dict[str, str], position: tuple[float, float]) -> NewDevice:
    # OBJECTID_1 is the only column that tells the 596 rows apart; 57 of them carry an ID of 0, which is none.
    number = row["OBJECTID_1"]
    source_ids = {"dc_cctv_row": number}
    if row["ID"] not in {"", "0"}:
        source_ids["dc_cctv"] = row["ID"]
    year = f" Installed in {row['INSTALL_YEAR']}." if row["INSTALL_YEAR"] else ""
    kind = f" Listed as {row['DESCRIPTION'].lower()}." if row["DESCRIPTION"] else ""
    return _make(
        f"CCTV-{int(number):04d}",
        DeviceKind.CCTV,
        row["ADDRESS"] or row["NAME"] or f"Street camera {number}",
        position,
        owner=row["DEPARTMENT"],
        description=f"Street camera of the public registry of 2016.{kind}{year}",
        source_ids=source_ids,
    )


def _read_traffic_camera(row: dict[str, str], position: tuple[float, float]) -> NewDevice:
    source_ids = {"dc_traffic_row": row["OBJECTID"], "dc_traffic_facility": row["FACILITYID"]}
    return _make(
        f"TRAFFIC-{int(row['OBJECTID']):04d}",
        DeviceKind.TRAFFIC,
        f"Traffic camera {row['CAMERAID'] or row['OBJECTID']}",
        position,
        owner="DDOT",
        description="Traffic camera of the public registry of 2016.",
        source_ids={key: value for key, value in source_ids.items() if value},
    )


def _read_red_light_camera(row: dict[str, str], position: tuple[float, float]) -> NewDevice:
    return _make(
        f"RED-{int(row['OBJECTID']):04d}",
        DeviceKind.RED_LIGHT,
        row["LOCATION"] or f"Red-light camera {row['OBJECTID']}",
        position,
        owner="MPD",
        description="Red-light camera of the public registry of 2016.",
        direction=_read_direction(row["DIRECTION"]),
        source_ids={"dc_red_light": row["GIS_ID"]},
    )


def _read_speed_camera(row: dict[str, str], position: tuple[float, float]) -> NewDevice:
    limit = f" Speed limit {row['SPEED_LIMIT']} mph." if row["SPEED_LIMIT"] not in {"", "0"} else ""
    return _make(
        f"SPEED-{int(row['OBJECTID']):04d}",
        DeviceKind.SPEED,
        row["ADDRESS"] or f"Speed camera {row['OBJECTID']}",
        position,
        owner="MPD",
        description=f"Speed camera of the public registry of 2016, {row['TYPE'].lower()}.{limit}",
        direction=_read_direction(row["DIRECTION"]),
        source_ids={"dc_speed": row["OBJECTID"]},
    )


def _read_enforcement_camera(row: dict[str, str], position: tuple[float, float]) -> NewDevice:
    is_red_light = row["ENFORCEMENT"] == "Red Light"
    return _make(
        f"ENF-{int(row['OBJECTID']):04d}",
        DeviceKind.RED_LIGHT if is_red_light else DeviceKind.SPEED,
        row["ADDRESS"] or f"Enforcement camera {row['OBJECTID']}",
        position,
        owner="MPD",
        description=f"Enforcement camera ({row['ENFORCEMENT'].lower()}) of the public registry of 2016.",
        source_ids={"dc_enforcement": row["OBJECTID"]},
    )


def _place_reader(camera: NewDevice) -> NewDevice:
    """The demo's plate reader at an enforcement camera's position; it says of itself that it is one."""
    what = "a red-light camera" if camera.kind is DeviceKind.RED_LIGHT else "an enforcement camera"
    return NewDevice(
        reference=f"LPR-{camera.reference}",
        kind=DeviceKind.LPR,
        name=camera.name,
        latitude=camera.latitude,
        longitude=camera.longitude,
        owner="MPD",
        description=LPR_DESCRIPTION.format(what=what),
        direction=camera.direction,
        source_ids={"lpr": f"LPR-{camera.reference}"},
        is_approved=True,
    )


def _make(
    reference: str,
    kind: DeviceKind,
    name: str,
    position: tuple[float, float],
    *,
    owner: str,
    description: str,
    source_ids: dict[str, str],
    direction: str = "",
) -> NewDevice:
    return NewDevice(
        reference=reference,
        kind=kind,
        name=name[:160],
        latitude=position[0],
        longitude=position[1],
        owner=owner,
        description=description,
        direction=direction,
        source_ids=source_ids,
        is_approved=True,
    )


def _read_direction(text: str) -> str:
    """The heading that a text names, such as NORTHEAST, or an empty string."""
    match = HEADING.fullmatch(text)
    return "".join(COMPASS[part[0].lower()] for part in match.groups() if part) if match else ""
