"""How does an empty database become the demo city? Step by step, so that a start cut short is gone on with at the next.

The recipe is in the log's first entry, so the same city is made again from it; each step leaves what is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.accounts import selectors as people
from apps.accounts import services as accounts
from apps.accounts.demo_people import AGENCY_ORI
from apps.accounts.models import Agency, Person
from apps.assets import services as assets
from apps.core.db import session_lock
from apps.core.errors import ConflictFound
from apps.ingestion import services as ingestion
from apps.ledger import selectors as log
from apps.ledger import services as ledger
from apps.policy import services as policy
from apps.records import partitions
from rtcc_gov.demo import events
from rtcc_gov.demo.accesses import WrittenAccess, write_history
from rtcc_gov.demo.loading import ACTOR, SOURCE, write_days
from rtcc_gov.demo.staff import Employee
from rtcc_gov.demo.world import Recipe, World

INCIDENTS_SOURCE = "dc-incidents"
SEALED_AT_ONCE = 50_000
SUBJECT = "demo"


class CityExists(ConflictFound):
    code = "DEMO_CITY_EXISTS"


class CityUnderWay(ConflictFound):
    code = "DEMO_CITY_UNDER_WAY"


class DatabaseInUse(ConflictFound):
    code = "DATABASE_IN_USE"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Whom to tell: `on_step` of each step's name, `on_units` of work done, out of `count_units`."""

    on_step: Callable[[str], None]
    on_units: Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class CitySummary:
    """What is there when it is done. `planted` are the accesses that are misuse."""

    people: int
    devices: int
    incidents: int
    reads: int
    accesses: int
    planted: int
    entries: int
    recipe: Recipe


def find_recipe() -> tuple[Recipe, bool] | None:
    """The recipe of the city that this database holds, and whether it is complete; None where it holds none."""
    begun = log.list_entries(events=[events.DEMO_CITY_BEGUN.code], size=1).rows
    if not begun:
        return None
    details: dict[str, Any] = begun[0].details
    recipe = Recipe(
        seed=details["seed"],
        reads=details["reads"],
        days=details["days"],
        accesses=details["accesses"],
        misuse=float(details["misuse"]),
        moment=datetime.fromisoformat(details["moment"]),
    )
    return recipe, bool(log.list_entries(events=[events.DEMO_CITY_FINISHED.code], size=1).rows)


def count_units(recipe: Recipe) -> int:
    """How much work a city is: reads are counted once to know what look-ups show, and once written."""
    return recipe.reads + (recipe.reads + recipe.accesses if recipe.accesses else 0)


def begin_city(*, recipe: Recipe) -> Recipe:
    """Record that what follows is invented, and return the recipe to go on with: a start cut short has its own.

    :raises CityExists: if a complete city is there
    :raises DatabaseInUse: if the log holds entries of anything else
    """
    found = find_recipe()
    if found is not None:
        if found[1]:
            raise CityExists(
                "This database holds a demo city already.",
                remedy="Use another database, or remove this one's folder to start afresh.",
            )
        return found[0]
    if log.list_entries(size=1).rows:
        raise DatabaseInUse(
            "This database is in use; a demo city goes into an empty one only.", remedy="Use another database."
        )
    ledger.append(
        event=events.DEMO_CITY_BEGUN,
        actor=ACTOR,
        subject=SUBJECT,
        details={
            "seed": recipe.seed,
            "reads": recipe.reads,
            "days": recipe.days,
            "accesses": recipe.accesses,
            "misuse": str(recipe.misuse),
            "moment": recipe.moment.isoformat(),
        },
    )
    return recipe


def build_city(
    *, recipe: Recipe, folder: Path, processes: int, progress: Progress
) -> tuple[CitySummary, World, list[WrittenAccess]]:
    """Fill the database with the recipe's city.

    :param folder: the fixtures
    :return: what is there, the world, and the accesses with their references, for the ground truth
    :raises CityUnderWay: while another process makes one
    """
    with session_lock("demo.city") as is_alone:
        if not is_alone:
            raise CityUnderWay("Another process makes the demo city just now.", remedy="Wait for it to end.")
        return _build(recipe, folder, processes, progress)


