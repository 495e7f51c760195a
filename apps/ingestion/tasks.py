"""Background work of the write door."""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task

from apps.core import clock
from apps.core.errors import RtccError
from apps.ingestion import selectors, services


@shared_task(name="ingestion.import_upload", queue="ingestion", time_limit=3600)
def import_upload(*, reference: str) -> None:
    """Import one upload. A refusal is in the ledger and on the import's page, so the task itself is done."""
    with suppress(RtccError):
        services.import_upload(reference=reference, now=clock.now())


@shared_task(name="ingestion.resume_uploads", queue="ingestion", time_limit=300)
def resume_uploads() -> None:
    """Queue again what waits or was cut short: a killed worker's message comes back late, or never."""
    for reference in selectors.list_open_uploads():
        import_upload.apply_async(kwargs={"reference": reference})


@shared_task(name="ingestion.retry_rejected", queue="ingestion", time_limit=600)
def retry_rejected(*, source_code: str, actor: str, references: list[str] | None = None) -> None:
    """Try rejected rows of a source again, all or those named. A source that may not deliver is left as it is."""
    with suppress(RtccError):
        services.retry_rejected(source_code=source_code, actor=actor, references=references or [], now=clock.now())
