"""A policy document that does not hold together is not accepted, and the first problem is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from apps.policy.document import PolicyInvalid, read_document
from tests.factories.policy import DC_POLICY, read_dc_policy

DC = msgspec.json.decode(DC_POLICY.read_bytes())


def read_changed(change: Callable[[dict[str, Any]], None]) -> None:
    document = copy.deepcopy(DC)
    change(document)
    read_document(msgspec.json.encode(document))


def rule(document: dict[str, Any], rule_id: str) -> dict[str, Any]:
    return next(entry for entry in document["rules"] if entry["id"] == rule_id)


def test_the_demo_policy_is_accepted_and_keeps_what_the_law_asks() -> None:
    document = read_dc_policy()
    retention = {category.code: category.retention_days for category in document.categories}
    assert retention == {"PLATE_READ": 30, "CALL_FOR_SERVICE": 365, "ACCESS_REQUEST": 1826, "AUDIT_TRAIL": 1826}
    assert "IMMIGRATION_ENFORCEMENT" in document.list_values("PROHIBITED_PURPOSES")
    assert "IMMIGRATION_ENFORCEMENT" not in document.list_values("PERMITTED_PURPOSES")
    assert {citation.status for citation in document.citations.values()} == {
        "VERIFIED",
        "GENERAL_KNOWLEDGE",
        "DESIGN_CHOICE",
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("THEFT F/AUTO", "THEFT"),
        (" sex abuse ", "VIOLENT_FELONY"),
        ("HOMICIDE", "HOMICIDE"),
        ("JAYWALKING", ""),
        ("", ""),
    ],
)
def test_an_agencys_offence_name_falls_into_one_class(name: str, code: str) -> None:
    assert read_dc_policy().get_offence_class(name) == code


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"title": 1}', b"\xff\xfe", DC_POLICY.read_bytes()[:-20]])
def test_what_is_not_a_policy_document_is_refused(content: bytes) -> None:
    with pytest.raises(PolicyInvalid, match="cannot be read"):
        read_document(content)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(PolicyInvalid, match="unknown field `colour`"):
        read_changed(lambda document: document.update(colour="red"))


CHANGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda d: d.update(agencies=[]), "names no agency"),
    (lambda d: d["categories"].append(d["categories"][0]), "category PLATE_READ appears twice"),
    (lambda d: d["purposes"].append(d["purposes"][0]), "purpose CRIMINAL_INVESTIGATION appears twice"),
    (lambda d: d["offences"][0]["covers"].append("ROBBERY"), "offence name ROBBERY appears twice"),
    (lambda d: d["rules"].append(d["rules"][0]), "rule analysts-look-up appears twice"),
    (lambda d: d["purposes"][0].update(citation="no-such-law"), "cites 'no-such-law'"),
    (lambda d: d["rules"][0].update(citation="no-such-law"), "analysts-look-up cites 'no-such-law'"),
    (lambda d: d["rules"][0].update(roles=[]), "permits without naming"),
    (lambda d: d["rules"][0].update(code="CASE_MISSING"), "must carry no refusal code"),
    (lambda d: rule(d, "case-is-open").update(remedy=""), "must carry a code, a message and a remedy"),
    (lambda d: rule(d, "case-is-open").update(when=[]), "forbids without a condition"),
    (lambda d: d["rules"][0].update(roles=["CHIEF"]), "unknown role CHIEF"),
    (lambda d: d["rules"][0].update(actions=["EXPORT"]), "unknown action EXPORT"),
    (lambda d: d["rules"][0].update(categories=["VIDEO"]), "unknown category VIDEO"),
    (
        lambda d: rule(d, "case-is-open").update(when=[{"fact": "purpose", "test": "LACKS_ANY", "values": ["A"]}]),
        "cannot test purpose by LACKS_ANY",
    ),
    (
        lambda d: rule(d, "case-is-open").update(when=[{"fact": "case_status", "test": "IN"}]),
        "must give case_status one list of values",
    ),
    (
        lambda d: rule(d, "case-is-open").update(
            when=[{"fact": "purpose", "test": "IN", "values": ["A"], "values_of": "KNOWN_PURPOSES"}]
        ),
        "must give purpose one list of values",
    ),
    (
        lambda d: rule(d, "account-is-active").update(
            when=[{"fact": "is_active", "test": "IS_FALSE", "values": ["A"]}]
        ),
        "must give is_active no values",
    ),
    (
        lambda d: d.update(rules=[entry for entry in d["rules"] if entry["effect"] == "FORBID"]),
        "no rule permits anything",
    ),
    (lambda d: d["vocabulary"][0].update(purpose="CRIMINAL_INVESTIGATION"), "which is not a prohibited purpose"),
    (lambda d: d["vocabulary"][0]["words"].append("ICE"), "not lower-case text: 'ICE'"),
]


@pytest.mark.parametrize(("change", "problem"), CHANGES)
def test_parts_that_do_not_fit_are_named(change: Callable[[dict[str, Any]], None], problem: str) -> None:
    with pytest.raises(PolicyInvalid, match=problem):
        read_changed(change)


DOUBLY_GUARDED = {"plate-training-is-current", "purpose-is-lawful", "reason-is-lawful"}
GUARDS = [entry["id"] for entry in DC["rules"] if entry["effect"] == "FORBID" and entry["id"] not in DOUBLY_GUARDED]


@pytest.mark.parametrize("rule_id", GUARDS)
def test_no_guard_can_be_left_out(rule_id: str) -> None:
    with pytest.raises(PolicyInvalid, match="has no rule for"):
        read_changed(lambda d: d.update(rules=[entry for entry in d["rules"] if entry["id"] != rule_id]))


def test_a_guard_that_spares_a_role_is_no_guard() -> None:
    with pytest.raises(PolicyInvalid, match="PLATE_READ has no rule for CASE_CLOSED that holds for every role"):
        read_changed(lambda d: rule(d, "case-is-open").update(roles=["ANALYST"]))
