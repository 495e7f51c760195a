"""How do generated reads reach the database? Through the write door, a day at a time, in one process or several."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

import numpy as np

from apps.ingestion import services as ingestion
from apps.ingestion.types import PlateReadEvent
from rtcc_gov.demo import writer
from rtcc_gov.demo.readers import Readers
from rtcc_gov.demo.traffic import REGIONS, DayReads
from rtcc_gov.demo.world import World

SOURCE = "demo-lpr"
ACTOR = "system:demo"
# Below this a second process costs more than it saves.
WORTH_TWO_PROCESSES = 1_000_000


def make_events(day: DayReads, readers: Readers) -> Iterator[PlateReadEvent]:
    """The day's reads as a feed would deliver them. The same read always has the same id."""
    prefix = f"{day.date:%Y%m%d}-"
    columns = zip(
        day.plates.astype(str).tolist(),
        (day.moments / 1000).tolist(),
        day.readers.tolist(),
        day.regions.tolist(),
        np.round(day.confidences.astype(float), 3).tolist(),
        strict=True,
    )
    for number, (plate, moment, reader, region, confidence) in enumerate(columns):
        yield PlateReadEvent(
            event_id=f"{prefix}{number}",
            camera=readers.references[reader],
            occurred_at=datetime.fromtimestamp(moment, UTC),
            plate=plate,
            region=REGIONS[region],
            confidence=confidence,
        )


def write_day(world: World, index: int) -> int:
    """Write one day's reads and return how many were accepted; those that are stored already are not again."""
    day = world.city.make_day(index)
    summary = ingestion.write_reads(
        source=SOURCE, events=make_events(day, world.readers), now=world.recipe.moment, actor=ACTOR
    )
    return summary.accepted


def write_days(world: World, *, processes: int, on_day: Callable[[int], None]) -> int:
    """Write every day's reads, oldest first, and return how many were accepted.

    :param on_day: called with the number of reads of each day that is written
    """
    indexes = [index for index, count in enumerate(world.city.counts) if count]
    if processes == 1 or world.recipe.reads < WORTH_TWO_PROCESSES:
        return sum(_tell(on_day, world, index, write_day(world, index)) for index in indexes)
    # Spawned, not forked: a connection to the database must not be shared.
    with ProcessPoolExecutor(
        max_workers=processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=writer.start,
        initargs=(world.recipe, world.folder),
    ) as pool:
        return sum(
            _tell(on_day, world, index, accepted)
            for index, accepted in zip(indexes, pool.map(writer.write, indexes), strict=True)
        )


def _tell(on_day: Callable[[int], None], world: World, index: int, accepted: int) -> int:
    on_day(int(world.city.counts[index]))
    return accepted


def default_processes() -> int:
    return min(2, os.cpu_count() or 1)
