"""Register a source, which delivers once somebody else has approved it. Without --commit nothing is stored."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.core.errors import RtccError
from apps.ingestion import services
from apps.ingestion.adapters import ADAPTERS


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="the source's new code")
        parser.add_argument("--name", required=True)
        parser.add_argument("--adapter", required=True, choices=sorted(ADAPTERS))
        parser.add_argument("--zone", default="", help="IANA name of the zone of times that carry none")
        parser.add_argument("--actor", required=True)
        parser.add_argument("--commit", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["commit"]:
            self.stdout.write(f"Would register {options['source']} ({options['adapter']}). Add --commit to do it.")
            return
        try:
            source = services.register_source(
                code=options["source"],
                name=options["name"],
                adapter=options["adapter"],
                zone_name=options["zone"],
                actor=options["actor"],
                now=clock.now(),
            )
        except RtccError as error:
            raise CommandError(f"{error.code}: {error.message} {error.remedy}".strip()) from error
        self.stdout.write(f"{source.code} is registered and waits for approval.")
