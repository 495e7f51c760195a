"""How do a category's days lie on a calendar? By month, in weeks from Monday to Sunday. Pure."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apps.retention.types import BucketPlan, BucketState

_CALENDAR = calendar.Calendar(firstweekday=0)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A place in a week: outside the month `number` is 0; a day without data has no bucket."""

    number: int
    bucket: BucketPlan | None


@dataclass(frozen=True, kw_only=True)
class Month:
    first: date
    weeks: list[list[Cell]]
    counts: dict[str, int]
    is_of_interest: bool


def lay_out(buckets: Sequence[BucketPlan]) -> list[Month]:
    """Months that have buckets, newest first. Of interest are the three newest, and those with something due."""
    by_day = {bucket.day: bucket for bucket in buckets}
    firsts = sorted({day.replace(day=1) for day in by_day}, reverse=True)
    months = []
    for place, first in enumerate(firsts):
        counted = Counter(bucket.state for day, bucket in by_day.items() if day.replace(day=1) == first)
        months.append(
            Month(
                first=first,
                weeks=[
                    [Cell(number=n, bucket=by_day.get(first.replace(day=n)) if n else None) for n in week]
                    for week in _CALENDAR.monthdayscalendar(first.year, first.month)
                ],
                counts={state.value.lower(): counted[state] for state in BucketState},
                is_of_interest=place < 3 or bool(counted[BucketState.DUE] or counted[BucketState.OVERDUE]),
            )
        )
    return months


def shorten(rows: int) -> str:
    """A count that fits a calendar's cell: 950, 12k, 1.2M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if rows >= size:
            return f"{rows / size:.1f}".removesuffix(".0") + letter if rows < 10 * size else f"{rows // size}{letter}"
    return str(rows)
