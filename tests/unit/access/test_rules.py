from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from apps.access.rules import count_look_back_days, get_live_start, may_be_logged, normalise_case_number
from apps.core.types import Window

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("  026-01234 ", "026-01234"),
        ("np 26 0954", "NP-26-0954"),
        ("２６０１７７３４", "26017734"),
        ("", ""),
        ("9" * 200, "9" * 64),
    ],
)
def test_a_case_number_is_written_one_way(typed: str, number: str) -> None:
    assert normalise_case_number(typed) == number


@pytest.mark.parametrize(
    ("number", "is_known", "may"),
    [
        ("26017734", False, True),
        ("026-01234", False, True),
        ("NP-26-0954", False, True),
        ("2026-00007508", False, True),
        ("GX7Q41", False, False),
        ("ABC-1234", False, False),
        ("7ABC123", False, False),
        ("123-456", False, True),
        ("12-34", False, False),
        ("", False, False),
        ("CASE-A", True, True),
    ],
)
def test_the_log_holds_a_typed_number_only_if_it_looks_like_one(number: str, is_known: bool, may: bool) -> None:
    assert may_be_logged(number, is_known=is_known) is may


@pytest.mark.parametrize(
    ("back", "days"),
    [
        (timedelta(days=7), 7),
        (timedelta(days=7, minutes=4), 7),
        (timedelta(days=7, minutes=6), 8),
        (timedelta(hours=1), 1),
        (timedelta(minutes=1), 0),
        (timedelta(days=-2), 0),
    ],
)
def test_days_back_are_rounded_up_with_a_little_grace(back: timedelta, days: int) -> None:
    window = Window(start=NOW - back, end=NOW + timedelta(days=3))
    assert count_look_back_days(window=window, now=NOW) == days


def test_what_is_past_retention_is_cut_off_the_window() -> None:
    window = Window(start=NOW - timedelta(days=10), end=NOW - timedelta(days=5))
    assert get_live_start(window=window, retention_days=30, now=NOW) == window.start
    assert get_live_start(window=window, retention_days=7, now=NOW) == datetime.combine(
        NOW.date() - timedelta(days=6), time.min, tzinfo=UTC
    )
    assert get_live_start(window=window, retention_days=2, now=NOW) == window.end
