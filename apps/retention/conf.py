"""Which of the destroy door's bounds does a deployment choose?"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings


def most_buckets_unattended() -> int:
    """How many buckets a purge without a person may destroy in one run."""
    return int(settings.RTCC_RETENTION_MOST_BUCKETS)


def longest_gap() -> timedelta:
    """How long the purge may have stood still before it asks a person whether the clock is right."""
    return timedelta(days=int(settings.RTCC_RETENTION_GAP_DAYS))


def lock_timeout_ms() -> int:
    """How long dropping a partition waits for look-ups that are under way, while new ones wait behind it."""
    return int(settings.RTCC_RETENTION_LOCK_TIMEOUT_MS)


def longest_hold() -> timedelta:
    """How long a hold may last before it must be renewed."""
    return timedelta(days=int(settings.RTCC_RETENTION_HOLD_DAYS))


def most_preserved_rows() -> int:
    """How many reads one hold may name."""
    return int(settings.RTCC_RETENTION_HOLD_ROWS)
