"""Fills an empty database with a demo city: plate reads, staff and a year of accesses, all invented.

The same seed, moment and numbers make the same city. What is real and what is not stands in docs/demo-city.md.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.core.errors import RtccError
from rtcc_gov.demo.running import run
from rtcc_gov.demo.world import Recipe


def whole(text: str) -> int:
    """A number from 0."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is not a whole number from 0")
    return int(text)


def share(text: str) -> float:
    """A share from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"{text} is not a share from 0 to 1")
    return value


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=whole, default=Recipe.seed, help="default: %(default)s")
        parser.add_argument("--reads", type=whole, default=Recipe.reads, help="plate reads; default: %(default)s")
        parser.add_argument("--days", type=whole, default=Recipe.days, help="days up to now; default: %(default)s")
        parser.add_argument(
            "--accesses", type=whole, default=Recipe.accesses, help="look-ups in a year; default: %(default)s"
        )
        parser.add_argument(
            "--misuse", type=share, default=Recipe.misuse, help="share of them that is misuse; default: %(default)s"
        )
        parser.add_argument("--truth", type=Path, help="write which accesses are misuse into this JSON file")
        parser.add_argument("--processes", type=whole, default=0, help="writers; default: one a core, at most two")
        parser.add_argument("--dry-run", action="store_true", help="say what would be made and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        truth: Path | None = options["truth"]
        if truth is not None and not truth.parent.is_dir():
            raise CommandError(f"There is no folder {truth.parent}; make it first.")
        try:
            recipe = Recipe(
                seed=options["seed"],
                reads=options["reads"],
                days=options["days"],
                accesses=options["accesses"],
                misuse=options["misuse"],
                moment=clock.now(),
            )
            if options["dry_run"]:
                self.stdout.write(
                    f"Would make {recipe.reads:,} plate reads over {recipe.days} days and {recipe.accesses:,} accesses "
                    f"in a year, {round(recipe.accesses * recipe.misuse):,} of them misuse."
                )
                return
            summary = run(recipe=recipe, truth=truth, processes=options["processes"], is_quiet=not options["verbosity"])
        except (RtccError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary)
