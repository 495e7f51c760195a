"""How busy is a street at which hour, and which days does a run of the generator cover?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

ZONE = ZoneInfo("America/New_York")
DAY_SECONDS = 86_400
WEEKEND = 0.82
# Share of a day's traffic by local hour: two peaks on working days, one long afternoon at the weekend.
WORKING_DAY = np.array(
    [9, 6, 5, 5, 8, 20, 42, 66, 72, 58, 50, 52, 55, 56, 60, 68, 76, 80, 70, 54, 42, 33, 24, 15], dtype=float
)
WEEKEND_DAY = np.array(
    [20, 15, 12, 8, 7, 10, 18, 28, 40, 50, 58, 64, 66, 66, 64, 62, 60, 58, 55, 50, 44, 38, 32, 26], dtype=float
)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One UTC day, the part of it that is generated, and its traffic by UTC hour.

    :param until: seconds of the day that have passed; a whole day's for all but the last
    :param offset: seconds to add to UTC for local time, at noon
    """

    date: date
    until: int
    offset: int

    @classmethod
    def of(cls, day: date, *, now: datetime) -> Day:
        start = datetime.combine(day, time.min, tzinfo=UTC)
        offset = (start + timedelta(hours=17)).astimezone(ZONE).utcoffset() or timedelta()
        until = int(min(max((now - start).total_seconds(), 0), DAY_SECONDS))
        return cls(date=day, until=until, offset=int(offset.total_seconds()))

    @property
    def number(self) -> int:
        """Days since 1970."""
        return (self.date - date(1970, 1, 1)).days

    @property
    def is_weekend(self) -> bool:
        return self.date.weekday() >= 5

    @property
    def hours(self) -> NDArray[np.float64]:
        """Weight of each UTC hour, nothing after `until`; a whole working day weighs 1."""
        profile = WEEKEND_DAY if self.is_weekend else WORKING_DAY
        weights = np.roll(profile / profile.sum(), -self.offset // 3600) * (WEEKEND if self.is_weekend else 1.0)
        return weights * np.clip(self.until / 3600 - np.arange(24), 0.0, 1.0)

    def to_utc(self, local_seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds of this UTC day at which local clocks show `local_seconds`."""
        return (local_seconds - self.offset) % DAY_SECONDS


def list_days(*, days: int, now: datetime) -> list[Day]:
    """`days` whole UTC days and today as far as it has come, oldest first."""
    today = now.astimezone(UTC).date()
    return [Day.of(today - timedelta(days=ago), now=now) for ago in range(days, -1, -1)]
