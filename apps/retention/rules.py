"""When must a bucket go, and when may a purge not run?

Periods are counted in whole UTC days: the age of a bucket is the number of midnights (UTC) since its own day. A bucket
of day D that is kept N days is due at the midnight that begins D + N, so no row outlives N times 24 hours (statutes
give a longest period, e.g. Va. Code § 2.2-5517: 21 days), and no bucket goes before the day that its age reaches N.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from apps.policy.rules import first_kept_day
from apps.retention.types import BucketState

ON_TIME = timedelta(days=1)
# Categories that the policy does not name, with the category whose data they hold.
KEPT_LIKE = {"INGEST_REJECT": "PLATE_READ"}


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Why an act of the destroy door is refused."""

    code: str
    message: str
    remedy: str
    citation: str


def due_at(*, day: date, days: int) -> datetime:
    """The moment from which the bucket of `day` must go.

    :raises ValueError: for a period below one day
    """
    if days < 1:
        raise ValueError("A retention period is at least one day.")
    return datetime.combine(day, time.min, tzinfo=UTC) + timedelta(days=days)


def is_due(*, day: date, days: int, now: datetime) -> bool:
    return day < first_kept_day(retention_days=days, now=now)


def is_on_time(*, due: datetime, destroyed_at: datetime) -> bool:
    """Whether it went within the UTC day on which it fell due."""
    return destroyed_at < due + ON_TIME


def bucket_state(*, due: datetime, now: datetime, is_destroyed: bool) -> BucketState:
    if is_destroyed:
        return BucketState.DESTROYED
    if now < due:
        return BucketState.OPEN
    return BucketState.DUE if is_on_time(due=due, destroyed_at=now) else BucketState.OVERDUE


def get_destruction_refusals(*, due: datetime, now: datetime) -> list[Ground]:
    """Why one bucket may not be destroyed now."""
    if now >= due:
        return []
    return [
        Ground(
            code="BUCKET_NOT_DUE",
            message=f"This bucket must be kept until {due:%Y-%m-%d %H:%M} UTC.",
            remedy="Wait until then, or have the privacy officer change the period in the policy.",
            citation="Retention schedule of the policy in force; 28 CFR 23.20(g)(3): no purge without authorisation",
        )
    ]


def get_run_refusals(
    *,
    now: datetime,
    last_seen: datetime | None,
    due_buckets: int,
    most_buckets: int,
    longest_gap: timedelta,
    is_confirmed: bool = False,
) -> list[Ground]:
    """Why a purge over everything due may not run: the clock is not to be believed, or too much would go at once.

    :param last_seen: when the last purge ran; None before the first
    :param is_confirmed: a person has looked at the clock and the dry run and stands for them
    """
    grounds: list[Ground] = []
    if is_confirmed:
        return grounds
    citation = "28 CFR 23.20(g)(3): nothing is purged without authorisation"
    if last_seen is not None and now < last_seen:
        grounds.append(
            Ground(
                code="CLOCK_SET_BACK",
                message=f"The clock says {now:%Y-%m-%d %H:%M} UTC, but a purge has already run at "
                f"{last_seen:%Y-%m-%d %H:%M} UTC. Nothing is destroyed.",
                remedy="Set the clock right. If it was wrong then, run `retention_destroy_due --commit --confirm`.",
                citation=citation,
            )
        )
    if due_buckets and last_seen is not None and now - last_seen > longest_gap:
        grounds.append(
            Ground(
                code="CLOCK_JUMPED",
                message=f"The last purge ran at {last_seen:%Y-%m-%d %H:%M} UTC. Either the service stood still for "
                f"more than {longest_gap.days} days or the clock has jumped forward.",
                remedy="Check the clock, then run `retention_destroy_due --commit --confirm`.",
                citation=citation,
            )
        )
    if due_buckets > most_buckets:
        grounds.append(
            Ground(
                code="TOO_MANY_BUCKETS",
                message=f"{due_buckets} buckets are due at once; a run destroys at most {most_buckets} unattended.",
                remedy="Look at the dry run, then run `retention_destroy_due --commit --confirm`.",
                citation=citation,
            )
        )
    return grounds


def get_preservation_refusals(
    *,
    requester: str,
    approver: str,
    approver_may_preserve: bool,
    days: Sequence[date],
    wanted: int,
    most_rows: int,
    hold_ends_at: datetime,
    longest_hold: timedelta,
    now: datetime,
) -> list[Ground]:
    """Why reads may not be kept beyond their day. A hold is specific, approved by a second person, and ends."""
    grounds = []
    citation = "Hold rule: case, rows, reason, approver and end are named; no bulk holds"
    if not wanted:
        grounds.append(
            Ground(
                code="NOTHING_CHOSEN",
                message="No read was chosen.",
                remedy="Choose the reads that the case needs.",
                citation=citation,
            )
        )
    if wanted > most_rows:
        grounds.append(
            Ground(
                code="HOLD_TOO_WIDE",
                message=f"{wanted} reads were chosen; a hold names at most {most_rows}.",
                remedy="Choose the reads that the case needs and leave the others to their day.",
                citation=citation,
            )
        )
    if requester == approver:
        grounds.append(
            Ground(
                code="APPROVER_IS_REQUESTER",
                message="The person who asks for a hold cannot approve it.",
                remedy="Ask a supervisor or the privacy officer to approve.",
                citation=citation,
            )
        )
    if not approver_may_preserve:
        grounds.append(
            Ground(
                code="APPROVER_NOT_PERMITTED",
                message="The approver's roles do not let them approve a hold.",
                remedy="Ask a supervisor or the privacy officer to approve.",
                citation=citation,
            )
        )
    if not now < hold_ends_at <= now + longest_hold:
        grounds.append(
            Ground(
                code="HOLD_END_OUT_OF_RANGE",
                message=f"A hold ends after now and within {longest_hold.days} days.",
                remedy="Give an end within that time.",
                citation=citation,
            )
        )
    if any(day > now.date() for day in days):
        grounds.append(
            Ground(
                code="DAY_IN_FUTURE",
                message="A chosen read names a day that has not come.",
                remedy="Take the reads from a look-up's result.",
                citation=citation,
            )
        )
    return grounds
