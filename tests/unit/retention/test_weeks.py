from datetime import UTC, date, datetime, timedelta

import pytest

from apps.retention import weeks
from apps.retention.types import BucketPlan, BucketState, RetentionRule

RULE = RetentionRule(category="PLATE_READ", days=30, policy_version=1, policy_digest="")


def bucket(day, state=BucketState.OPEN):
    return BucketPlan(
        category="PLATE_READ",
        day=day,
        due_at=datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=30),
        state=state,
        step=None,
        certificate="",
        rule=RULE,
        rows=1,
        rows_by_source={},
        size_bytes=0,
        key_id="",
        preserved_rows=0,
    )


def test_days_lie_in_weeks_from_monday():
    [month] = weeks.lay_out([bucket(date(2026, 11, 1)), bucket(date(2026, 11, 3))])
    assert [cell.number for cell in month.weeks[0]] == [0, 0, 0, 0, 0, 0, 1]
    assert month.weeks[0][6].bucket.day == date(2026, 11, 1)
    assert [bool(cell.bucket) for cell in month.weeks[1]] == [False, True, False, False, False, False, False]
    assert month.counts == {"open": 2, "due": 0, "overdue": 0, "destroyed": 0}


def test_the_newest_months_come_first_and_those_with_something_due_are_of_interest():
    days = [date(2026, month, 1) for month in range(1, 7)]
    months = weeks.lay_out([bucket(days[0], BucketState.OVERDUE), *map(bucket, days[1:])])
    assert [month.first for month in months] == days[::-1]
    assert [month.is_of_interest for month in months] == [True, True, True, False, False, True]


@pytest.mark.parametrize(
    ("rows", "short"),
    [(0, "0"), (950, "950"), (1000, "1k"), (1250, "1.2k"), (12_499, "12k"), (1_300_000, "1.3M"), (12_000_000, "12M")],
)
def test_a_count_fits_its_cell(rows, short):
    assert weeks.shorten(rows) == short
