"""Carry the log out of the house."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from apps.ledger import services


class Command(BaseCommand):
    help = "Write the sealed log into a bundle that can be checked without the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the bundle to write, a .zip file")

    def handle(self, *args: Any, **options: Any) -> None:
        with tqdm(unit=" entries", unit_scale=True, disable=None) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            info = services.export_bundle(path=options["path"], on_progress=show)
        self.stdout.write(
            f"{options['path']}: {info.size:,} entries under {info.checkpoints:,} checkpoints, "
            f"{info.file_bytes:,} bytes, root {info.root.hex()}"
        )
