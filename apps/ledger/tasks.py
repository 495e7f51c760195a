"""The sealer's understudy: should the sealing process be away, the beat still seals."""

from __future__ import annotations

from celery import shared_task

from apps.ledger import services


@shared_task(name="ledger.seal_pending", queue="ledger", time_limit=300, ignore_result=True)
def seal_pending() -> None:
    services.seal_pending()
