"""Score the reasons of a CSV file of searches."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from apps.access import reason_rates
from apps.core.errors import RtccError


class Command(BaseCommand):
    help = "Grade every reason of a CSV file: blank, generic, no case … With --json one object a row, then the totals."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--column", default="reason", help="the column that holds the reason")
        parser.add_argument("--case-column", default="caseNumber", help="the column that holds the case number, if any")
        parser.add_argument("--json", action="store_true", help="one JSON object a row, then one with the totals")
        parser.add_argument("--write-docs", action="store_true", help="keep the totals and write docs/reasons.md")

    def handle(self, *args: Any, **options: Any) -> None:
        tally = reason_rates.Tally()
        path: Path = options["path"]
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = reason_rates.score_rows(file, column=options["column"], case_column=options["case_column"])
                for scored in tqdm(rows, unit=" rows", file=sys.stderr, disable=not sys.stderr.isatty()):
                    tally.add(scored)
                    if options["json"]:
                        self.stdout.write(json.dumps(scored.as_json()))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8 text.") from error
        except RtccError as error:
            raise CommandError(f"{error.message} {error.remedy}") from error
        rates = tally.get_rates(file=path.name)
        if options["json"]:
            self.stdout.write(json.dumps(rates.as_json()))
        else:
            self.stdout.write(reason_rates.render_table(rates))
        if options["write_docs"]:
            folder = Path(settings.BASE_DIR)
            reason_rates.write_rates(reason_rates.RATES, rates)
            (folder / "docs" / "reasons.md").write_text(reason_rates.get_document(), encoding="utf-8")
