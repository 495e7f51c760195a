"""The generated reads: as many as asked for, the same for the same seed, and never one car at two places."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtcc_gov.demo.plates import TOUR_ONCE_PLATE, TOUR_PLATE, TOUR_STOLEN_PLATE, TOUR_UNSEEN_PLATE
from rtcc_gov.demo.readers import Readers
from rtcc_gov.demo.reads import FASTEST_METRES_A_SECOND, LEAST_SECONDS
from rtcc_gov.demo.seattle import SeattleWeek
from rtcc_gov.demo.shape import measure
from rtcc_gov.demo.traffic import City, DayReads
from tests.unit.demo.conftest import NOW


def join(days: list[DayReads]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.concatenate([day.vehicles for day in days]),
        np.concatenate([day.moments for day in days]),
        np.concatenate([day.readers for day in days]),
    )


def find_hasty(days: list[DayReads], readers: Readers) -> int:
    """How many reads a vehicle could not have reached in time from its previous one, over all days."""
    vehicles, moments, places = join(days)
    order = np.lexsort((moments, vehicles))
    same = vehicles[order][1:] == vehicles[order][:-1]
    seconds = np.diff(moments[order])[same] / 1000
    metres = readers.distances[places[order][:-1][same], places[order][1:][same]]
    # A millisecond's rounding at either end.
    return int((seconds + 0.002 < LEAST_SECONDS + metres / FASTEST_METRES_A_SECOND).sum())


def test_there_are_exactly_as_many_reads_as_asked_for(city: City) -> None:
    assert sum(len(day) for day in city.iterate_days()) == city.reads


def test_the_same_seed_makes_the_same_reads(city: City, readers: Readers, week: SeattleWeek) -> None:
    again = City.build(seed=7, reads=40_000, days=10, now=NOW, readers=readers, week=week)
    # In another order: no day depends on another.
    for index in (9, 0):
        one, two = city.make_day(index), again.make_day(index)
        assert (one.plates == two.plates).all()
        assert (one.moments == two.moments).all()
        assert (one.readers == two.readers).all()
        assert (one.confidences == two.confidences).all()


def test_another_seed_makes_other_reads(city: City, readers: Readers, week: SeattleWeek) -> None:
    other = City.build(seed=8, reads=40_000, days=10, now=NOW, readers=readers, week=week)
    assert other.make_day(3).moments[:50].tolist() != city.make_day(3).moments[:50].tolist()


def test_no_vehicle_is_at_two_places_at_once_also_over_midnight(city: City, readers: Readers) -> None:
    assert find_hasty(list(city.iterate_days()), readers) == 0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), reads=st.integers(0, 4000), minute=st.integers(0, 1439), days=st.integers(1, 5))
def test_any_city_keeps_its_promises(seed: int, reads: int, minute: int, days: int) -> None:
    now = datetime(2026, 3, 8, tzinfo=UTC) + timedelta(minutes=minute)
    readers = Readers.of([("A", 38.9, -77.0), ("B", 38.95, -77.05), ("C", 38.87, -76.95)])
    city = City.build(seed=seed, reads=reads, days=days, now=now, readers=readers, week=WEEK)
    made = list(city.iterate_days())
    vehicles, moments, _ = join(made)
    assert len(vehicles) == reads
    assert find_hasty(made, readers) == 0
    for day in made:
        assert (np.diff(day.moments) >= 0).all()
        assert (
            all(datetime.fromtimestamp(m / 1000, UTC).date() == day.date for m in day.moments[[0, -1]])
            if len(day)
            else True
        )
    if reads:
        assert moments.max() < now.timestamp() * 1000
        assert moments.min() >= datetime(2026, 3, 8, tzinfo=UTC).timestamp() * 1000 - days * 86_400_000


WEEK = SeattleWeek(
    repeats=np.array([0, 80, 12, 4, 2, 1, 0, 0, 0, 1]),
    device_hours=np.array([1, 20, 100, 300]),
    gaps=np.array([20, 30, 20, 10, *[1] * 60]),
)


def test_the_days_are_whole_but_the_last(city: City) -> None:
    made = list(city.iterate_days())
    assert [day.date for day in made] == [date(2026, 11, 14) + timedelta(days=n) for n in range(11)]
    assert made[-1].moments.max() < NOW.timestamp() * 1000
    assert len(made[-1]) < len(made[-2])


def test_the_tours_plates_are_seen_as_documented(city: City) -> None:
    seen = [set(day.plates.tolist()) for day in city.iterate_days()]
    assert all(TOUR_PLATE.encode() in plates for plates in seen)
    assert sum(TOUR_STOLEN_PLATE.encode() in plates for plates in seen) == 6
    assert sum(TOUR_ONCE_PLATE.encode() in plates for plates in seen) == 1
    assert not any(TOUR_UNSEEN_PLATE.encode() in plates for plates in seen)


def test_the_reads_are_spread_like_real_ones(city: City, week: SeattleWeek) -> None:
    shape = measure(city.iterate_days(), week=week)
    assert shape.repeat_distance < 0.03
    assert shape.gap_distance < 0.08
    assert shape.device_hour_distance < 0.2


def test_streets_are_emptier_at_night(city: City) -> None:
    hours = np.concatenate([(day.moments // 3_600_000) % 24 for day in list(city.iterate_days())[2:5]])
    at_local_night = np.isin(hours, [7, 8, 9]).sum()
    at_local_rush = np.isin(hours, [12, 13, 22]).sum()
    assert at_local_rush > 4 * at_local_night


def test_a_city_without_readers_or_days_is_refused(readers: Readers, week: SeattleWeek) -> None:
    with pytest.raises(ValueError, match="two plate readers"):
        Readers.of([("A", 38.9, -77.0)])
    with pytest.raises(ValueError, match="at least one day"):
        City.build(seed=1, reads=10, days=0, now=NOW, readers=readers, week=week)
    with pytest.raises(ValueError, match="more vehicles than"):
        City.build(seed=1, reads=600_000_000, days=3, now=NOW, readers=readers, week=week)
