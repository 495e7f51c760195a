"""What time is it? Moments are UTC inside and local to the agency on screen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    return datetime.now(UTC)


def utc_day(moment: datetime) -> date:
    """The UTC day that a moment's bucket is named after."""
    return moment.astimezone(UTC).date()


def get_local_zone() -> ZoneInfo:
    """The agency's time zone, for screens and documents."""
    return ZoneInfo(settings.TIME_ZONE)
