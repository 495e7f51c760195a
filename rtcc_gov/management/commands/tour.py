"""Runs the main job on the demo data: one JSON object a step, and an exit code that says whether all was in order."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.management.base import BaseCommand

from rtcc_gov.run import prepare
from rtcc_gov.tour import bypass, feeding, looking, purging, reporting, seal
from rtcc_gov.tour.city import load_city
from rtcc_gov.tour.runner import StepFailed, run_step


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        # Finds everything there where `make run` was before.
        prepare()
        try:
            city = load_city()
        except StepFailed as problem:
            self.stderr.write(str(problem))
            raise SystemExit(1) from None
        look = looking.Look(city)
        steps = {
            "ingest": partial(feeding.ingest, city),
            **{name: partial(looking.be_refused, city, *refusal) for name, refusal in looking.REFUSALS.items()},
            "bypass": bypass.try_bypass,
            "lookup": look.look_up,
            "trail": look.read_trail,
            "seal": lambda: seal.seal(look.result.receipt),
            "purge": partial(purging.purge, city),
            "report": partial(reporting.report, city),
        }
        passed = [run_step(name, step, self.stdout.write) for name, step in steps.items()]
        if not all(passed):
            raise SystemExit(1)
