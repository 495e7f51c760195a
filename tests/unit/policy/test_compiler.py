"""The Cedar text says what the document says, byte for byte the same each time, and Cedar accepts it."""

from __future__ import annotations

import cedarpy
import msgspec
import pytest

from apps.policy.compiler import check_rules, compile_grants, compile_rule, compile_rules, compile_schema
from apps.policy.document import PolicyInvalid
from tests.factories.policy import DC_POLICY, read_dc_policy


def test_the_compiled_demo_policy_is_the_one_beside_its_document() -> None:
    document = read_dc_policy()
    assert compile_rules(document) == DC_POLICY.with_suffix(".cedar").read_text()
    assert compile_schema(document) == DC_POLICY.with_suffix(".cedarschema").read_text()


def test_every_rule_carries_its_id_and_a_refusal_its_code() -> None:
    document = read_dc_policy()
    policies = cedarpy.PolicySet.from_str(compile_rules(document))
    assert len(policies) == len(document.rules)
    for rule in document.rules:
        text = compile_rule(rule, document)
        assert f'@id("{rule.id}")' in text
        assert (f'@code("{rule.code}")' in text) == (rule.effect == "FORBID")
        assert text.startswith(f"// {rule.sentence}\n")


def test_grants_are_the_permits_without_their_conditions() -> None:
    text = compile_grants(read_dc_policy())
    assert "forbid" not in text
    assert "context.purpose" not in text
    assert text.count("permit (") == 3


def test_rules_that_do_not_fit_the_schema_are_refused() -> None:
    schema = compile_schema(read_dc_policy())
    with pytest.raises(PolicyInvalid, match="Cedar does not accept"):
        check_rules('@id("x") forbid (principal, action, resource) when { context.colour == "red" };', schema)
    with pytest.raises(PolicyInvalid, match="Cedar does not accept"):
        check_rules("permit (", schema)


def test_a_sentence_cannot_break_out_of_its_comment() -> None:
    document = read_dc_policy()
    rule = msgspec.structs.replace(
        document.rules[0],
        sentence="Harmless.\npermit (principal, action, resource);\r\u2028permit(principal,action,resource);",
    )
    assert len(cedarpy.PolicySet.from_str(compile_rule(rule, document))) == 1
