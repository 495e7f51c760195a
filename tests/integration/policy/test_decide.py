"""A decision is made under the policy in force and kept as codes, whatever it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.db import Role, acting_as
from apps.policy import services
from apps.policy.models import DecisionRecord
from tests.factories.policy import make_facts, put_dc_policy_in_force

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy() -> None:
    put_dc_policy_in_force(now=NOW)


def test_a_permitted_access_is_kept_with_version_rule_and_limits(policy: None) -> None:
    decision = services.decide(facts=make_facts(), now=NOW)
    record = DecisionRecord.objects.get(reference=decision.reference)
    assert decision.is_permitted
    assert decision.decided_at == NOW
    assert (record.is_permitted, record.rule_ids, record.refusal_codes) == (True, ["analysts-look-up"], [])
    assert (record.policy_version, record.policy_digest) == (1, decision.policy_digest)
    assert record.most_rows == decision.limits.most_rows == 200
    assert (record.purpose, record.offence, record.look_back_days) == ("CRIMINAL_INVESTIGATION", "VIOLENT_FELONY", 7)


def test_a_refused_access_is_kept_with_its_codes(policy: None) -> None:
    decision = services.decide(facts=make_facts(training=frozenset(), reason_grade="BLANK"), now=NOW)
    record = DecisionRecord.objects.get()
    assert decision.refusal_codes == ("TRAINING_EXPIRED", "TRAINING_EXPIRED", "REASON_MISSING")
    assert record.refusal_codes == ["TRAINING_EXPIRED", "REASON_MISSING"]
    assert record.rule_ids == ["training-is-current", "plate-training-is-current", "reason-is-given"]
    assert record.most_rows == 0


def test_without_a_policy_in_force_everything_is_refused_and_kept() -> None:
    decision = services.decide(facts=make_facts(), now=NOW)
    assert not decision.is_permitted
    assert decision.refusal_codes == ("NO_POLICY_IN_FORCE",)
    assert (decision.policy_version, decision.policy_digest) == (0, "")
    assert DecisionRecord.objects.get().refusal_codes == ["NO_POLICY_IN_FORCE"]


def test_a_policy_does_not_decide_before_its_time(policy: None) -> None:
    decision = services.decide(facts=make_facts(), now=NOW - timedelta(microseconds=1))
    assert decision.refusal_codes == ("NO_POLICY_IN_FORCE",)


def test_accesses_are_decided_together_each_at_its_moment(policy: None) -> None:
    decisions = services.decide_many(
        accesses=[(make_facts(), NOW), (make_facts(case_status="CLOSED"), NOW), (make_facts(), NOW - timedelta(days=1))]
    )
    assert [decision.refusal_codes for decision in decisions] == [(), ("CASE_CLOSED",), ("NO_POLICY_IN_FORCE",)]
    assert DecisionRecord.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "field", "kept"),
    [
        ({"purpose": "my ex wife 7ABC123"}, "purpose", "UNKNOWN"),
        ({"purpose": "\ud800"}, "purpose", "UNKNOWN"),
        ({"purpose": "A" * 41}, "purpose", "UNKNOWN"),
        ({"purpose": ""}, "purpose", ""),
        ({"offence": "Jane Doe"}, "offence", "UNKNOWN"),
        ({"agency_ori": "not an ori"}, "agency_ori", ""),
        ({"roles": frozenset({"ANALYST", "jane"})}, "roles", ["ANALYST", "UNKNOWN"]),
        ({"look_back_days": 10**30}, "look_back_days", 2_000_000),
        ({"look_back_days": -(10**30)}, "look_back_days", -2_000_000),
    ],
)
def test_what_is_not_a_code_is_not_kept(policy: None, changes: dict[str, Any], field: str, kept: object) -> None:
    services.decide(facts=make_facts(**changes), now=NOW)
    assert getattr(DecisionRecord.objects.get(), field) == kept


def test_a_kept_decision_cannot_be_changed_or_removed(policy: None) -> None:
    services.decide(facts=make_facts(), now=NOW)
    for statement in ("UPDATE policy_decisionrecord SET is_permitted = false", "DELETE FROM policy_decisionrecord"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert DecisionRecord.objects.get().is_permitted


def test_auditors_read_decisions_and_other_roles_do_not(policy: None) -> None:
    services.decide(facts=make_facts(), now=NOW)
    with acting_as(Role.AUDITOR):
        assert DecisionRecord.objects.count() == 1
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(Role.INGEST):
        DecisionRecord.objects.count()
