"""Which buckets are there, what is due, what has gone, and what says so?"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Min, Sum

from apps.core.errors import NotFound
from apps.core.paging import MOST_ROWS, Page, paginate
from apps.keys import selectors as keys
from apps.policy import selectors as policy
from apps.records import partitions
from apps.retention import rules
from apps.retention.models import BucketChunk, Certificate, DailyAggregate, Destruction, Hold, PurgeRun
from apps.retention.types import BucketPlan, BucketState, CertificateView, RetentionRule, Step

SHOWN_AFTER_DESTRUCTION = timedelta(days=92)


class CertificateNotFound(NotFound):
    code = "CERTIFICATE_NOT_FOUND"


class BucketMissing(NotFound):
    code = "BUCKET_MISSING"


def get_retention_rule(*, category: str, now: datetime) -> RetentionRule:
    """How long the policy in force keeps `category`, or the category whose data it holds."""
    view = policy.get_policy_in_force(now=now)
    days = policy.get_retention_days(category=rules.KEPT_LIKE.get(category, category), now=now)
    return RetentionRule(category=category, days=days, policy_version=view.version, policy_digest=view.digest)


def list_categories(*, now: datetime) -> list[str]:
    """The categories of the policy in force, and those kept like them, that have or had buckets, one a UTC day."""
    begun = set(Destruction.objects.values_list("category", flat=True).distinct())
    codes = [category.code for category in policy.get_policy_in_force(now=now).document.categories]
    codes += [code for code, like in rules.KEPT_LIKE.items() if like in codes]
    return [code for code in codes if code in begun or _list_partitions(code) or _list_key_days(code)]


def has_bucket(*, category: str, day: date) -> bool:
    return day in _list_partitions(category) or day in _list_key_days(category)


def get_partition_name(*, category: str, day: date) -> str:
    """The bucket's table, or an empty text for a category that has keys by day and no partitions."""
    return _list_partitions(category).get(day, "")


def measure_partition(partition: str) -> int:
    """Bytes of a partition with its indexes; 0 for none."""
    return _measure({date.min: partition} if partition else {}).get(date.min, 0)


def list_buckets(*, category: str, now: datetime) -> list[BucketPlan]:
    """Every bucket of `category` that exists or has been destroyed, oldest first."""
    rule = get_retention_rule(category=category, now=now)
    gone = {row.day: row for row in Destruction.objects.filter(category=category)}
    tables, key_ids = _list_partitions(category), _list_key_days(category)
    tallies = _count_rows(category)
    sizes = _measure(tables)
    held = _count_held(category)
    plans = []
    for day in sorted(gone.keys() | tables.keys() | key_ids.keys()):
        destruction = gone.get(day)
        due = destruction.due_at if destruction else rules.due_at(day=day, days=rule.days)
        is_destroyed = destruction is not None and destruction.step == Step.CERTIFIED.value
        by_source = tallies.get(day, {})
        plans.append(
            BucketPlan(
                category=category,
                day=day,
                due_at=due,
                state=rules.bucket_state(due=due, now=now, is_destroyed=is_destroyed),
                step=Step(destruction.step) if destruction else None,
                certificate=str(destruction.reference) if is_destroyed and destruction else "",
                rule=rule,
                rows=sum(by_source.values()),
                rows_by_source=by_source,
                size_bytes=sizes.get(day, 0),
                key_id=key_ids.get(day, ""),
                preserved_rows=held.get(day, 0),
            )
        )
    return plans


def get_bucket(*, category: str, day: str, now: datetime) -> BucketPlan:
    """One bucket of the calendar.

    :param day: as in `2026-11-24`
    :raises BucketMissing:
    """
    known = list_buckets(category=category, now=now) if category in list_categories(now=now) else []
    for bucket in known:
        if bucket.day.isoformat() == day:
            return bucket
    raise BucketMissing(f"There is nothing of {category} of {day}.", remedy="Choose a day from the calendar.")


def count_overdue(*, now: datetime) -> int:
    """How many buckets should have gone by the end of the UTC day on which they fell due."""
    return count_by_state(now=now)[BucketState.OVERDUE]


def count_by_state(*, now: datetime) -> dict[BucketState, int]:
    """How many buckets there are in each state of the calendar, over every category."""
    counts = dict.fromkeys(BucketState, 0)
    for category in list_categories(now=now):
        days = get_retention_rule(category=category, now=now).days
        begun = dict(Destruction.objects.filter(category=category).values_list("day", "step"))
        for day in _list_partitions(category).keys() | _list_key_days(category).keys() | begun.keys():
            state = rules.bucket_state(
                due=rules.due_at(day=day, days=days),
                now=now,
                is_destroyed=begun.get(day) == Step.CERTIFIED.value,
            )
            counts[state] += 1
    return counts


def count_holds() -> tuple[int, datetime | None]:
    """How many holds keep reads for a case, and when the first of them ends at the latest."""
    found = Hold.objects.filter(released_at=None).aggregate(count=Count("id"), first=Min("hold_ends_at"))
    return found["count"], found["first"]


