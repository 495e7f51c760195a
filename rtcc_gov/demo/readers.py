"""Where do the plate readers stand, how far apart are they, and which ones does a drive from one to another pass?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apps.assets.dc_registry import read_registry
from apps.assets.types import DeviceKind

METRES_A_DEGREE = 111_320.0
# How many readers a drive may pass, its two ends included.
STOPS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Readers:
    """The readers' references and positions, in one order."""

    references: tuple[str, ...]
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]

    @classmethod
    def of(cls, positions: Sequence[tuple[str, float, float]]) -> Readers:
        """
        :param positions: reference, latitude, longitude; at least two
        :raises ValueError: for fewer
        """
        if len(positions) < 2:
            raise ValueError("The demo city needs at least two plate readers.")
        ordered = sorted(positions)
        return cls(
            references=tuple(reference for reference, _, _ in ordered),
            latitudes=np.array([latitude for _, latitude, _ in ordered]),
            longitudes=np.array([longitude for _, _, longitude in ordered]),
        )

    def __len__(self) -> int:
        return len(self.references)

    @cached_property
    def plane(self) -> NDArray[np.float64]:
        """Positions in metres on a plane; exact enough for a city."""
        scale = np.cos(np.radians(self.latitudes.mean()))
        return np.column_stack([self.longitudes * scale, self.latitudes]) * METRES_A_DEGREE

    @cached_property
    def distances(self) -> NDArray[np.float32]:
        """Metres between each two readers, as the crow flies."""
        return _measure(self.plane, self.plane).astype(np.float32)

    @cached_property
    def neighbours(self) -> NDArray[np.int16]:
        """For each reader all readers, nearest first."""
        return np.argsort(self.distances, axis=1, kind="stable").astype(np.int16)

    @cached_property
    def routes(self) -> NDArray[np.int16]:
        """`routes[a, b]` are the readers nearest to `STOPS` points on the way from a to b."""
        count = len(self)
        shares = np.linspace(0.0, 1.0, STOPS)[None, :, None]
        centred = self.plane - self.plane.mean(axis=0)
        squares = (centred**2).sum(axis=1)
        routes = np.empty((count, count, STOPS), dtype=np.int16)
        for start in range(count):
            points = centred[start] * (1 - shares) + centred[:, None, :] * shares
            # The squared distance less what does not depend on the reader.
            apart = squares - 2 * points.reshape(-1, 2) @ centred.T
            routes[start] = apart.argmin(axis=1).reshape(count, STOPS)
        return routes


def load_readers(folder: Path) -> Readers:
    """The demo's plate readers, from the District's camera files alone."""
    devices = read_registry(folder).devices
    return Readers.of(
        [(device.reference, device.latitude, device.longitude) for device in devices if device.kind is DeviceKind.LPR]
    )


def _measure(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    differences = points[:, None, :] - others[None, :, :]
    return np.sqrt((differences**2).sum(axis=2))
