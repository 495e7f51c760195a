"""Invented plates: each vehicle has its own, and none can be real."""

from __future__ import annotations

import numpy as np
import pytest

from rtcc_gov.demo.plates import ALPHABET, LENGTH, MOST_VEHICLES, PREFIX, TOUR_PLATES, TOUR_UNSEEN_PLATE, make_plates


def test_each_vehicle_has_a_plate_of_its_own() -> None:
    vehicles = np.concatenate([np.arange(-3, 200_000), np.arange(MOST_VEHICLES - 1000, MOST_VEHICLES)])
    plates = make_plates(vehicles)
    assert len(np.unique(plates)) == len(vehicles)


def test_no_plate_is_one_that_the_district_or_its_neighbours_issue() -> None:
    for plate in make_plates(np.arange(0, MOST_VEHICLES, 99_991)):
        text = plate.decode()
        assert text.startswith(PREFIX)
        assert len(text) == LENGTH == 8
        assert set(text[2:]) <= set(ALPHABET)


def test_the_tours_plates_collide_with_none() -> None:
    generated = set(make_plates(np.arange(0, MOST_VEHICLES, 99_991)).tolist())
    thirds = {plate.decode()[2] for plate in generated}
    assert not thirds & {plate[2] for plate in (*TOUR_PLATES, TOUR_UNSEEN_PLATE)}
    assert make_plates(np.array([-1, -2, -3])).tolist() == [plate.encode() for plate in TOUR_PLATES]


@pytest.mark.parametrize("number", [-4, MOST_VEHICLES])
def test_a_number_without_a_plate_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="Vehicle numbers"):
        make_plates(np.array([number]))
