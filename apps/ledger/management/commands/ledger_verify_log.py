"""Is the log what it was?"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.ledger.bundle import BundleSource
from apps.ledger.database_log import verify_stored_log
from apps.ledger.note import NoteInvalid, Verifier
from apps.ledger.verification import OnProgress, Verdict, verify_log


class Command(BaseCommand):
    help = "Verify every entry, tile and checkpoint of the log, or of a bundle; exits with 1 if anything is wrong."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bundle", type=Path, help="a bundle to verify instead of the database; needs no database")
        parser.add_argument("--key", default="", help="the log's verifier key, if you have it from elsewhere")
        parser.add_argument(
            "--checkpoint", type=Path, action="append", default=[], help="a checkpoint kept from before (repeatable)"
        )
        parser.add_argument("--json", action="store_true", help="print the verdict as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        notes = [path.read_text(encoding="utf-8") for path in options["checkpoint"]]
        with tqdm(unit=" entries", unit_scale=True, disable=True if options["json"] else None) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            verdict = self._verify(options, notes, show)
        seconds = time.perf_counter() - started
        self._tell(verdict, seconds, as_json=options["json"])
        if not verdict.ok:
            raise SystemExit(1)

    def _verify(self, options: dict[str, Any], notes: list[str], show: OnProgress) -> Verdict:
        if options["bundle"] is None:
            return verify_stored_log(known_notes=notes, on_progress=show)
        try:
            verifier = Verifier.parse(options["key"]) if options["key"] else None
        except NoteInvalid as error:
            raise CommandError(str(error)) from error
        source = BundleSource(options["bundle"], verifier=verifier, known_notes=notes)
        try:
            return verify_log(source, on_progress=show)
        finally:
            source.close()

    def _tell(self, verdict: Verdict, seconds: float, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(
                json.dumps(
                    {
                        "ok": verdict.ok,
                        "size": verdict.size,
                        "root": verdict.root.hex(),
                        "entries": verdict.entries,
                        "checkpoints": verdict.checkpoints,
                        "first_bad_index": verdict.first_bad_index,
                        "code": verdict.code,
                        "problem": verdict.problem,
                        "seconds": round(seconds, 3),
                    }
                )
            )
        elif verdict.ok:
            self.stdout.write(
                f"The log is whole: {verdict.size:,} entries under {verdict.checkpoints:,} checkpoints, "
                f"root {verdict.root.hex()}, {seconds:.1f} s."
            )
        else:
            self.stdout.write(f"The log is not what it was ({verdict.code}). {verdict.problem}")
