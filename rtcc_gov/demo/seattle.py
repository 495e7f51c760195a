"""How are real plate reads spread? The counts of one week in Seattle, as distributions."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GAP_CAP = 600


@dataclass(frozen=True, kw_only=True)
class SeattleWeek:
    """
    :param repeats: `repeats[n]` plates were read n times in the week; `repeats[0]` is 0
    :param device_hours: reads of each device and hour in which there were any
    :param gaps: `gaps[s]` reads came s seconds after the device's previous one; the last counts 600 and more
    """

    repeats: NDArray[np.int64]
    device_hours: NDArray[np.int64]
    gaps: NDArray[np.int64]

    @property
    def reads_per_plate(self) -> float:
        return float((np.arange(len(self.repeats)) * self.repeats).sum() / self.repeats.sum())


def load_week(folder: Path) -> SeattleWeek:
    """Read the three files of `fixtures/seattle`."""
    repeats = _read(folder / "seattle_spd_lpr_repeat_reads_histogram.csv", "reads_of_one_plate_in_the_week", "plates")
    seconds = f"seconds_since_previous_read_same_device_capped_{GAP_CAP}"
    gaps = _read(folder / "seattle_spd_lpr_gap_histogram.csv", seconds, "count")
    with (folder / "seattle_spd_lpr_reads_per_device_hour.csv").open(encoding="utf-8", newline="") as file:
        device_hours = np.array([int(row["reads"]) for row in csv.DictReader(file)], dtype=np.int64)
    return SeattleWeek(repeats=repeats, device_hours=device_hours, gaps=gaps)


def _read(path: Path, value: str, count: str) -> NDArray[np.int64]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(int(row[value]), int(row[count])) for row in csv.DictReader(file)]
    histogram = np.zeros(max(number for number, _ in rows) + 1, dtype=np.int64)
    for number, times in rows:
        histogram[number] = times
    return histogram
