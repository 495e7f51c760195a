"""Try a source's rejected rows again, oldest first. Without --commit it says how many there are."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.core.errors import RtccError
from apps.ingestion import selectors, services


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="the source's code")
        parser.add_argument("--actor", required=True)
        parser.add_argument("--commit", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["source"]
        if not options["commit"]:
            self.stdout.write(f"{selectors.count_rejected(source_code=code)} rows wait. Add --commit to retry them.")
            return
        try:
            summary = services.retry_rejected(source_code=code, actor=options["actor"], now=clock.now())
        except RtccError as error:
            raise CommandError(f"{error.code}: {error.message} {error.remedy}".strip()) from error
        self.stdout.write(f"{summary.tried} tried, {summary.resolved} stored, {summary.still_rejected} still rejected.")
