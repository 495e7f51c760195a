"""Which days of a category are still kept?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta


def first_kept_day(*, retention_days: int, now: datetime) -> date:
    """The oldest UTC day that is still kept; everything before it is past its retention, destroyed yet or not.

    The age of a day is the number of midnights (UTC) since it, so no row outlives `retention_days` times 24 hours.
    """
    return now.astimezone(UTC).date() - timedelta(days=retention_days - 1)


def first_kept_moment(*, retention_days: int, now: datetime) -> datetime:
    """The midnight (UTC) with which the oldest kept day begins."""
    return datetime.combine(first_kept_day(retention_days=retention_days, now=now), time.min, tzinfo=UTC)
