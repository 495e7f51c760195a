"""Accounts, roles and training: who makes them, what the ledger says, and what the database refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import selectors, services
from apps.accounts.demo_people import DEMO_PEOPLE
from apps.accounts.models import Agency, Person, RoleGrant, TrainingRecord
from apps.ledger import selectors as ledger
from tests.factories.accounts import get_demo_person, make_demo_actor, make_demo_people

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETUP = services.SYSTEM_SETUP

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Agency:
    return services.create_agency(actor=SETUP, ori="DCMPD0000", name="Metropolitan Police Department")


@pytest.fixture
def person(agency: Agency) -> Person:
    return services.create_person(actor=SETUP, username="maren", display_name="Maren Oduya", agency=agency)


def list_events() -> list[tuple[str, str, str]]:
    return [(entry.event, entry.actor, entry.subject) for entry in ledger.iterate_entries()]


def test_an_account_a_role_and_a_course_are_each_in_the_ledger_in_order(person: Person) -> None:
    services.grant_role(actor=SETUP, person=person, role="ANALYST")
    services.record_training(actor=SETUP, person=person, track="PRIVACY", passed_date=date(2026, 1, 1))
    services.end_role(actor=SETUP, person=person, role="ANALYST")
    services.disable_account(actor=SETUP, person=person)
    assert list_events() == [
        ("AGENCY_CREATED", SETUP, "DCMPD0000"),
        ("PERSON_CREATED", SETUP, "P-0001"),
        ("ROLE_GRANTED", SETUP, "P-0001"),
        ("TRAINING_RECORDED", SETUP, "P-0001"),
        ("ROLE_ENDED", SETUP, "P-0001"),
        ("ACCOUNT_DISABLED", SETUP, "P-0001"),
    ]
    assert not any(b"Maren" in entry.canonical for entry in ledger.iterate_entries())


def test_references_go_up_and_accounts_have_no_password(agency: Agency, person: Person) -> None:
    second = services.create_person(actor=SETUP, username="tobin", display_name="Tobin", agency=agency)
    assert (person.reference, second.reference) == ("P-0001", "P-0002")
    assert not person.has_usable_password()


def test_a_user_name_or_an_ori_is_given_once(agency: Agency, person: Person) -> None:
    with pytest.raises(services.UsernameTaken):
        services.create_person(actor=SETUP, username="maren", display_name="Another", agency=agency)
    with pytest.raises(services.AgencyExists):
        services.create_agency(actor=SETUP, ori="DCMPD0000", name="Again")
    with pytest.raises(IntegrityError, match="ori_is_nine_letters"), transaction.atomic():
        services.create_agency(actor=SETUP, ori="dc", name="Short")


def test_history_keeps_who_changed_an_account_and_never_its_password(person: Person) -> None:
    services.disable_account(actor="system:review", person=person)
    services.disable_account(actor="system:review", person=person)
    history = list(Person.history.order_by("history_id"))
    assert [(row.history_type, row.is_active, row.history_change_reason) for row in history] == [
        ("+", True, SETUP),
        ("~", False, "system:review"),
    ]
    assert not hasattr(history[0], "password")


def test_there_is_no_superuser(person: Person) -> None:
    assert person.is_superuser is False
    assert person.is_staff is False
    with pytest.raises(AttributeError):
        person.is_superuser = True
    with pytest.raises(AttributeError):
        Person(username="root", is_superuser=True)
    assert not {"is_superuser", "is_staff", "last_login"} & {field.name for field in Person._meta.get_fields()}
    assert not hasattr(Person.objects, "create_superuser")


def test_permissions_come_from_live_roles_only(person: Person) -> None:
    assert not person.has_perm("lookup_plates")
    services.grant_role(actor=SETUP, person=person, role="ANALYST")
    assert person.has_perm("lookup_plates")
    assert person.has_perms(["lookup_plates", "read_policy"])
    assert not person.has_perms(["lookup_plates", "read_trail"])
    assert not person.has_perms([])
    assert not person.has_perm("lookup_plates", obj=person)
    assert not person.has_perm("accounts.add_person")
    assert not person.has_module_perms("accounts")
    services.end_role(actor=SETUP, person=person, role="ANALYST")
    assert not person.has_perm("lookup_plates")
    services.grant_role(actor=SETUP, person=person, role="AUDITOR")
    person.is_active = False
    assert not person.has_perm("read_trail")
    assert not Person().has_perm("read_trail")


def test_a_role_counts_from_its_start_to_just_before_its_end(person: Person) -> None:
    services.grant_role(actor=SETUP, person=person, role="ANALYST", starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    moments = (NOW - timedelta(seconds=1), NOW, NOW + timedelta(minutes=59), NOW + timedelta(hours=1))
    held = [selectors.get_actor(reference="P-0001", now=moment).roles for moment in moments]
    assert held == [frozenset(), {"ANALYST"}, {"ANALYST"}, frozenset()]


def test_a_role_is_refused_with_all_grounds_and_nothing_changes(person: Person) -> None:
    services.grant_role(actor=SETUP, person=person, role="ANALYST")
    with pytest.raises(services.RoleRefused) as refusal:
        services.grant_role(actor="P-0001", person=person, role="AUDITOR")
    assert [ground.code for ground in refusal.value.grounds] == [
        "ROLE_SELF_GRANTED",
        "PERMISSION_MISSING",
        "ROLES_CLASH",
    ]
    with pytest.raises(services.RoleAlreadyHeld):
        services.grant_role(actor=SETUP, person=person, role="ANALYST")
    assert RoleGrant.objects.count() == 1


def test_an_administrator_gives_roles_to_others() -> None:
    administrator, analyst = make_demo_actor("ADMINISTRATOR"), get_demo_person("ANALYST")
    grant = services.grant_role(actor=administrator.reference, person=analyst, role="SUPERVISOR")
    assert grant.granted_by == administrator.reference
    assert services.end_role(actor=administrator.reference, person=analyst, role="SUPERVISOR") == 1
    assert services.end_role(actor=administrator.reference, person=analyst, role="SUPERVISOR") == 0


def test_the_latest_course_of_a_track_counts(person: Person) -> None:
    for passed_date in (date(2025, 1, 1), date(2026, 1, 1), date(2024, 1, 1)):
        services.record_training(actor=SETUP, person=person, track="LPR_USE", passed_date=passed_date)
    actor = selectors.get_actor(reference="P-0001")
    assert actor.training == {"LPR_USE": date(2027, 1, 1)}
    services.record_training(actor=SETUP, person=person, track="LPR_USE", passed_date=date(2024, 1, 1))
    assert TrainingRecord.objects.count() == 3


def test_a_course_that_cannot_be_is_refused(person: Person) -> None:
    with pytest.raises(services.TrainingInvalid, match="no training track"):
        services.record_training(actor=SETUP, person=person, track="COOKING", passed_date=date(2026, 1, 1))
    with pytest.raises(services.TrainingInvalid, match="cannot expire"):
        services.record_training(
            actor=SETUP, person=person, track="PRIVACY", passed_date=date(2026, 1, 2), expires_date=date(2026, 1, 1)
        )


def test_the_database_refuses_unknown_roles_and_double_grants(person: Person) -> None:
    with pytest.raises(IntegrityError, match="role_is_known"), transaction.atomic():
        RoleGrant.objects.create(person=person, role="SUPERUSER", starts_at=NOW, granted_by=SETUP)
    services.grant_role(actor=SETUP, person=person, role="ANALYST")
    with pytest.raises(IntegrityError, match="once_while_open"), transaction.atomic():
        RoleGrant.objects.create(person=person, role="ANALYST", starts_at=NOW, granted_by=SETUP)
    with pytest.raises(IntegrityError, match="ends_after_start"), transaction.atomic():
        RoleGrant.objects.create(person=person, role="AUDITOR", starts_at=NOW, ends_at=datetime(2020, 1, 1, tzinfo=UTC))


def test_the_demo_people_are_made_once() -> None:
    references = make_demo_people()
    assert make_demo_people() == references
    assert Person.objects.count() == len(DEMO_PEOPLE) == 8
    assert RoleGrant.objects.count() == 8
    today = date.today()  # noqa: DTZ011
    lapsed = make_demo_actor("LAPSED_ANALYST")
    assert lapsed.list_current_tracks(today) == {"CJIS_SECURITY", "PRIVACY", "P28CFR23"}
    assert make_demo_actor("ANALYST").list_current_tracks(today) >= {"LPR_USE"}


def test_people_are_listed_by_agency_role_and_name(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    make_demo_people()
    with django_assert_num_queries(1):
        everybody = selectors.list_people()
    assert [view.reference for view in everybody] == [f"P-{number:04d}" for number in range(1, 9)]
    assert [view.username for view in selectors.list_people(role="AUDITOR")] == ["piet.lindqvale"]
    assert len(selectors.list_people(agency_ori="DCMPD0000", role="ANALYST")) == 2
    assert selectors.list_people(agency_ori="VA0000000") == []
    assert selectors.list_people(usernames=frozenset({"maren.oduya"}))[0].roles == ("ANALYST",)
    services.disable_account(actor=SETUP, person=get_demo_person("AUDITOR"))
    assert selectors.list_people(role="AUDITOR") == []
    assert selectors.get_person(reference="P-0005").is_active is False


def test_an_actor_is_found_by_reference_or_id_in_one_query(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    actor = make_demo_actor("SUPERVISOR")
    with django_assert_num_queries(1):
        assert selectors.get_actor(person_id=actor.person_id) == actor
    assert actor.roles == {"SUPERVISOR"}
    assert actor.agency_ori == "DCMPD0000"


def test_who_is_not_there_is_not_found() -> None:
    with pytest.raises(selectors.PersonMissing):
        selectors.get_actor(reference="P-9999")
    with pytest.raises(selectors.PersonMissing):
        selectors.get_actor(person_id=0)
    with pytest.raises(selectors.PersonMissing):
        selectors.get_person(reference="P-9999")
    with pytest.raises(selectors.AgencyMissing):
        selectors.get_agency(ori="VA0000000")
    assert len(selectors.list_roles()) == 7


def test_a_missing_permission_is_refused_and_the_refusal_stays() -> None:
    actor = make_demo_actor("COUNCIL")
    services.require_permission(actor=actor, permission="read_report")
    with pytest.raises(services.PermissionMissing):
        services.require_permission(actor=actor, permission="lookup_plates")
    refused = list(ledger.iterate_entries(events=("PERMISSION_REFUSED",)))
    assert [(entry.actor, entry.details) for entry in refused] == [(actor.reference, {"permission": "lookup_plates"})]
