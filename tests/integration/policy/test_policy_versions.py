"""How a policy comes into force: two people, one version at a time, and nothing that does not hold together."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from django.db import IntegrityError, transaction

from apps.ledger import selectors as ledger
from apps.policy import selectors, services
from apps.policy.document import PolicyInvalid
from apps.policy.models import PolicyVersion, VersionStatus
from tests.factories.accounts import make_demo_actor
from tests.factories.policy import DC_POLICY, make_facts, put_dc_policy_in_force

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def write_policy(folder: Path, **changes: object) -> Path:
    path = folder / "policy.json"
    path.write_bytes(msgspec.json.encode({**msgspec.json.decode(DC_POLICY.read_bytes()), **changes}))
    return path


def activate(path: Path, *, now: datetime = NOW, author: str = "PRIVACY_OFFICER") -> PolicyVersion:
    return services.activate_seeded_version(
        path=path, actor=make_demo_actor(author), approved_by=make_demo_actor("ADMINISTRATOR"), now=now
    )


def list_policy_events() -> list[tuple[str, str]]:
    entries = ledger.iterate_entries(events=("POLICY_ACTIVATED", "POLICY_RETIRED"))
    return [(entry.event, entry.subject) for entry in entries]


def test_the_seeded_policy_is_in_force_with_author_and_approver_in_the_ledger() -> None:
    version = put_dc_policy_in_force(now=NOW)
    assert (version.number, version.status, version.effective_at) == (1, VersionStatus.ACTIVE, NOW)
    assert version.authored_by != version.approved_by
    assert version.cedar == DC_POLICY.with_suffix(".cedar").read_text()
    policy = selectors.get_policy_in_force(now=NOW)
    assert (policy.version, policy.digest) == (1, version.digest)
    assert list_policy_events() == [("POLICY_ACTIVATED", "policy:1")]


def test_activating_the_same_policy_again_changes_nothing() -> None:
    first = put_dc_policy_in_force(now=NOW)
    assert put_dc_policy_in_force(now=NOW + timedelta(days=1)) == first
    assert PolicyVersion.objects.count() == 1


def test_a_new_policy_retires_the_one_before_and_decides_from_its_moment(tmp_path: Path) -> None:
    put_dc_policy_in_force(now=NOW)
    later = NOW + timedelta(hours=1)
    second = activate(write_policy(tmp_path, title="Another"), now=later)
    first = PolicyVersion.objects.get(number=1)
    assert (first.status, first.retired_at, second.number) == (VersionStatus.RETIRED, later, 2)
    assert services.decide(facts=make_facts(), now=later - timedelta(microseconds=1)).policy_version == 1
    assert services.decide(facts=make_facts(), now=later).policy_version == 2
    assert [row.history_type for row in first.history.order_by("history_id")] == ["+", "~"]
    assert list_policy_events() == [
        ("POLICY_ACTIVATED", "policy:1"),
        ("POLICY_RETIRED", "policy:1"),
        ("POLICY_ACTIVATED", "policy:2"),
    ]


def test_a_policy_of_before_can_come_back(tmp_path: Path) -> None:
    first = put_dc_policy_in_force(now=NOW)
    activate(write_policy(tmp_path, title="Another"), now=NOW + timedelta(hours=1))
    third = activate(DC_POLICY, now=NOW + timedelta(hours=2))
    assert (third.number, third.digest) == (3, first.digest)
    assert selectors.get_policy_in_force(now=NOW + timedelta(hours=2)).version == 3


def test_nobody_approves_their_own_policy() -> None:
    officer = make_demo_actor("PRIVACY_OFFICER")
    with pytest.raises(services.ApprovalRefused, match="their own"):
        services.activate_seeded_version(path=DC_POLICY, actor=officer, approved_by=officer, now=NOW)
    assert not PolicyVersion.objects.exists()


def test_the_database_holds_author_and_approver_apart() -> None:
    version = put_dc_policy_in_force(now=NOW)
    with pytest.raises(IntegrityError, match="approved_by_another"), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(approved_by=version.authored_by)
    with pytest.raises(IntegrityError, match="retired_at_its_end"), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(status=VersionStatus.RETIRED)


def test_only_who_prepares_policy_is_its_author() -> None:
    with pytest.raises(services.ApprovalRefused, match="does not prepare"):
        activate(DC_POLICY, author="ANALYST")


def test_a_policy_that_does_not_hold_together_leaves_the_one_in_force(tmp_path: Path) -> None:
    put_dc_policy_in_force(now=NOW)
    with pytest.raises(PolicyInvalid):
        activate(write_policy(tmp_path, agencies=[]), now=NOW + timedelta(hours=1))
    assert selectors.get_policy_in_force(now=NOW + timedelta(hours=1)).version == 1


def test_retention_days_come_from_the_policy_in_force() -> None:
    put_dc_policy_in_force(now=NOW)
    assert selectors.get_retention_days(category="PLATE_READ", now=NOW) == 30
    assert selectors.get_retention_days(category="CALL_FOR_SERVICE", now=NOW) == 365
    with pytest.raises(selectors.CategoryUnknown):
        selectors.get_retention_days(category="VIDEO", now=NOW)


def test_without_a_policy_there_is_no_retention_period() -> None:
    with pytest.raises(selectors.PolicyMissing):
        selectors.get_retention_days(category="PLATE_READ", now=NOW)


def test_purposes_offences_categories_and_words_are_those_of_the_policy_in_force() -> None:
    put_dc_policy_in_force(now=NOW)
    assert [purpose.code for purpose in selectors.list_purposes(now=NOW) if purpose.is_permitted] == [
        "CRIMINAL_INVESTIGATION",
        "MISSING_PERSON",
        "STOLEN_VEHICLE",
        "TRAFFIC_CRASH",
        "WARRANT_SERVICE",
    ]
    assert {offence.code for offence in selectors.list_offences(now=NOW)} >= {"HOMICIDE", "THEFT"}
    assert {category.code for category in selectors.list_categories(now=NOW)} >= {"PLATE_READ", "AUDIT_TRAIL"}
    assert {pack.purpose for pack in selectors.list_vocabulary(now=NOW)} >= {"IMMIGRATION_ENFORCEMENT", "PERSONAL"}
    assert selectors.get_offence_class(name="THEFT F/AUTO", now=NOW) == "THEFT"


def test_the_policy_page_sets_each_rule_beside_its_cedar() -> None:
    put_dc_policy_in_force(now=NOW)
    page = selectors.get_policy_page(now=NOW)
    rules = [*page["permits"], *page["forbids"]]  # type: ignore[misc]
    assert len(rules) == len(selectors.get_policy_in_force(now=NOW).document.rules)
    assert all(f'@id("{rule["id"]}")' in rule["cedar"] and rule["cedar"] in page["cedar"] for rule in rules)  # type: ignore[operator]
    assert {purpose["code"] for purpose in page["prohibited_purposes"]} >= {"PERSONAL"}  # type: ignore[attr-defined,index]
    assert page["authored_by"] != page["approved_by"]


def test_an_author_without_live_roles_is_refused() -> None:
    officer = dataclasses.replace(make_demo_actor("PRIVACY_OFFICER"), is_active=False)
    with pytest.raises(services.ApprovalRefused):
        services.activate_seeded_version(
            path=DC_POLICY, actor=officer, approved_by=make_demo_actor("ADMINISTRATOR"), now=NOW
        )
