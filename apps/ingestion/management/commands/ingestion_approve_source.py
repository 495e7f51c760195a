"""Approve a source that somebody else has registered. Without --commit nothing is stored."""

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
        try:
            source = selectors.get_source(code=options["source"])
            if options["commit"]:
                services.approve_source(code=source.code, actor=options["actor"], now=clock.now())
        except RtccError as error:
            raise CommandError(f"{error.code}: {error.message} {error.remedy}".strip()) from error
        self.stdout.write(
            f"{source.code} is approved."
            if options["commit"]
            else f"Would approve {source.code}, registered by {source.registered_by}. Add --commit to do it."
        )
