"""Reads in the making, and the rule that no vehicle is at two places at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtcc_gov.demo.readers import Readers

# Two reads of one vehicle lie this far apart at least: as the crow flies at 90 km/h, and twenty seconds.
FASTEST_METRES_A_SECOND = 25.0
LEAST_SECONDS = 20.0


@dataclass(frozen=True, eq=False)
class Reads:
    """Reads in the making: seconds of the day, readers, vehicles."""

    seconds: NDArray[np.float64]
    readers: NDArray[np.int16]
    vehicles: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.seconds)

    def keep(self, mask: NDArray[np.bool_]) -> Reads:
        return Reads(self.seconds[mask], self.readers[mask], self.vehicles[mask])

    def plus(self, other: Reads) -> Reads:
        return Reads(
            np.concatenate([self.seconds, other.seconds]),
            np.concatenate([self.readers, other.readers]),
            np.concatenate([self.vehicles, other.vehicles]),
        )

    def without_haste(self, readers: Readers) -> Reads:
        """Drop each read that its vehicle could not have reached in time from the one before that stays."""
        order = np.lexsort((self.seconds, self.vehicles))
        seconds, places, vehicles = self.seconds[order], self.readers[order], self.vehicles[order]
        alive = np.arange(len(order))
        while True:
            before, after = alive[:-1], alive[1:]
            needed = LEAST_SECONDS + readers.distances[places[before], places[after]] / FASTEST_METRES_A_SECOND
            is_hasty = (vehicles[before] == vehicles[after]) & (seconds[after] - seconds[before] < needed)
            # Of a run of hasty ones only the first goes now: without it the next may be in time.
            is_first = is_hasty & ~np.concatenate([[False], is_hasty[:-1]])
            if not is_first.any():
                break
            alive = np.delete(alive, np.flatnonzero(is_first) + 1)
        mask = np.zeros(len(order), dtype=bool)
        mask[order[alive]] = True
        return self.keep(mask)
