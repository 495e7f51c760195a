"""Seal the log for as long as the process lives."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from apps.ledger.sealing import run_sealer
from apps.ledger.types import SealResult


class Command(BaseCommand):
    help = "Seal the log within a second of each entry, until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, lambda number, frame: stop.set())
        run_sealer(stop=stop, on_seal=self._tell if options["verbosity"] > 1 else None)

    def _tell(self, result: SealResult) -> None:
        self.stdout.write(f"sealed {result.sealed:,} entries, the log has {result.size:,}")