def _build(
    recipe: Recipe, folder: Path, processes: int, progress: Progress
) -> tuple[CitySummary, World, list[WrittenAccess]]:
    world = World(recipe=begin_city(recipe=recipe), folder=folder)
    recipe = world.recipe
    progress.on_step("people and policy")
    references = _hire_staff(world.staff, since=recipe.since)
    _put_policy_in_force(references, world)
    progress.on_step("a year of accesses")
    written = write_history(world, references=references, on_units=progress.on_units)
    progress.on_step("devices and incidents")
    devices = assets.import_dc_devices(folder=folder / "dc", actor=ACTOR)
    _register_sources(references, now=recipe.moment)
    incidents = ingestion.import_file(
        source_code=INCIDENTS_SOURCE, path=world.incidents.encode(), actor=ACTOR, now=recipe.moment
    )
    progress.on_step("plate reads")
    write_days(world, processes=processes, on_day=progress.on_units)
    partitions.make_partitions_ahead(now=recipe.moment)
    progress.on_step("sealing the log")
    ledger.append(
        event=events.DEMO_CITY_FINISHED,
        actor=ACTOR,
        subject=SUBJECT,
        details={"reads": recipe.reads, "accesses": recipe.accesses},
    )
    entries = _seal()
    return (
        CitySummary(
            people=len(references),
            devices=devices.created + devices.found,
            incidents=incidents.accepted + incidents.duplicates,
            reads=recipe.reads,
            accesses=len(written),
            planted=sum(access.planned.misuse is not None for access in written),
            entries=entries,
            recipe=recipe,
        ),
        world,
        written,
    )


def _hire_staff(staff: list[Employee], *, since: datetime) -> dict[str, str]:
    """The staff's references by user name; accounts, roles and training as of the year's beginning and since."""
    references = accounts.create_demo_people(now=since)
    agency = people.get_agency(ori=AGENCY_ORI)
    known = {person.username: person for person in Person.objects.all()}
    for employee in staff:
        person = known.get(employee.username)
        if person is None:
            person = _hire(employee, agency, since)
        references[employee.username] = person.reference
        for track, dates in employee.passed.items():
            for passed_date in dates:
                recorded_at = max(since, datetime.combine(passed_date, since.timetz()))
                accounts.record_training(
                    actor=ACTOR, person=person, track=track, passed_date=passed_date, now=recorded_at
                )
    return references


@transaction.atomic
def _hire(employee: Employee, agency: Agency, since: datetime) -> Person:
    person = accounts.create_person(
        actor=ACTOR,
        username=employee.username,
        display_name=employee.display_name,
        agency=agency,
        unit=employee.unit,
        shift=employee.shift,
        now=since,
    )
    accounts.grant_role(actor=ACTOR, person=person, role=employee.role, starts_at=since, now=since)
    return person


def _put_policy_in_force(references: dict[str, str], world: World) -> None:
    """The demo's policy, a year ago: written by the privacy officer and approved by a supervisor."""
    by_role = {person.role: references[person.username] for person in reversed(world.staff) if person.is_persona}
    policy.activate_seeded_version(
        path=world.folder / "dc" / "policy.json",
        actor=people.get_actor(reference=by_role["PRIVACY_OFFICER"]),
        approved_by=people.get_actor(reference=by_role["SUPERVISOR"]),
        now=world.recipe.since + timedelta(minutes=1),
    )


def _register_sources(references: dict[str, str], *, now: datetime) -> None:
    """The two feeds, registered by the feed operator and approved by the administrator."""
    feeds = ((SOURCE, "Plate readers of the demo city", "CSV_READS"), (INCIDENTS_SOURCE, "Incidents", "DC_INCIDENTS"))
    for code, name, adapter in feeds:
        with suppress(ingestion.SourceExists):
            ingestion.register_source(
                code=code, name=name, adapter=adapter, actor=references["desmond.vaillard"], now=now
            )
        with suppress(ingestion.ApprovalRefused):
            ingestion.approve_source(code=code, actor=references["sunniva.okparo"], now=now)


def _seal() -> int:
    """Seal until nothing waits, and return the log's size."""
    while ledger.seal_pending(most=SEALED_AT_ONCE).sealed:
        pass
    return log.get_latest_checkpoint().size
