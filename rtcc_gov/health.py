"""Is the site alive, and is it ready to serve?"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, JsonResponse

from apps.core import clock
from apps.keys import services as keys
from apps.ledger import selectors as ledger
from apps.retention import selectors as retention
from rtcc_gov.celery import app

logger = logging.getLogger(__name__)
MOST_SEALER_LAG_SECONDS = 60.0


def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"alive": True})


def ready(request: HttpRequest) -> JsonResponse:
    """503 with the names of what is not as it must be; no detail that helps an intruder."""
    is_there = _passes("database", _database_answers)
    # Everything else asks the database too, and would wait for it one after the other.
    checks = {"database": is_there, **{name: is_there and _passes(name, check) for name, check in CHECKS.items()}}
    return JsonResponse({"ready": all(checks.values()), "checks": checks}, status=200 if all(checks.values()) else 503)


def _passes(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        # Whatever keeps a check from its answer is itself an answer; the log has the reason.
        logger.warning("readiness check %s failed", name, exc_info=True)
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _broker_answers() -> bool:
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return True


def _keys_open() -> bool:
    keys.open_key_store()
    return True


def _log_is_sealed() -> bool:
    return ledger.get_sealer_lag(now=clock.now()) < MOST_SEALER_LAG_SECONDS


def _purges_are_on_time() -> bool:
    return retention.count_overdue(now=clock.now()) == 0


CHECKS: dict[str, Callable[[], bool]] = {
    "broker": _broker_answers,
    "key_store": _keys_open,
    "sealer": _log_is_sealed,
    "purges": _purges_are_on_time,
}
