"""Nothing is permitted by default, every ground is reported at once, and what cannot be evaluated is refused."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.policy.compiler import compile_rules, compile_schema
from apps.policy.engine import PolicyEngine
from apps.policy.types import AccessFacts, Limits
from tests.factories.policy import make_engine, make_facts, read_dc_policy

ENGINE = make_engine()
DC = read_dc_policy()


def codes(facts: AccessFacts) -> list[str]:
    return [refusal.code for refusal in ENGINE.decide(facts).refusals]


def test_a_justified_look_up_is_permitted_by_its_rule_and_bounded_by_its_offence() -> None:
    verdict = ENGINE.decide(make_facts())
    assert verdict.is_permitted
    assert verdict.rule_ids == ("analysts-look-up",)
    assert verdict.refusals == ()
    assert verdict.limits == Limits(look_back_days=30, most_rows=200)
    assert ENGINE.decide(make_facts(offence="THEFT")).limits == Limits(look_back_days=7, most_rows=50)


def test_an_auditor_reads_the_trail_without_a_purpose_but_looks_up_nothing() -> None:
    facts = make_facts(roles=frozenset({"AUDITOR"}), action="READ", category="AUDIT_TRAIL", purpose="", offence="")
    verdict = ENGINE.decide(facts)
    assert verdict.rule_ids == ("reviewers-read-the-trail",)
    assert verdict.limits == Limits(look_back_days=1826, most_rows=200)
    assert codes(make_facts(roles=frozenset({"AUDITOR"}))) == ["ROLE_NOT_PERMITTED"]


@pytest.mark.parametrize(
    ("changes", "refused_by"),
    [
        ({"is_active": False}, ["ACCOUNT_INACTIVE"]),
        ({"roles": frozenset()}, ["ROLE_NOT_PERMITTED"]),
        ({"roles": frozenset({"ADMINISTRATOR"})}, ["ROLE_NOT_PERMITTED"]),
        ({"roles": frozenset({"SUPERUSER"})}, ["ROLE_NOT_PERMITTED"]),
        ({"agency_ori": "VA0000000"}, ["ROLE_NOT_PERMITTED"]),
        ({"agency_ori": ""}, ["ROLE_NOT_PERMITTED"]),
        ({"action": "READ"}, ["ROLE_NOT_PERMITTED"]),
        ({"action": "EXPORT"}, ["ROLE_NOT_PERMITTED"]),
        ({"category": "VIDEO"}, ["ROLE_NOT_PERMITTED"]),
        ({"training": frozenset({"CJIS_SECURITY", "PRIVACY"})}, ["TRAINING_EXPIRED"]),
        ({"training": frozenset()}, ["TRAINING_EXPIRED", "TRAINING_EXPIRED"]),
        ({"purpose": ""}, ["PURPOSE_UNKNOWN"]),
        ({"purpose": "CURIOSITY"}, ["PURPOSE_UNKNOWN"]),
        ({"purpose": "IMMIGRATION_ENFORCEMENT"}, ["PURPOSE_PROHIBITED"]),
        ({"reason_grade": "PROHIBITED"}, ["PURPOSE_PROHIBITED"]),
        ({"offence": ""}, ["OFFENCE_UNKNOWN"]),
        ({"reason_grade": "BLANK"}, ["REASON_MISSING"]),
        ({"reason_grade": "GENERIC"}, ["REASON_VAGUE"]),
        ({"reason_grade": "SOMETHING_NEW"}, ["REASON_VAGUE"]),
        ({"reason_grade": "COPIED"}, ["REASON_COPIED"]),
        ({"case_status": "MISSING"}, ["CASE_MISSING"]),
        ({"case_status": "UNKNOWN"}, ["CASE_UNKNOWN"]),
        ({"case_status": ""}, ["CASE_UNKNOWN"]),
        ({"case_status": "CLOSED"}, ["CASE_CLOSED"]),
        ({"look_back_days": 31}, ["LOOK_BACK_TOO_LONG"]),
        ({"offence": "THEFT", "look_back_days": 8}, ["LOOK_BACK_TOO_LONG"]),
        (
            {"purpose": "PERSONAL", "training": frozenset(), "case_status": "MISSING", "reason_grade": "BLANK"},
            ["TRAINING_EXPIRED", "TRAINING_EXPIRED", "PURPOSE_PROHIBITED", "REASON_MISSING", "CASE_MISSING"],
        ),
        (
            {"roles": frozenset({"COUNCIL"}), "is_active": False, "case_status": "CLOSED"},
            ["ACCOUNT_INACTIVE", "ROLE_NOT_PERMITTED", "CASE_CLOSED"],
        ),
    ],
)
def test_each_ground_is_reported_in_the_fixed_order(changes: dict[str, Any], refused_by: list[str]) -> None:
    verdict = ENGINE.decide(make_facts(**changes))
    assert not verdict.is_permitted
    assert [refusal.code for refusal in verdict.refusals] == refused_by
    assert verdict.limits == Limits(look_back_days=0, most_rows=0)
    assert all(refusal.message and refusal.remedy and refusal.citation for refusal in verdict.refusals)


def test_a_refusal_names_the_rule_and_the_law_of_the_purpose() -> None:
    (refusal,) = ENGINE.decide(make_facts(purpose="FIRST_AMENDMENT_ACTIVITY")).refusals
    assert refusal.rule_id == "purpose-is-lawful"
    assert refusal.citation.startswith("24 DCMR 2501.3")
    assert "Speech, assembly, press or worship" in refusal.message


def test_the_last_day_of_the_look_back_is_permitted() -> None:
    assert ENGINE.decide(make_facts(offence="THEFT", look_back_days=7)).is_permitted


@pytest.mark.parametrize("changes", [{"look_back_days": 10**30}, {"look_back_days": 1.5}, {"purpose": "\ud800"}])
def test_facts_that_cedar_cannot_take_are_refused(changes: dict[str, Any]) -> None:
    verdict = ENGINE.decide(make_facts(**changes))
    assert not verdict.is_permitted
    assert [refusal.code for refusal in verdict.refusals] == ["POLICY_FAILED"]


def test_a_rule_that_fails_to_evaluate_refuses_even_where_others_permit() -> None:
    """Cedar skips a rule that errs; a skipped forbid must not become a permit."""
    failing = (
        '@id("fails") @code("CASE_CLOSED") forbid (principal, action, resource) '
        "when { context.look_back_days + 9223372036854775807 > 0 };\n"
    )
    engine = PolicyEngine(document=DC, cedar=compile_rules(DC) + failing, schema=compile_schema(DC))
    assert [refusal.code for refusal in engine.decide(make_facts()).refusals] == ["POLICY_FAILED"]


def test_a_permit_whose_condition_fails_without_a_forbid_is_still_refused_with_a_ground() -> None:
    narrow = msgspec.structs.replace(DC.rules[0], when=(msgspec.convert(NARROW, type(DC.rules[0].when[0])),))
    engine = make_engine(msgspec.structs.replace(DC, rules=(narrow, *DC.rules[1:])))
    verdict = engine.decide(make_facts(purpose="STOLEN_VEHICLE"))
    assert [refusal.code for refusal in verdict.refusals] == ["ROLE_NOT_PERMITTED"]


NARROW = {"fact": "purpose", "test": "IN", "values": ["MISSING_PERSON"]}

PROHIBITED = DC.list_values("PROHIBITED_PURPOSES")
anything = st.one_of(st.sampled_from(["", "OPEN", "SPECIFIC", "ANALYST", "LPR_USE"]), st.text(max_size=12))
facts_of_a_governed_category = st.builds(
    AccessFacts,
    roles=st.frozensets(st.sampled_from(DC.roles)),
    action=st.sampled_from(DC.actions),
    category=st.sampled_from(["PLATE_READ", "CALL_FOR_SERVICE"]),
    purpose=st.one_of(st.sampled_from(DC.list_values("KNOWN_PURPOSES")), anything),
    offence=st.one_of(st.sampled_from(DC.list_values("KNOWN_OFFENCES")), anything),
    case_status=st.one_of(st.sampled_from(["OPEN", "CLOSED", "UNKNOWN", "MISSING"]), anything),
    reason_grade=st.one_of(st.sampled_from(["SPECIFIC", "BLANK", "GENERIC", "COPIED", "PROHIBITED"]), anything),
    training=st.frozensets(st.sampled_from(["CJIS_SECURITY", "PRIVACY", "LPR_USE", "P28CFR23"])),
    look_back_days=st.integers(min_value=0, max_value=4000),
    agency_ori=st.sampled_from(["DCMPD0000", "VA0000000", ""]),
    is_active=st.booleans(),
)
BREACHES: list[dict[str, Any]] = [
    {"reason_grade": "BLANK"},
    {"reason_grade": "GENERIC"},
    {"reason_grade": "COPIED"},
    {"reason_grade": "PROHIBITED"},
    {"case_status": "MISSING"},
    {"case_status": "UNKNOWN"},
    {"case_status": "CLOSED"},
    {"training": frozenset({"LPR_USE", "P28CFR23"})},
    {"training": frozenset()},
    {"is_active": False},
    {"purpose": ""},
    {"offence": ""},
    {"agency_ori": "VA0000000"},
    {"roles": frozenset({"AUDITOR", "COUNCIL", "ADMINISTRATOR", "INGESTOR", "PRIVACY_OFFICER"})},
    *({"purpose": purpose} for purpose in PROHIBITED),
]


@settings(max_examples=400, deadline=None)
@given(facts=facts_of_a_governed_category, breach=st.sampled_from(BREACHES))
def test_no_combination_with_a_breach_is_ever_permitted(facts: AccessFacts, breach: dict[str, Any]) -> None:
    verdict = ENGINE.decide(dataclasses.replace(facts, **breach))
    assert not verdict.is_permitted
    assert verdict.refusals


@settings(max_examples=400, deadline=None)
@given(facts=facts_of_a_governed_category)
def test_whatever_is_permitted_is_justified_in_every_respect(facts: AccessFacts) -> None:
    verdict = ENGINE.decide(facts)
    assert verdict.is_permitted == (not verdict.refusals)
    if verdict.is_permitted:
        assert facts.is_active
        assert facts.agency_ori == "DCMPD0000"
        assert facts.roles & {"ANALYST", "SUPERVISOR"}
        assert facts.training >= {"CJIS_SECURITY", "PRIVACY"}
        assert facts.category != "PLATE_READ" or "LPR_USE" in facts.training
        assert facts.purpose in DC.list_values("PERMITTED_PURPOSES")
        assert facts.case_status == "OPEN"
        assert facts.reason_grade == "SPECIFIC"
        assert facts.look_back_days <= verdict.limits.look_back_days or facts.category == "CALL_FOR_SERVICE"
        assert 0 < verdict.limits.most_rows <= 200
