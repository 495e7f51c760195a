"""The District's camera files become devices, and what bites in them does not bite here."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from apps.assets.dc_registry import RegistryUnreadable, read_registry
from apps.assets.types import DeviceKind

DC = Path(__file__).resolve().parents[3] / "fixtures" / "dc"
FILES = ("cctv_street_cameras", "traffic_cameras", "red_light_cameras", "speed_cameras", "camera_enforcement_locations")
STREET_CAMERA_TEXT = "Street camera of the public registry of 2016."
STREET_CAMERA = {
    "OBJECTID_1": 1,
    "ID": 141,
    "NAME": "CCTV",
    "ADDRESS": "100 block M St NW",
    "DEPARTMENT": "MPD",
    "DESCRIPTION": "Neighborhood",
    "INSTALL_YEAR": "2003",
}


def write_files(folder: Path, **features: list[dict[str, Any]]) -> Path:
    for name in FILES:
        body = {"type": "FeatureCollection", "features": features.get(name, [])}
        (folder / f"{name}.geojson").write_text(json.dumps(body))
    return folder


def feature(properties: dict[str, Any], coordinates: Any = (-77.01, 38.9), kind: str = "Point") -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def street_camera(coordinates: Any = (-77.01, 38.9), **changes: Any) -> dict[str, Any]:
    return feature({**STREET_CAMERA, **changes}, coordinates)


def test_every_row_of_the_files_becomes_one_device() -> None:
    registry = read_registry(DC)
    kinds = Counter(device.kind for device in registry.devices)
    assert registry.rejected == ()
    assert kinds[DeviceKind.CCTV] == 596
    assert kinds[DeviceKind.TRAFFIC] == 339
    assert kinds[DeviceKind.RED_LIGHT] + kinds[DeviceKind.SPEED] == 50 + 127 + 143
    assert len({device.reference for device in registry.devices}) == len(registry.devices)


def test_an_id_of_zero_is_no_id() -> None:
    cameras = [device for device in read_registry(DC).devices if device.kind is DeviceKind.CCTV]
    ids = [device.source_ids["dc_cctv"] for device in cameras if "dc_cctv" in device.source_ids]
    assert len(ids) == len(set(ids)) == 539
    assert "0" not in ids
    assert len({device.source_ids["dc_cctv_row"] for device in cameras}) == 596


def test_readers_stand_once_at_each_enforcement_position_and_say_that_they_are_invented() -> None:
    devices = read_registry(DC).devices
    readers = [device for device in devices if device.kind is DeviceKind.LPR]
    enforcement = [device for device in devices if device.kind in {DeviceKind.RED_LIGHT, DeviceKind.SPEED}]
    positions = {(device.latitude, device.longitude) for device in enforcement}
    assert len(readers) == len(positions) == 254
    assert {(device.latitude, device.longitude) for device in readers} == positions
    assert all("no reader is known to stand here" in device.description for device in readers)
    assert all(device.is_approved for device in readers)


def test_devices_do_not_hold_names_longer_than_their_columns() -> None:
    for device in read_registry(DC).devices:
        assert 0 < len(device.name) <= 160
        assert len(device.reference) <= 24
        assert len(device.description) <= 300
        assert len(device.owner) <= 40


@pytest.mark.parametrize(
    ("changes", "name", "owner"),
    [
        ({"ADDRESS": " 100  block M St NW "}, "100 block M St NW", "MPD"),
        ({"ADDRESS": " "}, "CCTV", "MPD"),
        ({"ADDRESS": None, "NAME": " "}, "Street camera 1", "MPD"),
        ({"DEPARTMENT": " "}, "100 block M St NW", ""),
        ({"ADDRESS": "x" * 400}, "x" * 160, "MPD"),
    ],
)
def test_a_blank_written_as_a_space_is_a_blank(tmp_path: Path, changes: dict[str, Any], name: str, owner: str) -> None:
    (device,) = read_registry(write_files(tmp_path, cctv_street_cameras=[street_camera(**changes)])).devices
    assert (device.name, device.owner) == (name, owner)


@pytest.mark.parametrize(
    ("description", "year", "text"),
    [
        (
            "Neighborhood",
            "2003",
            f"{STREET_CAMERA_TEXT} Listed as neighborhood. Installed in 2003.",
        ),
        (" ", None, STREET_CAMERA_TEXT),
    ],
)
def test_a_description_says_what_the_registry_says(
    tmp_path: Path, description: str, year: str | None, text: str
) -> None:
    camera = street_camera(DESCRIPTION=description, INSTALL_YEAR=year)
    (device,) = read_registry(write_files(tmp_path, cctv_street_cameras=[camera])).devices
    assert device.description == text


@pytest.mark.parametrize(
    "coordinates",
    [(0.001, -0.002), (0, 0), (-77.0, 91), (-181, 38.9), ("-77", "38.9"), (-77.0,), None, (float("nan"), 38.9)],
)
def test_a_row_without_a_usable_position_is_named_and_left_out(tmp_path: Path, coordinates: Any) -> None:
    folder = write_files(tmp_path, cctv_street_cameras=[street_camera(), street_camera(coordinates)])
    text = (folder / "cctv_street_cameras.geojson").read_text()
    if "NaN" in text:
        (folder / "cctv_street_cameras.geojson").write_text(text.replace("NaN", "1e400"))
    try:
        registry = read_registry(folder)
    except RegistryUnreadable:
        assert "1e400" in (folder / "cctv_street_cameras.geojson").read_text()
        return
    assert registry.rejected == ("cctv_street_cameras.geojson row 2",)
    assert len(registry.devices) == 1


def test_a_row_without_a_point_is_left_out(tmp_path: Path) -> None:
    line = feature(STREET_CAMERA, [[-77.0, 38.9], [-77.1, 38.9]], kind="LineString")
    bare = {"type": "Feature", "properties": STREET_CAMERA, "geometry": None}
    assert len(read_registry(write_files(tmp_path, cctv_street_cameras=[line, bare])).rejected) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"features": 1}'])
def test_a_file_that_is_not_geojson_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (write_files(tmp_path) / "speed_cameras.geojson").write_bytes(content)
    with pytest.raises(RegistryUnreadable, match=r"speed_cameras\.geojson"):
        read_registry(tmp_path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RegistryUnreadable, match=r"cctv_street_cameras\.geojson"):
        read_registry(tmp_path)


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("N/B", "NORTH"),
        ("NE/B", "NORTHEAST"),
        ("West Bound", "WEST"),
        ("Southwest Bound", "SOUTHWEST"),
        ("East Bount", "EAST"),
        ("Bound", ""),
        ("", ""),
        (None, ""),
        ("Nowhere", ""),
        ("Northern Blvd", ""),
    ],
)
def test_headings_are_read_as_the_files_write_them(tmp_path: Path, text: str | None, heading: str) -> None:
    row = {"OBJECTID": 7, "GIS_ID": "red_6", "LOCATION": None, "DIRECTION": text}
    camera, reader = read_registry(write_files(tmp_path, red_light_cameras=[feature(row)])).devices
    assert camera.direction == reader.direction == heading
    assert camera.name == "Red-light camera 7"
    assert reader.source_ids == {"lpr": "LPR-RED-0007"}


def test_one_reader_is_placed_where_two_registries_list_a_camera(tmp_path: Path) -> None:
    red = {"OBJECTID": 7, "GIS_ID": "red_6", "LOCATION": "M St", "DIRECTION": "N/B"}
    speed = {"OBJECTID": 3, "ADDRESS": None, "DIRECTION": None, "SPEED_LIMIT": 25, "TYPE": "Fixed"}
    enforcement = {"OBJECTID": 9, "ADDRESS": " ", "ENFORCEMENT": "Red Light"}
    registry = read_registry(
        write_files(
            tmp_path,
            red_light_cameras=[feature(red)],
            speed_cameras=[feature(speed)],
            camera_enforcement_locations=[feature(enforcement)],
        )
    )
    assert [(device.reference, device.kind.value) for device in registry.devices] == [
        ("RED-0007", "RED_LIGHT"),
        ("LPR-RED-0007", "LPR"),
        ("SPEED-0003", "SPEED"),
        ("ENF-0009", "RED_LIGHT"),
    ]
    assert registry.devices[2].description.endswith("fixed. Speed limit 25 mph.")
