"""When is a reader busy? Bursts of reads over readers and hours, with the gaps of real ones between the reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtcc_gov.demo.calendar import DAY_SECONDS, Day

# Reads in a burst, on average, and the longest gap inside one: with these, as many gaps are longer as in Seattle.
MEAN_READS = 32
LONGEST_GAP = 60
# How many seconds too early or too late are worth a busier place.
TOLERANCE = 900.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Bursts:
    """Bursts of one day in order of reader and start; `weights` sum to 1."""

    readers: NDArray[np.int16]
    starts: NDArray[np.float64]
    weights: NDArray[np.float64]
    gap_shares: NDArray[np.float64]

    @classmethod
    def lay(
        cls,
        *,
        day: Day,
        reads: int,
        popularity: NDArray[np.float64],
        gaps: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> Bursts:
        """Enough bursts for `reads`, each at a reader and in an hour as likely as these are busy; none for none."""
        count = -(-reads // MEAN_READS)
        mood = rng.gamma(3.0, 1 / 3.0, size=(len(popularity), 24))
        table = np.cumsum((popularity[:, None] * day.hours[None, :] * mood).ravel())
        cells = np.searchsorted(table, rng.random(count) * table[-1], side="right") if count else np.empty(0, dtype=int)
        readers, hours = np.divmod(np.minimum(cells, table.size - 1), 24)
        starts = np.minimum((hours + rng.random(count)) * 3600, max(day.until - 1.0, 0.0))
        order = np.lexsort((starts, readers))
        weights = rng.gamma(0.4, size=count) + 0.01
        short = gaps[: LONGEST_GAP + 1]
        return cls(
            readers=readers[order].astype(np.int16),
            starts=starts[order],
            weights=weights / weights.sum() if count else weights,
            gap_shares=np.cumsum(short) / short.sum(),
        )

    def __len__(self) -> int:
        return len(self.starts)

    def draw(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Bursts for reads that have no way of their own, by weight."""
        return np.minimum(np.searchsorted(np.cumsum(self.weights), rng.random(count)), len(self) - 1)

    def fill(self, count: int, day: Day, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
        """Seconds and readers of single reads within the day as far as it has come, whatever else is lost."""
        burst = self.draw(count, rng)
        room = np.minimum(day.until - self.starts[burst], LONGEST_GAP)
        return self.starts[burst] + rng.random(count) * room, self.readers[burst]

    def find_nearest(
        self, ways: NDArray[np.int16], seconds: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """For each row of readers the burst that lies nearest in time; where several do, any of them."""
        scale = float(2 * DAY_SECONDS)
        keys = self.readers * scale + self.starts
        best = np.full(len(ways), np.inf)
        chosen = np.zeros(len(ways), dtype=np.int64)
        for stop in range(ways.shape[1]):
            readers = ways[:, stop]
            after = np.searchsorted(keys, readers * scale + seconds)
            nudge = rng.exponential(TOLERANCE, size=len(ways))
            for place in (after - 1, after):
                burst = np.clip(place, 0, len(self) - 1)
                elsewhere = np.where(self.readers[burst] == readers, 0.0, scale)
                apart = np.abs(self.starts[burst] - seconds) + nudge + elsewhere
                is_better = apart < best
                best[is_better], chosen[is_better] = apart[is_better], burst[is_better]
        return chosen

    def time(
        self, placed: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """An order of the reads, burst by burst and by chance within it, and in that order their seconds of the day."""
        order = np.lexsort((rng.random(len(placed)), placed))
        burst = placed[order]
        gaps = np.searchsorted(self.gap_shares, rng.random(len(placed)), side="right").astype(np.float64)
        # The real ones are rounded to seconds.
        gaps = np.abs(gaps + rng.uniform(-0.5, 0.5, size=len(placed)))
        elapsed = np.cumsum(gaps)
        is_first = np.concatenate([[True], burst[1:] != burst[:-1]])[: len(burst)]
        begun = np.maximum.accumulate(np.where(is_first, elapsed, 0.0))
        return order, self.starts[burst] + elapsed - begun
