"""Roles, their permissions, and who may be given which."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from apps.accounts.demo_people import DEMO_PEOPLE, EVERY_TRACK
from apps.accounts.roles import PERMISSIONS, ROLES
from apps.accounts.rules import LONGEST_SESSION, get_grant_refusals, is_session_over
from apps.accounts.types import Track
from tests.factories.accounts import make_actor

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_every_permission_belongs_to_a_role_and_every_role_to_the_list() -> None:
    assert set(PERMISSIONS) == set().union(*(role.permissions for role in ROLES.values()))
    assert " ".join(ROLES) == "ANALYST SUPERVISOR PRIVACY_OFFICER AUDITOR COUNCIL ADMINISTRATOR INGESTOR"
    for code, role in ROLES.items():
        assert role.code == code
        assert role.label
        assert role.sentence.endswith(".")


def test_exclusions_hold_both_ways() -> None:
    for code, role in ROLES.items():
        for other in role.excludes:
            assert code in ROLES[other].excludes, (code, other)


def test_who_audits_or_administers_looks_up_nothing() -> None:
    lookers = {code for code, role in ROLES.items() if "lookup_plates" in role.permissions}
    assert lookers == {"ANALYST", "SUPERVISOR"}


def test_an_actors_permissions_are_those_of_the_live_roles() -> None:
    actor = make_actor(roles=frozenset({"ANALYST", "INGESTOR"}))
    assert actor.has_permission("lookup_plates")
    assert actor.has_permission("import_files")
    assert not actor.has_permission("read_trail")
    assert not actor.has_permission("")
    assert actor.role_labels == ("Analyst", "Feed operator")


@pytest.mark.parametrize("changes", [{"is_active": False}, {"roles": frozenset()}, {"roles": frozenset({"SUPERUSER"})}])
def test_an_actor_without_a_live_known_role_may_do_nothing(changes: dict[str, object]) -> None:
    assert make_actor(**changes).permissions == frozenset()


def test_training_counts_until_the_end_of_its_last_day() -> None:
    actor = make_actor(training={"PRIVACY": date(2026, 11, 24), "LPR_USE": date(2026, 11, 23)})
    assert actor.list_current_tracks(date(2026, 11, 24)) == {"PRIVACY"}
    assert actor.list_current_tracks(date(2026, 11, 25)) == frozenset()


ADMINISTRATOR = ROLES["ADMINISTRATOR"].permissions


@pytest.mark.parametrize(
    ("actor", "permissions", "person", "held", "role", "grounds"),
    [
        ("P-0007", ADMINISTRATOR, "P-0001", set(), "ANALYST", []),
        ("system:setup", frozenset(), "P-0001", set(), "AUDITOR", []),
        ("P-0007", ADMINISTRATOR, "P-0001", {"ANALYST"}, "SUPERVISOR", []),
        ("P-0007", ADMINISTRATOR, "P-0001", set(), "SUPERUSER", ["ROLE_UNKNOWN"]),
        ("P-0007", ADMINISTRATOR, "P-0007", {"ADMINISTRATOR"}, "ANALYST", ["ROLE_SELF_GRANTED"]),
        ("P-0001", frozenset(), "P-0002", set(), "ANALYST", ["PERMISSION_MISSING"]),
        ("P-0007", ADMINISTRATOR, "P-0001", {"ANALYST"}, "AUDITOR", ["ROLES_CLASH"]),
        ("system:setup", frozenset(), "P-0001", {"ANALYST", "SUPERVISOR"}, "AUDITOR", ["ROLES_CLASH"]),
        (
            "P-0001",
            frozenset(),
            "P-0001",
            {"ANALYST"},
            "AUDITOR",
            ["ROLE_SELF_GRANTED", "PERMISSION_MISSING", "ROLES_CLASH"],
        ),
    ],
)
def test_a_role_is_given_by_somebody_else_who_may_and_never_beside_its_overseer(
    actor: str, permissions: frozenset[str], person: str, held: set[str], role: str, grounds: list[str]
) -> None:
    found = get_grant_refusals(actor=actor, actor_permissions=permissions, person=person, held_roles=held, role=role)
    assert [ground.code for ground in found] == grounds
    assert all(ground.message and ground.remedy and ground.citation for ground in found)


@pytest.mark.parametrize(
    ("signed_in_at", "is_over"),
    [
        (NOW, False),
        (NOW - LONGEST_SESSION + timedelta(seconds=1), False),
        (NOW - LONGEST_SESSION, True),
        (NOW + timedelta(seconds=1), True),
        (None, True),
    ],
)
def test_a_session_lasts_twelve_hours_at_most(signed_in_at: datetime | None, is_over: bool) -> None:
    assert is_session_over(signed_in_at=signed_in_at, now=NOW) is is_over


def test_the_demonstration_has_every_role_and_one_analyst_without_plate_training() -> None:
    assert {demo.role for demo in DEMO_PEOPLE} == set(ROLES)
    lapsed = [demo for demo in DEMO_PEOPLE if demo.current != EVERY_TRACK]
    assert [(demo.role, EVERY_TRACK - demo.current) for demo in lapsed] == [("ANALYST", {Track.LPR_USE})]
