"""Legal states of policy: the demo city's policy in force, and facts that it permits."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Any

from apps.policy import services
from apps.policy.compiler import compile_rules, compile_schema
from apps.policy.document import PolicyDocument, read_document
from apps.policy.engine import PolicyEngine
from apps.policy.models import PolicyVersion
from apps.policy.types import AccessFacts
from tests.factories.accounts import make_demo_actor, make_demo_people

DC_POLICY = Path(__file__).resolve().parents[2] / "fixtures" / "dc" / "policy.json"
PERMITTED_FACTS = AccessFacts(
    roles=frozenset({"ANALYST"}),
    action="LOOKUP",
    category="PLATE_READ",
    purpose="CRIMINAL_INVESTIGATION",
    offence="VIOLENT_FELONY",
    case_status="OPEN",
    reason_grade="SPECIFIC",
    training=frozenset({"CJIS_SECURITY", "PRIVACY", "LPR_USE"}),
    look_back_days=7,
    agency_ori="DCMPD0000",
    is_active=True,
)


def make_facts(**changes: Any) -> AccessFacts:
    """Facts of a look-up that the demo policy permits, with changes."""
    return dataclasses.replace(PERMITTED_FACTS, **changes)


def read_dc_policy() -> PolicyDocument:
    return read_document(DC_POLICY.read_bytes())


def make_engine(document: PolicyDocument | None = None) -> PolicyEngine:
    document = document or read_dc_policy()
    return PolicyEngine(document=document, cedar=compile_rules(document), schema=compile_schema(document))


def put_dc_policy_in_force(*, now: datetime) -> PolicyVersion:
    """The demo people, and the demo policy written by the privacy officer and approved by the administrator."""
    make_demo_people(now=now)
    return services.activate_seeded_version(
        path=DC_POLICY,
        actor=make_demo_actor("PRIVACY_OFFICER", now=now),
        approved_by=make_demo_actor("ADMINISTRATOR", now=now),
        now=now,
    )
