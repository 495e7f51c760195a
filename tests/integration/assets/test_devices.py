"""Devices come into the register placed in ward, police area and ANC, and feeds find them by their ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from apps.assets import selectors, services
from apps.assets.dc_registry import RegistryUnreadable
from apps.assets.models import Device, Technology
from apps.assets.types import DeviceKind, NewDevice
from apps.ledger import selectors as ledger

DC = Path(__file__).resolve().parents[3] / "fixtures" / "dc"

pytestmark = pytest.mark.django_db


def make_device(reference: str = "LPR-TEST", **changes: object) -> NewDevice:
    values: dict[str, object] = {
        "reference": reference,
        "kind": DeviceKind.LPR,
        "name": "12th St and Constitution Ave NW",
        "latitude": 38.892093,
        "longitude": -77.02814,
        "owner": "MPD",
        "source_ids": {"openalpr": "1234"},
        "is_approved": True,
    }
    return NewDevice(**{**values, **changes})  # type: ignore[arg-type]


def test_the_citys_devices_are_imported_once_and_placed() -> None:
    first = services.import_dc_devices(folder=DC, actor="system:setup")
    again = services.import_dc_devices(folder=DC, actor="system:setup")
    assert (first.created, first.found, first.rejected) == (1509, 0, 0)
    assert (again.created, again.found, again.rejected) == (0, 1509, 0)
    assert selectors.count_devices() == {
        "LPR": 254,
        "CCTV": 596,
        "TRAFFIC": 339,
        "RED_LIGHT": 96,
        "SPEED": 224,
    }
    assert Device.history.count() == 1509
    assert [(entry.event, entry.details) for entry in ledger.iterate_entries()] == [
        ("DEVICES_IMPORTED", {"created": 1509, "rejected": 0})
    ]


def test_importing_takes_few_statements(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_max_num_queries(45):
        services.import_dc_devices(folder=DC, actor="system:setup")


def test_ward_area_and_commission_agree_with_what_the_city_states() -> None:
    """The enforcement file states them itself. Streets are borders: it names all sides, and wards within two metres."""
    services.import_dc_devices(folder=DC, actor="system:setup")
    features = json.loads((DC / "camera_enforcement_locations.geojson").read_text())["features"]
    stated = {f"ENF-{int(f['properties']['OBJECTID']):04d}": f["properties"] for f in features}
    devices = {device.reference: device for device in selectors.list_devices() if device.reference in stated}
    assert len(devices) == 143
    differing = {
        field: sum(getattr(devices[name], field) not in str(row[column]).split("/") for name, row in stated.items())
        for field, column in (("ward", "WARD"), ("psa", "PSA"), ("anc", "ANC"))
    }
    assert differing == {"ward": 10, "psa": 3, "anc": 1}
    assert sum(not device.ward for device in selectors.list_devices()) <= 25


def test_a_missing_file_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RegistryUnreadable):
        services.import_dc_devices(folder=tmp_path, actor="system:setup")
    assert not Device.objects.exists()
    assert not Technology.objects.exists()


def test_a_device_is_registered_with_its_cell_and_in_the_ledger() -> None:
    view = services.register_device(device=make_device(), actor="P-0007", areas=services.Areas.load(DC))
    assert (view.ward, view.psa, view.anc) == ("2", "101", "2C")
    assert view.h3_cell > 0
    assert selectors.get_device(reference="LPR-TEST") == view
    assert [(entry.event, entry.actor, entry.subject) for entry in ledger.iterate_entries()] == [
        ("DEVICE_REGISTERED", "P-0007", "LPR-TEST")
    ]
    assert Device.history.get().history_change_reason == "P-0007"


def test_without_boundaries_a_device_has_no_area() -> None:
    view = services.register_device(device=make_device(), actor="P-0007")
    assert (view.ward, view.psa, view.anc) == ("", "", "")


def test_a_position_outside_the_city_has_no_area() -> None:
    device = make_device(latitude=39.29, longitude=-76.61)
    view = services.register_device(device=device, actor="P-0007", areas=services.Areas.load(DC))
    assert (view.ward, view.psa, view.anc) == ("", "", "")


def test_a_reference_is_given_once() -> None:
    services.register_device(device=make_device(), actor="P-0007")
    with pytest.raises(services.DeviceExists):
        services.register_device(device=make_device(), actor="P-0007")


def test_the_database_refuses_an_unknown_kind_and_a_place_off_the_earth() -> None:
    services.register_device(device=make_device(), actor="P-0007")
    with pytest.raises(IntegrityError, match="kind_is_known"), transaction.atomic():
        Device.objects.update(kind="DRONE")
    with pytest.raises(IntegrityError, match="is_on_earth"), transaction.atomic():
        Device.objects.update(latitude=91)


def test_a_feed_finds_a_device_by_reference_or_id_and_an_id_of_two_names_neither() -> None:
    services.register_device(device=make_device("LPR-A", source_ids={"openalpr": "1"}), actor="P-0007")
    services.register_device(device=make_device("LPR-B", source_ids={"openalpr": "2"}), actor="P-0007")
    services.register_device(device=make_device("LPR-C", source_ids={"axis": "2"}), actor="P-0007")
    camera = make_device("CCTV-9", kind=DeviceKind.CCTV, source_ids={"dc_cctv": "1"})
    services.register_device(device=camera, actor="P-0007")
    found = selectors.get_device_map()
    assert set(found) == {"LPR-A", "LPR-B", "LPR-C", "1"}
    assert found["1"].reference == "LPR-A"
    assert set(selectors.get_device_map(kind=DeviceKind.CCTV)) == {"CCTV-9", "1"}


def test_devices_are_listed_by_kind_and_a_missing_one_is_not_found() -> None:
    services.register_device(device=make_device("LPR-B"), actor="P-0007")
    services.register_device(device=make_device("LPR-A"), actor="P-0007")
    assert [device.reference for device in selectors.list_devices()] == ["LPR-A", "LPR-B"]
    assert selectors.list_devices(kind="CCTV") == []
    with pytest.raises(selectors.DeviceMissing):
        selectors.get_device(reference="LPR-Z")
