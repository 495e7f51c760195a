"""The destroy door's background work."""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task
from django.db import OperationalError

from apps.core import clock
from apps.core.errors import ConflictFound
from apps.retention import services


@shared_task(
    name="retention.run_due",
    queue="retention",
    time_limit=3600,
    autoretry_for=(OperationalError,),
    # Whole seconds and no jitter: on quorum queues Celery throws a task away whose retry is due in less than one.
    retry_backoff=4,
    retry_jitter=False,
    max_retries=3,
)
def run_due() -> None:
    """Destroy what is due. A destruction that was cut short is taken up again."""
    services.run_due(now=clock.now(), actor="system:retention")


@shared_task(
    name="retention.resume_destruction",
    queue="retention",
    time_limit=600,
    autoretry_for=(OperationalError,),
    # Whole seconds and no jitter: on quorum queues Celery throws a task away whose retry is due in less than one.
    retry_backoff=4,
    retry_jitter=False,
    max_retries=3,
)
def resume_destruction(*, reference: str) -> None:
    """Go on with one destruction that a person began. One that another process has in hand is left to it."""
    with suppress(ConflictFound):
        services.resume_destruction(reference=reference, now=clock.now())
