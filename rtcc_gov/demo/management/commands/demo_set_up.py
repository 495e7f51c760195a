"""Fills the database with the demo city on the first start; afterwards it finds it there and ends at once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.core.errors import RtccError
from rtcc_gov.demo.running import run
from rtcc_gov.demo.set_up import find_recipe
from rtcc_gov.demo.world import Recipe


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        found = find_recipe()
        if found is not None and found[1]:
            return
        try:
            recipe = Recipe(moment=clock.now(), reads=settings.RTCC_DEMO_READS)
            summary = run(recipe=recipe, truth=None, processes=0, is_quiet=not options["verbosity"])
        except RtccError as error:
            raise CommandError(f"{error} {error.remedy}") from error
        self.stdout.write(summary)
