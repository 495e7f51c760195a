"""Which vehicle passes which reader when? A day at a time, from a seed, in arrays.

Readers see traffic in bursts, as real ones do: bursts are laid over readers and hours first, and each vehicle's read is
then put into a burst that fits where it lives and works and when it drives. Every day depends on the seed and its date
alone, so days can be made in any order and by several processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rtcc_gov.demo.bursts import Bursts
from rtcc_gov.demo.calendar import DAY_SECONDS, WEEKEND, Day, list_days
from rtcc_gov.demo.plates import MOST_VEHICLES, make_plates
from rtcc_gov.demo.rates import RESIDENT_BELOW, VISITOR_TWICE, WORKING_BELOW, Rates, fit_rates
from rtcc_gov.demo.readers import STOPS, Readers
from rtcc_gov.demo.reads import Reads
from rtcc_gov.demo.seattle import SeattleWeek

# No drive across the city takes longer at that speed; near midnight each vehicle is seen on one side of it only.
MIDNIGHT_SECONDS = 1500
REGIONS = ("DC", "MD", "VA", "PA", "NC", "NY")
REGION_SHARES = (0.34, 0.33, 0.24, 0.04, 0.03, 0.02)


@dataclass(frozen=True, kw_only=True, eq=False)
class DayReads:
    """The reads of one UTC day in order of time; `readers` index `Readers.references`, `regions` index `REGIONS`."""

    date: date
    moments: NDArray[np.int64]  # milliseconds since 1970
    readers: NDArray[np.int16]
    vehicles: NDArray[np.int64]
    regions: NDArray[np.int8]
    confidences: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.moments)

    @property
    def plates(self) -> NDArray[np.bytes_]:
        return make_plates(self.vehicles)


@dataclass(frozen=True, kw_only=True, eq=False)
class City:
    """All that is needed to make any day: who lives where, how often each is seen, and how many reads each day has."""

    seed: int
    reads: int
    days: list[Day]
    readers: Readers
    week: SeattleWeek
    rates: Rates

    @classmethod
    def build(cls, *, seed: int, reads: int, days: int, now: datetime, readers: Readers, week: SeattleWeek) -> City:
        """
        :param reads: how many there are in all, exactly
        :param days: whole UTC days before today; today counts as far as it has come
        :raises ValueError: for less than one day, negative reads, or more vehicles than there are plates
        """
        if days < 1 or reads < 0:
            raise ValueError("The demo city needs at least one day, and no negative number of reads.")
        city = cls(
            seed=seed,
            reads=reads,
            days=list_days(days=days, now=now),
            readers=readers,
            week=week,
            rates=fit_rates(week),
        )
        if city.first_visitors[-1] + 3 * city.counts[-1] + 64 >= MOST_VEHICLES:
            raise ValueError(f"{reads:,} reads need more vehicles than there are plates.")
        return city

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many reads each day has."""
        weights = np.array([day.hours.sum() for day in self.days])
        return self._rng("counts").multinomial(self.reads, weights / weights.sum())

    @cached_property
    def first_visitors(self) -> NDArray[np.int64]:
        """The number from which each day's visitors are counted; more room for each day than it can need."""
        return self.population + np.concatenate([[0], np.cumsum(3 * self.counts + 64)[:-1]])

    @cached_property
    def reads_a_week(self) -> float:
        return float(self.reads / sum(day.hours.sum() for day in self.days) * (5 + 2 * WEEKEND))

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """How many vehicles there are of each weekly rate."""
        return self.rates.count_vehicles(self.reads_a_week / self.week.reads_per_plate)

    @property
    def population(self) -> int:
        """Vehicles that are not visitors; their numbers start at 0, the least often seen first."""
        return int(self.groups.sum())

    @cached_property
    def popularity(self) -> NDArray[np.float64]:
        """How much traffic each reader sees, spread as real device-hours are."""
        weights = self._rng("popularity").gamma(1.6, size=len(self.readers)) + 0.02
        return weights / weights.sum()

    @cached_property
    def homes(self) -> NDArray[np.int16]:
        return self._choose_places("homes")

    @cached_property
    def works(self) -> NDArray[np.int16]:
        return self._choose_places("works")

    @cached_property
    def habits(self) -> NDArray[np.float32]:
        """Hours by which each vehicle's owner is later than others."""
        return self._rng("habits").standard_normal(self.population, dtype=np.float32)

    def _choose_places(self, name: str) -> NDArray[np.int16]:
        return self._rng(name).choice(len(self.readers), size=self.population, p=self.popularity).astype(np.int16)

    def _rng(self, name: str, day: int = 0) -> np.random.Generator:
        return np.random.default_rng([self.seed, day, *name.encode()])

    def iterate_days(self) -> Iterator[DayReads]:
        for index in range(len(self.days)):
            yield self.make_day(index)

    def make_day(self, index: int) -> DayReads:
        """Every read of the day with this place in `days`: as many as `counts` says, in order of time."""
        day, wanted = self.days[index], int(self.counts[index])
        rng = self._rng("day", day.number)
        bursts = Bursts.lay(day=day, reads=wanted, popularity=self.popularity, gaps=self.week.gaps, rng=rng)
        tour = Reads(*self._make_tour(index, limit=wanted))
        if not bursts:
            return self._finish(day, tour, rng)
        vehicles = self._draw_vehicles(index, rng)
        chosen = self._choose_bursts(day, vehicles, bursts, rng)
        spare = max(wanted - len(tour) - len(vehicles), 0) + wanted // 25 + 40
        visitors = self._draw_visitors(index, spare, rng)
        owners = np.concatenate([vehicles, visitors])
        placed = np.concatenate([chosen, bursts.draw(len(visitors), rng)])
        order, seconds = bursts.time(placed, rng)
        drives = Reads(seconds, bursts.readers[placed[order]], owners[order])
        drives = drives.keep(self._may_be_seen(day, drives)).without_haste(self.readers)
        drives = self._trim(drives, wanted - len(tour), rng)
        newcomers = visitors.max() + 1 + np.arange(wanted - len(tour) - len(drives))
        drives = drives.plus(Reads(*bursts.fill(len(newcomers), day, rng), newcomers))
        return self._finish(day, drives.plus(tour), rng)

    def _draw_vehicles(self, index: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """One entry for each read of a vehicle that is not a visitor's."""
        share = self.counts[index] / self.reads_a_week
        seen = rng.poisson(self.groups * self.rates.weekly * share)
        starts = np.concatenate([[0], np.cumsum(self.groups)[:-1]])
        return np.concatenate(
            [
                start + rng.integers(0, group, size=times)
                for start, group, times in zip(starts, self.groups, seen, strict=True)
                if group and times
            ]
            or [np.empty(0, dtype=np.int64)]
        )

    def _draw_visitors(self, index: int, reads: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """One entry for each read of a visitor; some are read twice on their day."""
        is_new = rng.random(reads) >= VISITOR_TWICE / (1 + VISITOR_TWICE)
        is_new[:1] = True
        numbers = np.cumsum(is_new) - 1
        return self.first_visitors[index] + numbers

    def _choose_bursts(
        self, day: Day, vehicles: NDArray[np.int64], bursts: Bursts, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """For each read a burst on the vehicle's way, near the time at which its owner drives there."""
        bounds = np.cumsum(self.groups)
        resident_end = int(bounds[self.rates.weekly < RESIDENT_BELOW][-1])
        working_end = int(bounds[self.rates.weekly < WORKING_BELOW][-1])
        homes, works = self.homes[vehicles], self.works[vehicles]
        ways = self.readers.routes[homes, works]
        is_resident = vehicles < resident_end
        is_working = ~is_resident & (vehicles < working_end)
        near = min(40, len(self.readers))
        for mask, reach in ((is_working, near), (~is_resident & ~is_working, min(STOPS, near))):
            picks = rng.integers(0, reach, size=(int(mask.sum()), STOPS))
            ways[mask] = self.readers.neighbours[homes[mask][:, None], picks]
        local = self._choose_times(day, vehicles, is_resident, rng)
        return bursts.find_nearest(ways, day.to_utc(local), rng)

    def _choose_times(
        self, day: Day, vehicles: NDArray[np.int64], is_resident: NDArray[np.bool_], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Local seconds of the day: to work, home again, or an errand; the working ones all through their shift."""
        habits = self.habits[vehicles].astype(np.float64)
        jitter = rng.standard_normal(len(vehicles)) * 0.4
        out, back = 8.1 + habits * 0.9 + jitter, 17.4 + habits * 1.0 + jitter
        errand = rng.uniform(9.0, 22.0, size=len(vehicles))
        drawn = rng.random(len(vehicles))
        working_days = 0.1 if day.is_weekend else 0.38
        hours = np.where(drawn < working_days, out, np.where(drawn < 2 * working_days, back, errand))
        shift = 9.0 + habits * 3.0 + rng.uniform(-1.0, 9.0, size=len(vehicles))
        return np.where(is_resident, hours, shift) * 3600

    def _may_be_seen(self, day: Day, reads: Reads) -> NDArray[np.bool_]:
        """Within the day as far as it has come, and on one side of each midnight only."""
        returning = reads.vehicles < self.population
        is_odd = (reads.vehicles + day.number) & 1
        is_late = (reads.seconds >= DAY_SECONDS - MIDNIGHT_SECONDS) & (is_odd == 0)
        is_early = (reads.seconds < MIDNIGHT_SECONDS) & (is_odd == 0)
        return (reads.seconds < day.until) & ~(returning & (is_late | is_early))

    def _trim(self, reads: Reads, wanted: int, rng: np.random.Generator) -> Reads:
        """As many as wanted: visitors go first, then anybody."""
        excess = len(reads) - wanted
        if excess <= 0:
            return reads
        rank = rng.random(len(reads)) + (reads.vehicles < self.population)
        keep = np.ones(len(reads), dtype=bool)
        keep[np.argsort(rank, kind="stable")[:excess]] = False
        return reads.keep(keep)

    def _make_tour(self, index: int, *, limit: int) -> tuple[NDArray[np.float64], NDArray[np.int16], NDArray[np.int64]]:
        """The known plates' reads: the first three times a day, the second on the last five days, the third once."""
        day, last = self.days[index], len(self.days) - 1
        hours = [(1, 2.6), (1, 12.4), (1, 21.3)]
        if index > last - 6:
            hours.append((2, 15.2))
        if index == last - 1:
            hours.append((3, 18.9))
        rng = self._rng("tour", day.number)
        seconds = np.array([hour * 3600 for _, hour in hours]) + rng.uniform(0, 900, size=len(hours))
        vehicles = np.array([-number for number, _ in hours])
        readers = rng.integers(0, len(self.readers), size=len(hours)).astype(np.int16)
        keep = np.flatnonzero(seconds < day.until)[:limit]
        return seconds[keep], readers[keep], vehicles[keep]

    def _finish(self, day: Day, reads: Reads, rng: np.random.Generator) -> DayReads:
        order = np.argsort(reads.seconds, kind="stable")
        vehicles = reads.vehicles[order]
        # The same plate carries the same region whenever it is seen.
        shares = (vehicles.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) / 2.0**24
        return DayReads(
            date=day.date,
            moments=day.number * DAY_SECONDS * 1000 + (reads.seconds[order] * 1000).astype(np.int64),
            readers=reads.readers[order].astype(np.int16),
            vehicles=vehicles,
            regions=np.searchsorted(np.cumsum(REGION_SHARES)[:-1], shares).astype(np.int8),
            confidences=(1 - rng.beta(1.3, 14, size=len(reads)) * 0.6).astype(np.float32),
        )
