from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.retention import rules
from apps.retention.types import BucketState

DAY = date(2026, 10, 1)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
days = st.integers(min_value=1, max_value=3660)
dates = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))
seconds = st.integers(min_value=0, max_value=86_399)


def test_a_bucket_is_due_at_the_midnight_on_which_its_age_in_whole_days_reaches_the_period():
    assert rules.due_at(day=DAY, days=30) == datetime(2026, 10, 31, tzinfo=UTC)
    assert not rules.is_due(day=DAY, days=30, now=datetime(2026, 10, 30, 23, 59, 59, 999_999, tzinfo=UTC))
    assert rules.is_due(day=DAY, days=30, now=datetime(2026, 10, 31, tzinfo=UTC))


@given(day=dates, period=days, second=seconds)
def test_no_row_outlives_its_period_and_no_bucket_goes_before_its_last_whole_day(day, period, second):
    event = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
    due = rules.due_at(day=day, days=period)
    assert due - event <= timedelta(days=period)
    assert (due.date() - day).days == period


def test_a_period_below_one_day_is_an_error():
    with pytest.raises(ValueError, match="at least one day"):
        rules.due_at(day=DAY, days=0)


@pytest.mark.parametrize(
    ("now", "is_destroyed", "state"),
    [
        (datetime(2026, 10, 30, 23, 59, tzinfo=UTC), False, BucketState.OPEN),
        (datetime(2026, 10, 31, tzinfo=UTC), False, BucketState.DUE),
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), False, BucketState.DUE),
        (datetime(2026, 11, 1, tzinfo=UTC), False, BucketState.OVERDUE),
        (datetime(2026, 11, 1, tzinfo=UTC), True, BucketState.DESTROYED),
    ],
)
def test_a_due_bucket_is_overdue_when_the_day_it_fell_due_is_over(now, is_destroyed, state):
    assert rules.bucket_state(due=rules.due_at(day=DAY, days=30), now=now, is_destroyed=is_destroyed) is state


def test_a_bucket_that_is_not_due_is_refused_with_the_moment():
    [ground] = rules.get_destruction_refusals(due=NOW + timedelta(seconds=1), now=NOW)
    assert ground.code == "BUCKET_NOT_DUE"
    assert "2026-11-24" in ground.message
    assert rules.get_destruction_refusals(due=NOW, now=NOW) == []


def run_refusals(**changes):
    values = {
        "now": NOW,
        "last_seen": NOW - timedelta(hours=1),
        "due_buckets": 2,
        "most_buckets": 12,
        "longest_gap": timedelta(days=7),
    }
    return [ground.code for ground in rules.get_run_refusals(**(values | changes))]


def test_an_ordinary_run_and_the_first_run_are_not_refused():
    assert run_refusals() == []
    assert run_refusals(last_seen=None) == []


def test_a_clock_set_back_stops_every_unattended_run():
    assert run_refusals(now=NOW - timedelta(days=2)) == ["CLOCK_SET_BACK"]
    assert run_refusals(now=NOW - timedelta(days=2), due_buckets=0) == ["CLOCK_SET_BACK"]


def test_a_clock_that_jumped_stops_a_run_that_would_destroy_something():
    assert run_refusals(now=NOW + timedelta(days=400)) == ["CLOCK_JUMPED"]
    assert run_refusals(now=NOW + timedelta(days=400), due_buckets=0) == []


def test_more_than_the_bound_at_once_stops_an_unattended_run():
    assert run_refusals(due_buckets=13) == ["TOO_MANY_BUCKETS"]
    assert run_refusals(due_buckets=12) == []


def test_grounds_are_told_together():
    assert run_refusals(now=NOW + timedelta(days=400), due_buckets=400) == ["CLOCK_JUMPED", "TOO_MANY_BUCKETS"]


def test_a_person_who_has_looked_may_go_on():
    assert run_refusals(now=NOW + timedelta(days=400), due_buckets=400, is_confirmed=True) == []
    assert run_refusals(now=NOW - timedelta(days=2), is_confirmed=True) == []


def preservation_refusals(**changes):
    values = {
        "requester": "P-0001",
        "approver": "P-0002",
        "approver_may_preserve": True,
        "days": [DAY],
        "wanted": 1,
        "most_rows": 500,
        "hold_ends_at": NOW + timedelta(days=90),
        "longest_hold": timedelta(days=730),
        "now": NOW,
    }
    return [ground.code for ground in rules.get_preservation_refusals(**(values | changes))]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"wanted": 0, "days": []}, ["NOTHING_CHOSEN"]),
        ({"wanted": 501}, ["HOLD_TOO_WIDE"]),
        ({"wanted": 500}, []),
        ({"approver": "P-0001"}, ["APPROVER_IS_REQUESTER"]),
        ({"approver_may_preserve": False}, ["APPROVER_NOT_PERMITTED"]),
        ({"hold_ends_at": NOW}, ["HOLD_END_OUT_OF_RANGE"]),
        ({"hold_ends_at": NOW + timedelta(days=731)}, ["HOLD_END_OUT_OF_RANGE"]),
        ({"hold_ends_at": NOW + timedelta(days=730)}, []),
        ({"days": [NOW.date() + timedelta(days=1)]}, ["DAY_IN_FUTURE"]),
    ],
)
def test_a_hold_is_specific_approved_by_a_second_person_and_ends(changes, codes):
    assert preservation_refusals(**changes) == codes
