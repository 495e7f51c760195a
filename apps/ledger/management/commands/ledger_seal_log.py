"""Seal what is pending, once."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from apps.ledger import services


class Command(BaseCommand):
    help = "Seal the entries that are pending under a new signed checkpoint, once."

    def handle(self, *args: Any, **options: Any) -> None:
        result = services.seal_pending()
        self.stdout.write(
            json.dumps(
                {
                    "sealed": result.sealed,
                    "size": result.size,
                    "root": result.root.hex(),
                    "lag_seconds": round(result.lag_seconds, 3),
                    "is_alone": result.is_alone,
                }
            )
        )
