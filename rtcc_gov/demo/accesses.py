"""How does the planned year reach log and tables? Through access, at past moments, marked as invented.

Each look-up is decided by the policy engine with the facts of its moment. Nothing is searched: what it is said to have
shown is counted in the generated reads, or drawn where no reads of its time exist, and its entries say which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from django.db import transaction

from apps.access import services as access
from apps.access.types import NewCase, QueryRequest
from apps.accounts import selectors as people
from apps.core.types import Window
from apps.ledger import selectors as log
from rtcc_gov.demo.calendar import ZONE
from rtcc_gov.demo.history import PlannedAccess
from rtcc_gov.demo.incidents import DemoCase
from rtcc_gov.demo.plates import make_plate
from rtcc_gov.demo.world import World

CATEGORY, ACTION = "PLATE_READ", "LOOKUP"
# No rows were read, so there is nothing to digest.
DIGEST = hashlib.sha256(b"").digest()
DRAWN_ROWS_A_DAY = 0.4


@dataclass(frozen=True, kw_only=True)
class WrittenAccess:
    """A planned access and what became of it; `outcome` is PERMITTED or REFUSED."""

    planned: PlannedAccess
    query_reference: str
    outcome: str
    refusal_codes: tuple[str, ...]


def write_history(
    world: World, *, references: Mapping[str, str], on_units: Callable[[int], None]
) -> list[WrittenAccess]:
    """Write all accesses of the world in order of time, in one transaction; if they are there already, find them.

    :param references: the people's references by user name
    """
    if not world.history:
        return []
    written = find_history(world)
    if not written:
        rows = world.count_rows(on_units)
        with transaction.atomic():
            _record_cases(world)
            _write(world, rows, references, on_units)
            _close_cases(world)
        written = find_history(world)
    return written


def find_history(world: World) -> list[WrittenAccess]:
    """The accesses as the log has them, in the order of the plan; none where they were not written."""
    decided = [entry for entry in log.iterate_entries(events=["QUERY_DECIDED"]) if entry.details.get("demo") is True]
    if not decided:
        return []
    return [
        WrittenAccess(
            planned=planned,
            query_reference=entry.subject,
            outcome=entry.details["outcome"],
            refusal_codes=tuple(entry.details["refusals"]),
        )
        for planned, entry in zip(world.history, decided, strict=True)
    ]


def _write(
    world: World, rows: list[int | None], references: Mapping[str, str], on_units: Callable[[int], None]
) -> None:
    actors = {name: people.get_actor(reference=reference) for name, reference in references.items()}
    rng = np.random.default_rng([world.recipe.seed, *b"rows"])
    for planned, counted in zip(world.history, rows, strict=True):
        drawn = int(rng.poisson(planned.look_back_days * DRAWN_ROWS_A_DAY))
        day = planned.moment.astimezone(ZONE).date()
        access.record_past_query(
            request=QueryRequest(
                actor=replace(actors[planned.employee.username], training=planned.employee.list_training(day)),
                action=ACTION,
                category=CATEGORY,
                purpose=planned.purpose,
                offence=planned.offence,
                case_number=planned.case_number,
                reason=planned.reason,
                window=Window(start=planned.moment - timedelta(days=planned.look_back_days), end=planned.moment),
                criteria={"plate": make_plate(planned.vehicle)},
            ),
            asked_at=planned.moment,
            row_count=drawn if counted is None else counted,
            digest=DIGEST,
            marks={"demo": True, "demo_rows": "DRAWN" if counted is None else "COUNTED"},
        )
        on_units(1)


def _record_cases(world: World) -> None:
    """Every case open, as it was when it was looked up."""
    cases = [_make_case(case, "OPEN") for case in [*world.invented_cases, *world.incident_cases]]
    access.record_cases(cases=cases, now=world.recipe.since)


def _close_cases(world: World) -> None:
    over = [case for case in world.invented_cases if case.closes_at <= world.recipe.moment]
    access.record_cases(cases=[_make_case(case, "CLOSED") for case in over], now=world.recipe.moment)


def _make_case(case: DemoCase, status: str) -> NewCase:
    return NewCase(
        number=case.number,
        kind="CASE",
        status=status,
        offence=case.offense,
        occurred_at=case.occurred_at,
        latitude=case.latitude,
        longitude=case.longitude,
    )
