"""What do the demo's two commands share? A run with a progress bar."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings
from tqdm import tqdm

from apps.accounts import selectors as people
from rtcc_gov.demo.loading import default_processes
from rtcc_gov.demo.set_up import Progress, build_city, count_units
from rtcc_gov.demo.truth import make_truth, write_truth
from rtcc_gov.demo.world import Recipe


def run(*, recipe: Recipe, truth: Path | None, processes: int, is_quiet: bool) -> str:
    """Build the city with a progress bar, write the ground truth where it is asked for, and say what is there.

    :param processes: how many write; 0 for one a core, at most two
    """
    began = time.monotonic()
    with tqdm(total=count_units(recipe), unit=" rows", unit_scale=True, disable=is_quiet, leave=False) as bar:
        summary, world, written = build_city(
            recipe=recipe,
            folder=settings.RTCC_FIXTURES_DIR,
            processes=processes or default_processes(),
            progress=Progress(on_step=lambda step: bar.set_description(f"Demo city: {step}"), on_units=bar.update),
        )
    if truth is not None:
        references = {person.username: person.reference for person in people.list_people()}
        write_truth(truth, make_truth(world, written, references))
    return (
        f"The demo city is there: {summary.people} people, {summary.devices:,} devices, "
        f"{summary.incidents:,} incidents, {summary.reads:,} plate reads and {summary.accesses:,} accesses "
        f"in {time.monotonic() - began:.0f} s. The log holds {summary.entries:,} sealed entries."
    )
