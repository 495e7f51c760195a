"""Small value objects that every app may hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, kw_only=True)
class Window:
    """A half-open span of time, `start` ≤ t < `end`, both aware and in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("A window needs moments with a time zone.")
        if self.end <= self.start:
            raise ValueError("A window must end after it starts.")

    @classmethod
    def of_day(cls, day: date) -> Window:
        start = datetime.combine(day, time.min, tzinfo=UTC)
        return cls(start=start, end=start + timedelta(days=1))

    @property
    def days(self) -> list[date]:
        """The UTC days that the window touches, oldest first."""
        last = (self.end - timedelta(microseconds=1)).astimezone(UTC).date()
        first = self.start.astimezone(UTC).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end
