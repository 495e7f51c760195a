"""Writes the generated documents, or with --check says which of them are out of date."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rtcc_gov.documented import DOCUMENTS


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare instead of writing")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = []
        for name, build in DOCUMENTS.items():
            path = settings.BASE_DIR / name
            text = build()
            if options["check"]:
                if not path.exists() or path.read_text(encoding="utf-8") != text:
                    stale.append(name)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                self.stdout.write(name)
        if stale:
            raise CommandError(f"Out of date: {', '.join(stale)}. Run: make docs")
