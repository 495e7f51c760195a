"""What does a run of the generator hold? A city, its people, cases and accesses, made from a handful of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apps.policy.document import PolicyDocument, read_document
from rtcc_gov.demo.calendar import ZONE
from rtcc_gov.demo.history import YEAR_DAYS, PlannedAccess, Setting, plan_history
from rtcc_gov.demo.incidents import DemoCase, invent_cases, list_incident_cases, move_incidents, read_incidents
from rtcc_gov.demo.plates import MOST_VEHICLES
from rtcc_gov.demo.rates import RESIDENT_BELOW
from rtcc_gov.demo.readers import Readers, load_readers
from rtcc_gov.demo.seattle import load_week
from rtcc_gov.demo.staff import STAFF, Employee, make_staff
from rtcc_gov.demo.traffic import City

# Cars of the staff are among those that a week sees once at least.
COMMUTES_AT_LEAST = 1.0
# Of the plates that are looked up, as many were never read.
NEVER_READ = 0.25
INVENTED_CASES_AN_ACCESS = 1.2
FEWEST_INVENTED_CASES = 150


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the same city is made from again.

    :param misuse: the share of the accesses that is planted misuse, from 0 to 1
    :param moment: the city's now
    :raises ValueError: if there can be no such city
    """

    seed: int = 1
    reads: int = 300_000
    days: int = 30
    accesses: int = 3_000
    misuse: float = 0.02
    moment: datetime

    def __post_init__(self) -> None:
        if self.days < 1 or min(self.seed, self.reads, self.accesses) < 0 or not 0 <= self.misuse <= 1:
            raise ValueError("A city has a day at least, no negative numbers, and a share of misuse from 0 to 1.")

    @property
    def since(self) -> datetime:
        """When the staff, the policy and the year of accesses begin."""
        return self.moment - timedelta(days=YEAR_DAYS)


@dataclass(frozen=True, kw_only=True)
class World:
    """A recipe, made real from the fixtures of `folder`."""

    recipe: Recipe
    folder: Path

    @cached_property
    def readers(self) -> Readers:
        return load_readers(self.folder / "dc")

    @cached_property
    def city(self) -> City:
        recipe, week = self.recipe, load_week(self.folder / "seattle")
        return City.build(
            seed=recipe.seed,
            reads=recipe.reads,
            days=recipe.days,
            now=recipe.moment,
            readers=self.readers,
            week=week,
        )

    @cached_property
    def policy(self) -> PolicyDocument:
        return read_document((self.folder / "dc" / "policy.json").read_bytes())

    @cached_property
    def incidents(self) -> str:
        """The District's incidents as CSV, moved to the present."""
        return move_incidents(read_incidents(self.folder / "dc"), now=self.recipe.moment)

    @cached_property
    def incident_cases(self) -> list[DemoCase]:
        return list_incident_cases(self.incidents)

    @cached_property
    def invented_cases(self) -> list[DemoCase]:
        return invent_cases(
            seed=self.recipe.seed,
            count=max(FEWEST_INVENTED_CASES, round(self.recipe.accesses * INVENTED_CASES_AN_ACCESS)),
            like=self.incident_cases,
            since=self.recipe.since - timedelta(days=14),
            until=self.incident_cases[0].reported_at,
        )

    @cached_property
    def staff(self) -> list[Employee]:
        today = self.recipe.moment.astimezone(ZONE).date()
        return make_staff(
            seed=self.recipe.seed,
            since=today - timedelta(days=YEAR_DAYS),
            today=today,
            commuters=self._choose_commuters(),
        )

    @cached_property
    def history(self) -> list[PlannedAccess]:
        return plan_history(
            Setting(
                seed=self.recipe.seed,
                now=self.recipe.moment,
                staff=self.staff,
                cases=sorted([*self.invented_cases, *self.incident_cases], key=lambda case: case.reported_at),
                classify=self.policy.get_offence_class,
                look_back={offence.code: offence.look_back_days for offence in self.policy.offences},
                draw_vehicle=self._make_vehicle_draw(),
            ),
            accesses=self.recipe.accesses,
            misuse=self.recipe.misuse,
        )

    def count_rows(self, on_day: Callable[[int], None]) -> list[int | None]:
        """How many generated reads each planned access asks for; None where its window begins before any exist.

        :param on_day: called with the number of reads of each day that was looked through
        """
        begins = datetime.combine(self.city.days[0].date, datetime.min.time(), tzinfo=UTC)
        starts = [access.moment - timedelta(days=access.look_back_days) for access in self.history]
        wanted = np.array(
            sorted({a.vehicle for a, start in zip(self.history, starts, strict=True) if start >= begins}),
            dtype=np.int64,
        )
        seen = self._find_moments(wanted, on_day) if len(wanted) else {}
        return [
            _count_between(seen.get(access.vehicle), start, access.moment) if start >= begins else None
            for access, start in zip(self.history, starts, strict=True)
        ]

    def _find_moments(self, wanted: NDArray[np.int64], on_day: Callable[[int], None]) -> dict[int, NDArray[np.int64]]:
        vehicles, moments = [], []
        for day in self.city.iterate_days():
            mask = np.isin(day.vehicles, wanted)
            vehicles.append(day.vehicles[mask])
            moments.append(day.moments[mask])
            on_day(len(day))
        owners, times = np.concatenate(vehicles), np.concatenate(moments)
        return {int(vehicle): times[owners == vehicle] for vehicle in np.unique(owners)}

    def _choose_commuters(self) -> list[int]:
        """Forty cars that a week sees, where the city is large enough; else cars that nobody sees."""
        bounds, weekly = np.concatenate([[0], np.cumsum(self.city.groups)]), self.city.rates.weekly
        first = int(bounds[np.searchsorted(weekly, COMMUTES_AT_LEAST)])
        last = int(bounds[np.searchsorted(weekly, RESIDENT_BELOW)])
        if last - first < STAFF:
            return list(range(MOST_VEHICLES - STAFF, MOST_VEHICLES))
        rng = np.random.default_rng([self.recipe.seed, *b"commuters"])
        return sorted((first + rng.choice(last - first, size=STAFF, replace=False)).tolist())

    def _make_vehicle_draw(self) -> Callable[[np.random.Generator], int]:
        """Vehicles by how often they are seen, some that never are, none of the staff's."""
        groups = self.city.groups
        weights = groups * -np.expm1(-self.city.rates.weekly)
        starts = np.concatenate([[0], np.cumsum(groups)[:-1]])
        own = {person.vehicle for person in self.staff}

        def draw(rng: np.random.Generator) -> int:
            while True:
                if not weights.any() or rng.random() < NEVER_READ:
                    vehicle = MOST_VEHICLES - STAFF - 1 - int(rng.integers(100_000))
                else:
                    group = int(rng.choice(len(groups), p=weights / weights.sum()))
                    vehicle = int(starts[group] + rng.integers(groups[group]))
                if vehicle not in own:
                    return vehicle

        return draw


def _count_between(moments: NDArray[np.int64] | None, start: datetime, end: datetime) -> int:
    if moments is None:
        return 0
    low, high = start.timestamp() * 1000, end.timestamp() * 1000
    return int(((moments >= low) & (moments < high)).sum())
