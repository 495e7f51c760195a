"""Background work of the governed rows."""

from __future__ import annotations

from celery import shared_task

from apps.core import clock
from apps.records import partitions


@shared_task(name="records.make_partitions_ahead", queue="default", time_limit=300)
def make_partitions_ahead() -> None:
    partitions.make_partitions_ahead(now=clock.now())
