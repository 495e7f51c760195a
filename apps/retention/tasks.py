"""The destroy door's background work."""

from __future__ import annotations

from celery import shared_task
from django.db import OperationalError

from apps.core import clock
from apps.retention import services


@shared_task(
    name="retention.run_due",
    queue="retention",
    time_limit=3600,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
)
def run_due() -> None:
    """Destroy what is due. A destruction that was cut short is taken up again."""
    services.run_due(now=clock.now(), actor="system:retention")
