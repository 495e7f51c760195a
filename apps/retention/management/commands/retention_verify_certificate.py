"""Check a destruction certificate's file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import RtccError
from apps.retention import services


class Command(BaseCommand):
    help = "Check a downloaded destruction certificate: form, signature, figures and commitment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--public-key", default="", help="hex of the key you trust; default: this installation's")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["path"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['path']} cannot be read: {error.strerror}.") from error
        try:
            verdict = services.check_package(content=content, public_key=options["public_key"])
        except RtccError as error:
            raise CommandError(f"{error.message} {error.remedy}".strip()) from error
        if not verdict.is_good:
            raise CommandError(verdict.problem)
        document = verdict.document
        self.stdout.write(
            f"good: {document['category']} of {document['day']}, {document['rows']['destroyed']:,} rows destroyed, "
            f"{document['punctuality'].lower().replace('_', ' ')}"
        )
