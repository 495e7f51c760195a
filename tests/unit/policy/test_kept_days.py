"""A day is kept until its age in UTC midnights reaches the period; reading and destroying agree on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.policy.rules import first_kept_day, first_kept_moment
from apps.retention.rules import due_at, is_due

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_thirty_days_keep_today_and_the_twenty_nine_before_it() -> None:
    assert first_kept_day(retention_days=30, now=NOON) == date(2026, 10, 26)
    assert first_kept_moment(retention_days=1, now=NOON) == datetime(2026, 11, 24, tzinfo=UTC)


@given(days=st.integers(1, 2000), age=st.integers(0, 2000), seconds=st.integers(0, 10**9))
def test_what_is_out_of_sight_is_what_is_due(days: int, age: int, seconds: int) -> None:
    now = NOON + timedelta(seconds=seconds)
    day = now.date() - timedelta(days=age)
    assert is_due(day=day, days=days, now=now) == (now >= due_at(day=day, days=days))
    assert is_due(day=day, days=days, now=now) == (day < first_kept_day(retention_days=days, now=now))
