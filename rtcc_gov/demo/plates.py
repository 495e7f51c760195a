"""Which plate does an invented vehicle carry?

Every plate is `ZZ` and six more characters. The serial plates of the District, Maryland and Virginia, and those that
their owners may choose, have at most seven, so none of these can be somebody's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# 32 characters, so that five bits make one; without I, O, Q and U, which are read as others.
ALPHABET = "0123456789ABCDEFGHJKLMNPRSTVWXYZ"
PREFIX = "ZZ"
LENGTH = 8
MOST_VEHICLES = 1 << 29
# Odd, so that multiplying by it is a bijection on 29 bits: neighbouring vehicles get plates that look unrelated.
_SPREAD = 0x1A2B3C4D & (MOST_VEHICLES - 1) | 1
_MIX = 0x0F1E2D3C & (MOST_VEHICLES - 1)
_CHARACTERS = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)

# For the tour, the tests and the pages. Their third character is one that no generated plate has there.
TOUR_PLATE = "ZZTR0001"  # seen on every day, the oldest included
TOUR_STOLEN_PLATE = "ZZTR0002"  # reported stolen; seen on the last five days
TOUR_ONCE_PLATE = "ZZTR0003"  # seen once
TOUR_UNSEEN_PLATE = "ZZTR0009"  # never seen
TOUR_PLATES = (TOUR_PLATE, TOUR_STOLEN_PLATE, TOUR_ONCE_PLATE)


def make_plates(vehicles: NDArray[np.int64]) -> NDArray[np.bytes_]:
    """The plates of vehicle numbers, as an array of eight-byte strings; each number below `MOST_VEHICLES` has its own.

    Negative numbers stand for the tour's plates: -1 is the first.

    :raises ValueError: for a number that has no plate
    """
    if vehicles.size and (int(vehicles.max()) >= MOST_VEHICLES or int(vehicles.min()) < -len(TOUR_PLATES)):
        raise ValueError(f"Vehicle numbers lie between {-len(TOUR_PLATES)} and {MOST_VEHICLES - 1}.")
    mixed = (vehicles.astype(np.uint64) * np.uint64(_SPREAD) & np.uint64(MOST_VEHICLES - 1)) ^ np.uint64(_MIX)
    characters = np.empty((len(vehicles), LENGTH), dtype=np.uint8)
    characters[:, :2] = np.frombuffer(PREFIX.encode(), dtype=np.uint8)
    for place in range(6):
        characters[:, 2 + place] = _CHARACTERS[(mixed >> np.uint64(25 - 5 * place)) & np.uint64(31)]
    plates = characters.reshape(-1).view(f"S{LENGTH}")
    for number, plate in enumerate(TOUR_PLATES, start=1):
        plates[vehicles == -number] = plate.encode()
    return plates


def make_plate(vehicle: int) -> str:
    """The plate of one vehicle."""
    return make_plates(np.array([vehicle], dtype=np.int64))[0].decode()
