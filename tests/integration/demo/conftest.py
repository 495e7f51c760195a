"""A small demo city in a database with real commits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from rtcc_gov.demo.accesses import WrittenAccess
from rtcc_gov.demo.set_up import CitySummary, Progress, build_city
from rtcc_gov.demo.world import Recipe, World

QUIET = Progress(on_step=lambda step: None, on_units=lambda units: None)


def make_recipe(**changes: object) -> Recipe:
    moment = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    numbers = {"seed": 5, "reads": 900, "days": 3, "accesses": 80, "misuse": 0.25, "moment": moment}
    return Recipe(**{**numbers, **changes})


def build(recipe: Recipe) -> tuple[CitySummary, World, list[WrittenAccess]]:
    return build_city(recipe=recipe, folder=Path(settings.RTCC_FIXTURES_DIR), processes=1, progress=QUIET)


@pytest.fixture
def built(committed_db: None) -> tuple[CitySummary, World, list[WrittenAccess]]:
    return build(make_recipe())
