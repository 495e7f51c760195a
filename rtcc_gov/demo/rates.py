"""How often is each kind of vehicle seen? A mixture of rates fitted to how often plates came back in a real week."""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from rtcc_gov.demo.seattle import SeattleWeek

# A visitor comes on one day and is read once, seldom twice.
VISITOR_TWICE = 0.06
VISITORS_AT_LEAST = 0.45
# Reads a week: below the first a resident's car, below the second one that works all day, above it a fleet at its base.
RESIDENT_BELOW = 5.0
WORKING_BELOW = 30.0


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Of a week's plates, a share of `visitors` are visitors', and `shares[i]` are read `weekly[i]` times a week."""

    visitors: float
    weekly: NDArray[np.float64]
    shares: NDArray[np.float64]

    def count_vehicles(self, plates_a_week: float) -> NDArray[np.int64]:
        """How many vehicles of each rate must drive, so that as many of them are seen in a week as the shares say."""
        return np.maximum(np.round(self.shares * plates_a_week / -np.expm1(-self.weekly)), 0).astype(np.int64)


def fit_rates(week: SeattleWeek, *, steps: int = 400) -> Rates:
    """Expectation-maximisation over a fixed grid of rates; visits of one vehicle are Poisson, given its rate."""
    most = len(week.repeats) - 1
    weekly = np.geomspace(0.3, 150.0, 22)
    counts = np.arange(1, most + 1)
    log_factorials = np.array([lgamma(n + 1) for n in counts])
    log_poisson = counts[None, :] * np.log(weekly)[:, None] - weekly[:, None] - log_factorials[None, :]
    components = np.exp(log_poisson) / -np.expm1(-weekly)[:, None]
    visits = np.zeros(most)
    visits[:2] = 1 - VISITOR_TWICE, VISITOR_TWICE
    components = np.vstack([visits, components])

    observed = week.repeats[1:] / week.repeats.sum()
    weights = np.full(len(components), (1 - VISITORS_AT_LEAST) / (len(components) - 1))
    weights[0] = VISITORS_AT_LEAST
    for _ in range(steps):
        expected = np.maximum(weights @ components, 1e-300)
        weights *= components @ (observed / expected)
        weights[0] = max(weights[0], VISITORS_AT_LEAST)
        weights /= weights.sum()
    return Rates(visitors=float(weights[0]), weekly=weekly, shares=weights[1:])