def list_holds() -> list[dict[str, Any]]:
    """Holds that keep reads for a case, the first to end first, at most `MOST_ROWS`."""
    holds = Hold.objects.filter(released_at=None).order_by("hold_ends_at", "id")[:MOST_ROWS]
    return [
        {
            "case_number": hold.case_number,
            "category": hold.category,
            "rows": hold.rows,
            "days": sorted(date.fromisoformat(day) for day in hold.rows_by_day),
            "requested_by": hold.requested_by,
            "approved_by": hold.approved_by,
            "hold_ends_at": hold.hold_ends_at,
        }
        for hold in holds
    ]


def get_last_run_at() -> datetime | None:
    """When the last purge ran."""
    run = PurgeRun.objects.filter(refusals=[]).order_by("-id").first()
    return run.ran_at if run else None


def get_certificate(*, reference: str) -> CertificateView:
    """:raises CertificateNotFound:"""
    certificate = (
        Certificate.objects.select_related("destruction").filter(reference=reference).first()
        if _is_reference(reference)
        else None
    )
    if certificate is None:
        raise CertificateNotFound("There is no such certificate.", remedy="Choose one from the list of certificates.")
    return _view(certificate)


def list_certificates(*, cursor: str = "", size: int = 50) -> Page[CertificateView]:
    """Certificates, newest first."""
    page = paginate(
        Certificate.objects.select_related("destruction"), order=("-issued_at", "-id"), cursor=cursor, size=size
    )
    return Page(rows=[_view(row) for row in page.rows], next_cursor=page.next_cursor)


def get_daily_rows(*, category: str, day: date) -> dict[int, int]:
    """Rows by device of a destroyed day; device 0 stands for positions without one."""
    totals = DailyAggregate.objects.filter(category=category, day=day).values("device_id").annotate(total=Sum("rows"))
    return {row["device_id"]: row["total"] for row in totals.order_by("device_id")}


def get_calendar(*, now: datetime) -> list[tuple[RetentionRule, list[BucketPlan]]]:
    """Every category with its rule and its buckets, oldest first; those long destroyed are among the certificates."""
    first = (now - SHOWN_AFTER_DESTRUCTION).date()
    return [
        (
            get_retention_rule(category=category, now=now),
            [
                bucket
                for bucket in list_buckets(category=category, now=now)
                if bucket.state is not BucketState.DESTROYED or bucket.due_at.date() >= first
            ],
        )
        for category in list_categories(now=now)
    ]


def list_preserved(*, category: str, day: date) -> list[dict[str, Any]]:
    """Reads of the day that were kept for cases: case, how many, until when, and the ledger's entry."""
    holds = Hold.objects.filter(category=category, released_at=None, rows_by_day__has_key=day.isoformat())
    return [
        {
            "case_number": hold.case_number,
            "rows": hold.rows_by_day[day.isoformat()],
            "approved_by": hold.approved_by,
            "hold_ends_at": hold.hold_ends_at.isoformat(),
            "ledger_reference": hold.ledger_reference,
        }
        for hold in holds.order_by("id")
    ]


def _view(certificate: Certificate) -> CertificateView:
    canonical = bytes(certificate.canonical)
    return CertificateView(
        reference=str(certificate.reference),
        category=certificate.destruction.category,
        day=certificate.destruction.day,
        document=json.loads(canonical),
        canonical=canonical,
        note=certificate.note,
        digest=certificate.digest,
        ledger_reference=certificate.ledger_reference,
        issued_at=certificate.issued_at,
    )


def _list_partitions(category: str) -> dict[date, str]:
    return {part.day: part.name for part in partitions.list_partitions(category=category)}


def _list_key_days(category: str) -> dict[date, str]:
    ids = {key.label: str(key.key_id) for key in keys.list_data_keys(category=category)}
    labels = [scope.label for scope in keys.list_live_scopes(category=category)]
    return {date.fromisoformat(label): ids.get(label, "") for label in labels}


def _count_rows(category: str) -> dict[date, dict[str, int]]:
    counted: dict[date, dict[str, int]] = {}
    totals = BucketChunk.objects.filter(category=category).values("day", "source_id").annotate(total=Sum("rows"))
    for row in totals.order_by("day", "source_id"):
        counted.setdefault(row["day"], {})[str(row["source_id"])] = row["total"]
    return counted


def _count_held(category: str) -> dict[date, int]:
    held: dict[date, int] = {}
    for by_day in Hold.objects.filter(category=category, released_at=None).values_list("rows_by_day", flat=True):
        for day, rows in by_day.items():
            held[date.fromisoformat(day)] = held.get(date.fromisoformat(day), 0) + rows
    return held


def _measure(tables: dict[date, str]) -> dict[date, int]:
    if not tables:
        return {}
    days, names = list(tables), list(tables.values())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(pg_total_relation_size(to_regclass(t.name)), 0) "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS t(name, place) ORDER BY t.place",
            [names],
        )
        return dict(zip(days, (row[0] for row in cursor.fetchall()), strict=True))


def _is_reference(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
