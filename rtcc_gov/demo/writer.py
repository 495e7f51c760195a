"""A process of its own that writes days. Nothing that needs Django is imported before it is set up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import django

from rtcc_gov.demo.world import Recipe, World

_write: Callable[[int], int]


def start(recipe: Recipe, folder: Path) -> None:
    """Called once in each process; it makes the world again, which is quicker than sending it."""
    global _write
    django.setup()
    from rtcc_gov.demo.loading import write_day

    world = World(recipe=recipe, folder=folder)
    _write = lambda index: write_day(world, index)  # noqa: E731


def write(index: int) -> int:
    return _write(index)
