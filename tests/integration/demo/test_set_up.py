"""The demo city in the database: real rows behind the real doors, and a history that says that it is invented."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from apps.access.models import Query
from apps.accounts import selectors as people
from apps.core import clock
from apps.core.db import lock_key
from apps.core.types import Window
from apps.ledger import selectors as log
from apps.ledger import services as ledger
from apps.ledger.types import EventType
from apps.lookups import services as lookups
from apps.lookups.types import PlateRequest
from rtcc_gov.demo import events, loading, set_up
from rtcc_gov.demo.accesses import WrittenAccess
from rtcc_gov.demo.history import Misuse
from rtcc_gov.demo.plates import TOUR_PLATE, TOUR_UNSEEN_PLATE, make_plate
from rtcc_gov.demo.set_up import CitySummary, CityUnderWay, DatabaseInUse, find_recipe
from rtcc_gov.demo.truth import make_truth
from rtcc_gov.demo.world import World
from tests.integration.demo.conftest import build, make_recipe

Built = tuple[CitySummary, World, list[WrittenAccess]]


def look_up(plate: str, world: World) -> int:
    """How many reads the sign-in page's analyst is shown."""
    case = world.incident_cases[-1]
    references = {person.username: person.reference for person in people.list_people()}
    offence = next(case for case in reversed(world.incident_cases) if world.policy.get_offence_class(case.offense))
    code = world.policy.get_offence_class(offence.offense)
    now = clock.now()
    result = lookups.find_plate(
        request=PlateRequest(
            actor=people.get_actor(reference=references["maren.oduya"]),
            plate=plate,
            window=Window(start=now - timedelta(days=3), end=now),
            purpose="CRIMINAL_INVESTIGATION",
            offence=code,
            case_number=case.number,
            reason=f"Witness at {case.place} noted this plate on a white van that left, where was it read before",
        )
    )
    return len(result.rows)


def test_the_city_is_whole(built: Built) -> None:
    summary, world, written = built
    assert (summary.people, summary.reads, summary.accesses, summary.planted) == (40, 900, 80, 20)
    assert summary.incidents > 2_800
    assert len(written) == len(world.history) == Query.objects.count()
    expected = sum((day.plates == TOUR_PLATE.encode()).sum() for day in list(world.city.iterate_days())[1:])
    # The window of three days begins within the first day.
    assert expected <= look_up(TOUR_PLATE, world) <= expected + 3
    assert look_up(TOUR_UNSEEN_PLATE, world) == 0


def test_everything_is_sealed_and_the_marked_history_lies_in_order_before_the_rest(built: Built) -> None:
    entries = list(log.iterate_entries())
    assert all(entry.index is not None for entry in entries)
    by_index = sorted(entries, key=lambda entry: entry.index or 0)
    assert by_index[0].event == events.DEMO_CITY_BEGUN.code
    assert by_index[-1].event == events.DEMO_CITY_FINISHED.code
    queries = [entry for entry in by_index if entry.event.startswith("QUERY_")]
    assert all(entry.details["demo"] is True for entry in queries)
    moments = [entry.recorded_at for entry in queries]
    assert moments == sorted(moments)
    others_after = [entry for entry in by_index if entry.event in {"DEVICES_IMPORTED", "FEED_WRITTEN"}]
    assert max(entry.index or 0 for entry in queries) < min(entry.index or 0 for entry in others_after)


def test_the_truth_lists_exactly_what_was_planted_and_the_database_knows_nothing_of_it(built: Built) -> None:
    _, world, written = built
    references = {person.username: person.reference for person in people.list_people()}
    truth = make_truth(world, written, references)
    planted = {access.query_reference: access.planned for access in written if access.planned.misuse}
    assert {line["query"] for line in truth["planted"]} == set(planted)
    for line in truth["planted"]:
        query = Query.objects.get(reference=line["query"])
        assert query.actor == line["person"]
        assert query.decided_at == planted[line["query"]].moment
        assert line["plate"] == make_plate(planted[line["query"]].vehicle)
    text = " ".join(entry.canonical.decode() for entry in log.iterate_entries())
    assert not [kind for kind in Misuse if kind in text]
    # The policy decided, and not the generator.
    vague = [access for access in written if access.planned.misuse is Misuse.VAGUE_REASON]
    assert vague
    assert all("REASON_VAGUE" in access.refusal_codes for access in vague)
    assert sum(access.outcome == "PERMITTED" for access in written) > 50


def test_a_database_in_use_is_left_alone(committed_db: None) -> None:
    ledger.append(event=EventType(code="THING_DONE", sentence="Done."), actor="P-0001", subject="thing", details={})
    with pytest.raises(DatabaseInUse):
        build(make_recipe())


def test_two_starts_at_once_make_one_city(committed_db: None, database_admin_url: str) -> None:
    with psycopg.connect(database_admin_url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock_key("demo.city")])
        with pytest.raises(CityUnderWay):
            build(make_recipe())
    assert find_recipe() is None


def test_a_start_cut_short_is_gone_on_with(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = make_recipe()
    real = loading.write_day

    def cut_short(world: World, index: int) -> int:
        if index == 2:
            raise KeyboardInterrupt
        return real(world, index)

    monkeypatch.setattr(loading, "write_day", cut_short)
    with pytest.raises(KeyboardInterrupt):
        build(recipe)
    found = find_recipe()
    assert found == (recipe, False)
    monkeypatch.undo()
    summary, world, written = build(make_recipe(seed=99, moment=recipe.moment + timedelta(seconds=30)))
    assert summary.recipe == recipe
    assert len(written) == Query.objects.count() == 80
    assert {access.query_reference for access in written} == {str(query.reference) for query in Query.objects.all()}
    assert find_recipe() == (recipe, True)
    expected = sum((day.plates == TOUR_PLATE.encode()).sum() for day in list(world.city.iterate_days())[1:])
    assert expected <= look_up(TOUR_PLATE, world) <= expected + 3


def test_two_processes_write_the_same_city(
    committed_db: None, key_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "WORTH_TWO_PROCESSES", 0)
    # The writers read settings of their own.
    monkeypatch.setenv("RTCC_KEY_STORE_DIR", str(key_store))
    told: list[int] = []
    summary, world, _ = set_up.build_city(
        recipe=make_recipe(accesses=0, reads=400),
        folder=Path(settings.RTCC_FIXTURES_DIR),
        processes=2,
        progress=set_up.Progress(on_step=lambda step: None, on_units=told.append),
    )
    assert summary.reads == sum(told) == 400
    assert look_up(TOUR_PLATE, world) > 0
