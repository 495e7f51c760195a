"""How far are generated reads from real ones? By Kolmogorov and Smirnov: the widest gap between two distributions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtcc_gov.demo.seattle import GAP_CAP, SeattleWeek
from rtcc_gov.demo.traffic import DayReads

WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a week of generated reads looks like, beside Seattle's. Distances lie between 0 (the same) and 1."""

    reads: int
    plates: int
    plates_seen_again: int
    most_reads_of_a_plate: int
    median_device_hour: float
    busiest_device_hour: int
    repeat_distance: float
    device_hour_distance: float
    gap_distance: float


def measure(days: Iterable[DayReads], *, week: SeattleWeek) -> Shape:
    """Compare the first seven days with the real week. Device-hours are compared as multiples of their mean."""
    taken = [day for _, day in zip(range(WEEK), days, strict=False)]
    vehicles = np.concatenate([day.vehicles for day in taken])
    moments = np.concatenate([day.moments for day in taken])
    readers = np.concatenate([day.readers for day in taken]).astype(np.int64)
    _, times = np.unique(vehicles, return_counts=True)
    hours = moments // 3_600_000
    _, device_hours = np.unique(readers * 10_000_000 + hours, return_counts=True)
    return Shape(
        reads=len(moments),
        plates=len(times),
        plates_seen_again=int((times > 1).sum()),
        most_reads_of_a_plate=int(times.max()),
        median_device_hour=float(np.median(device_hours)),
        busiest_device_hour=int(device_hours.max()),
        repeat_distance=distance_of_counts(np.bincount(times), week.repeats),
        device_hour_distance=distance(device_hours / device_hours.mean(), week.device_hours / week.device_hours.mean()),
        gap_distance=distance_of_counts(_count_gaps(readers, moments), week.gaps),
    )


def _count_gaps(readers: NDArray[np.int64], moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """Seconds since the same reader's previous read, counted in whole seconds up to the cap."""
    order = np.lexsort((moments, readers))
    seconds = moments[order] // 1000
    is_same = readers[order][1:] == readers[order][:-1]
    return np.bincount(np.minimum(np.diff(seconds)[is_same], GAP_CAP), minlength=GAP_CAP + 1)


def distance_of_counts(ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> float:
    """Between two histograms over 0, 1, 2…"""
    length = max(len(ours), len(theirs))
    ours, theirs = np.pad(ours, (0, length - len(ours))), np.pad(theirs, (0, length - len(theirs)))
    return float(np.abs(np.cumsum(ours) / ours.sum() - np.cumsum(theirs) / theirs.sum()).max())


def distance(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """Between two samples."""
    points = np.union1d(ours, theirs)
    below = [np.searchsorted(np.sort(sample), points, side="right") / len(sample) for sample in (ours, theirs)]
    return float(np.abs(below[0] - below[1]).max())
