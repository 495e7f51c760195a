"""What is the log called, and in which kind of process does an event happen?"""

from __future__ import annotations

from django.conf import settings


def origin() -> str:
    """The checkpoint's first line: a name without a scheme that no other log in the world has."""
    return str(settings.RTCC_LEDGER_ORIGIN)


def process_kind() -> str:
    """`web`, `worker`, `operator` or `setup`: where an event happened (CJIS AU-3)."""
    return str(settings.RTCC_PROCESS)
