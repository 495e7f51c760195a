"""Import a file of a registered source. Without --commit it is read and judged, and nothing is stored."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.core import clock
from apps.core.errors import RtccError
from apps.ingestion import services


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="the source's code")
        parser.add_argument("path", type=Path)
        parser.add_argument("--actor", required=True, help="who imports it, such as P-0008")
        parser.add_argument("--commit", action="store_true", help="store the rows")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        facts = {"source_code": options["source"], "path": options["path"], "actor": options["actor"]}
        bar = tqdm(unit="B", unit_scale=True, disable=options["json"] or not options["commit"])

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            with bar:
                if options["commit"]:
                    summary = services.import_file(**facts, now=clock.now(), on_progress=show)
                else:
                    summary = services.plan_import(**facts, now=clock.now())
        except RtccError as error:
            raise CommandError(f"{error.code}: {error.message} {error.remedy}".strip()) from error
        if options["json"]:
            self.stdout.write(json.dumps(dataclasses.asdict(summary) | {"seconds": round(summary.seconds, 3)}))
            return
        verb = "accepted" if options["commit"] else "would be written"
        self.stdout.write(
            f"{summary.accepted} {verb}, {summary.duplicates} known already, {summary.rejected} rejected, "
            f"{summary.ignored} ignored, in {summary.seconds:.1f} s"
        )
        if not options["commit"]:
            self.stdout.write("Nothing was stored. Add --commit to store it.")
