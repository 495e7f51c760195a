"""The year of accesses: as many as asked for, made on duty, and with exactly the misuse that the truth lists."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtcc_gov.demo.calendar import ZONE
from rtcc_gov.demo.history import YEAR_DAYS, Misuse, PlannedAccess, Setting, plan_history
from rtcc_gov.demo.incidents import DemoCase, invent_cases, list_incident_cases, move_incidents, read_incidents
from rtcc_gov.demo.staff import SHIFT_HOURS, SHIFT_STARTS, STAFF, Employee, make_staff
from rtcc_gov.demo.wording import VAGUE
from tests.unit.demo.conftest import FIXTURES, NOW

CLASSES = {
    "HOMICIDE": "HOMICIDE",
    "ROBBERY": "VIOLENT_FELONY",
    "MOTOR VEHICLE THEFT": "VEHICLE_THEFT",
    "BURGLARY": "BURGLARY",
    "THEFT/OTHER": "THEFT",
    "MISSING PERSON": "MISSING_PERSON",
    "CRASH WITH INJURY": "CRASH_WITH_INJURY",
    "WARRANT": "WARRANT",
}


@pytest.fixture(scope="module")
def incidents() -> list[DemoCase]:
    return list_incident_cases(move_incidents(read_incidents(FIXTURES / "dc"), now=NOW))


@pytest.fixture(scope="module")
def setting(incidents: list[DemoCase]) -> Setting:
    return make_setting(incidents, seed=3)


def make_setting(incidents: list[DemoCase], *, seed: int) -> Setting:
    since = NOW - timedelta(days=YEAR_DAYS)
    today = NOW.astimezone(ZONE).date()
    older = invent_cases(seed=seed, count=600, like=incidents, since=since, until=incidents[0].reported_at)
    return Setting(
        seed=seed,
        now=NOW,
        staff=make_staff(
            seed=seed, since=today - timedelta(days=YEAR_DAYS), today=today, commuters=list(range(900, 900 + STAFF))
        ),
        cases=[*older, *incidents],
        classify=lambda offense: CLASSES.get(offense, ""),
        look_back=dict.fromkeys(CLASSES.values(), 14),
        draw_vehicle=lambda rng: int(rng.integers(0, 900)),
    )


def is_on_shift(access: PlannedAccess) -> bool:
    local = access.moment.astimezone(ZONE)
    start = SHIFT_STARTS[access.employee.shift]
    day = local.date() if local.hour >= start or start + SHIFT_HOURS <= 24 else local.date() - timedelta(days=1)
    return (local.hour - start) % 24 < SHIFT_HOURS and access.employee.is_on_duty(day)


def test_forty_people_work_there(setting: Setting) -> None:
    assert len(setting.staff) == STAFF
    assert len({person.username for person in setting.staff}) == STAFF
    assert len({person.vehicle for person in setting.staff}) == STAFF
    assert {person.shift for person in setting.staff if person.looks_up} == set(SHIFT_STARTS)


def test_the_same_seed_plans_the_same_year(setting: Setting, incidents: list[DemoCase]) -> None:
    again = make_setting(incidents, seed=3)
    assert plan_history(setting, accesses=200, misuse=0.1) == plan_history(again, accesses=200, misuse=0.1)


@settings(max_examples=15, deadline=None)
@given(accesses=st.integers(0, 300), misuse=st.floats(0, 1))
def test_as_many_accesses_and_as_much_misuse_as_asked_for(setting: Setting, accesses: int, misuse: float) -> None:
    planned = plan_history(setting, accesses=accesses, misuse=misuse)
    assert len(planned) == accesses
    assert sum(access.misuse is not None for access in planned) == round(accesses * misuse)
    moments = [access.moment for access in planned]
    assert moments == sorted(moments)
    assert all(NOW - timedelta(days=YEAR_DAYS) < moment < NOW for moment in moments)


def test_what_is_planted_is_what_the_truth_says(setting: Setting) -> None:
    planned = plan_history(setting, accesses=1500, misuse=0.1)
    own = {person.vehicle for person in setting.staff}
    for access in planned:
        assert is_on_shift(access) is (access.misuse is not Misuse.OFF_SHIFT)
        assert (access.vehicle in own) is (access.misuse is Misuse.SELF_LOOKUP)
        assert (access.reason in VAGUE) is (access.misuse is Misuse.VAGUE_REASON)
        assert not (access.misuse and access.employee.is_persona)
        assert (access.group > 0) is (access.misuse is not None)
    assert {access.misuse for access in planned if access.misuse} == set(Misuse)


def test_a_repeated_plate_is_one_persons_over_several_cases(setting: Setting) -> None:
    planned = plan_history(setting, accesses=1500, misuse=0.1)
    groups: dict[int, list[PlannedAccess]] = {}
    for access in planned:
        if access.misuse is Misuse.REPEATED_PLATE:
            groups.setdefault(access.group, []).append(access)
    assert groups
    for group in groups.values():
        assert len({access.vehicle for access in group}) == 1
        assert len({access.employee.username for access in group}) == 1
    assert max(len({access.case_number for access in group}) for group in groups.values()) > 3


def test_cases_were_reported_before_they_are_looked_up(setting: Setting) -> None:
    reported = {case.number: case.reported_at for case in setting.cases}
    late = [
        access
        for access in plan_history(setting, accesses=800, misuse=0.05)
        if access.case_number in reported and reported[access.case_number] > access.moment
    ]
    # Only where no case is old enough: the first days of the year.
    assert all(access.moment < NOW - timedelta(days=YEAR_DAYS - 8) for access in late)


@pytest.mark.parametrize(("accesses", "misuse"), [(10, 1.5), (10, -0.1), (-1, 0.0)])
def test_a_plan_that_cannot_be_is_refused(setting: Setting, accesses: int, misuse: float) -> None:
    with pytest.raises(ValueError, match="share of misuse"):
        plan_history(setting, accesses=accesses, misuse=misuse)


def test_training_is_known_only_once_it_is_passed(setting: Setting) -> None:
    today = NOW.astimezone(ZONE).date()
    for person in setting.staff:
        assert set(person.list_training(today - timedelta(days=YEAR_DAYS))) == {str(track) for track in person.passed}
        for dates in person.passed.values():
            assert max(dates) <= today
            assert list(dates) == sorted(dates)


def test_some_training_lapsed_for_some_days_in_the_year(incidents: list[DemoCase]) -> None:
    today = NOW.astimezone(ZONE).date()

    def has_lapsed(person: Employee, ago: int) -> bool:
        day = today - timedelta(days=ago)
        return min(person.list_training(day).values()) < day

    lapses = Counter(
        person.username
        for seed in range(3)
        for person in make_setting(incidents, seed=seed).staff
        if not person.is_persona and any(has_lapsed(person, ago) for ago in range(YEAR_DAYS))
    )
    assert 1 <= len(lapses) <= 30


def test_incidents_are_moved_by_whole_weeks_and_otherwise_unchanged(incidents: list[DemoCase]) -> None:
    original = list_incident_cases(read_incidents(FIXTURES / "dc"))
    assert [case.number for case in incidents] == [case.number for case in original]
    assert [case.place for case in incidents] == [case.place for case in original]
    apart = {
        moved.reported_at.astimezone(ZONE).replace(tzinfo=None) - was.reported_at.astimezone(ZONE).replace(tzinfo=None)
        for moved, was in zip(incidents, original, strict=True)
    }
    assert len(apart) == 1
    assert apart.pop() % timedelta(weeks=1) == timedelta(0)
    assert timedelta(0) <= NOW - incidents[-1].reported_at < timedelta(days=7, hours=1)


def test_invented_cases_carry_numbers_that_the_district_does_not_give(incidents: list[DemoCase]) -> None:
    cases = invent_cases(
        seed=1, count=50, like=incidents, since=NOW - timedelta(days=300), until=NOW - timedelta(days=30)
    )
    assert len({case.number for case in cases}) == 50
    assert all(case.number.startswith("DEMO-") for case in cases)
    assert not {case.number for case in cases} & {case.number for case in incidents}
    assert np.all(np.diff([case.reported_at.timestamp() for case in cases]) >= 0)
