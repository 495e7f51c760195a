"""Which reports are there, and which entries of the log were they counted from?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.core.errors import NotFound
from apps.core.paging import Page, paginate
from apps.core.types import Window
from apps.ledger import selectors as log
from apps.ordinance.figures import ACCESS_FIGURES
from apps.ordinance.models import AccessReport
from apps.ordinance.types import ReportLine, ReportView


class ReportNotFound(NotFound):
    code = "REPORT_NOT_FOUND"


def get_report(*, reference: str) -> ReportView:
    """
    :raises ReportNotFound: if there is no such report
    """
    report = AccessReport.objects.filter(reference=reference).first() if _is_reference(reference) else None
    if report is None:
        raise ReportNotFound("There is no such report.", remedy="Choose one from the list of reports.")
    canonical = bytes(report.canonical)
    return ReportView(
        reference=str(report.reference),
        document=json.loads(canonical),
        canonical=canonical,
        pdf=bytes(report.pdf),
        digest=report.digest,
        starts_at=report.starts_at,
        ends_at=report.ends_at,
        built_at=report.built_at,
        built_by=report.built_by,
        ledger_reference=report.ledger_reference,
    )


def list_reports(*, cursor: str = "", size: int = 20) -> Page[ReportLine]:
    """Reports, newest first, without their bytes."""
    page = paginate(
        AccessReport.objects.only("id", "reference", "starts_at", "ends_at", "built_at", "built_by"),
        order=("-built_at", "-id"),
        cursor=cursor,
        size=size,
    )
    lines = [
        ReportLine(
            reference=str(row.reference),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            built_at=row.built_at,
            built_by=row.built_by,
        )
        for row in page.rows
    ]
    return Page(rows=lines, next_cursor=page.next_cursor)


def iterate_sealed(*, window: Window, size: int) -> Iterator[Mapping[str, Any]]:
    """The entries that figures are derived from: those of the window among the first `size` of the log."""
    events = sorted({event for spec in ACCESS_FIGURES for event in spec.query.events})
    for entry in log.iterate_entries(window=window, events=events):
        if entry.index is not None and entry.index < size:
            content = entry.content
            yield {
                "event": content.event,
                "actor": content.actor,
                "recorded_at": content.recorded_at,
                "details": content.details,
            }


def list_periods(*, now: datetime, zone: ZoneInfo) -> list[tuple[str, Window]]:
    """Periods that a report is usually asked for, in the agency's own days: name and window."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    month = today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    year = month.replace(month=1)
    tomorrow = today + timedelta(days=1)  # in the zone's wall time, so also across a change of the clocks
    spans = [
        ("this-month", month, tomorrow),
        ("last-month", last_month, month),
        ("this-year", year, tomorrow),
        ("last-year", year.replace(year=year.year - 1), year),
    ]
    return [(name, Window(start=start.astimezone(UTC), end=end.astimezone(UTC))) for name, start, end in spans]


def _is_reference(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
