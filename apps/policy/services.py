"""How is an access decided and the decision kept, and how does a policy come into force?"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import rfc8785
from django.db import transaction

from apps.accounts.types import ActorSnapshot
from apps.core.db import take_advisory_lock
from apps.core.errors import NotAllowed
from apps.ledger import services as ledger
from apps.policy import events
from apps.policy.compiler import check_rules, compile_rules, compile_schema
from apps.policy.document import read_document
from apps.policy.engine import NO_POLICY, refuse
from apps.policy.models import DecisionRecord, PolicyVersion, VersionStatus
from apps.policy.selectors import PolicyView, find_version_in_force, load_policy
from apps.policy.types import AccessFacts, Decision, Verdict

CODE_LENGTH = 40
MOST_DAYS = 2_000_000


class ApprovalRefused(NotAllowed):
    code = "APPROVAL_REFUSED"


def decide(*, facts: AccessFacts, now: datetime, policy: PolicyView | None = None) -> Decision:
    """Decide one access under the policy in force and keep the decision, in the caller's transaction.

    Where no policy is in force, or it cannot be evaluated, the decision is a refusal and is kept as well.

    :param policy: the one in force at `now`, where the caller has just asked for it; saves asking again
    """
    if policy is None:
        return decide_many(accesses=[(facts, now)])[0]
    decision = _make_decision(policy.engine.decide(facts), policy, now)
    _make_record(decision, facts).save(force_insert=True)
    return decision


def decide_many(*, accesses: Sequence[tuple[AccessFacts, datetime]]) -> list[Decision]:
    """Decide accesses, each under the policy in force at its moment, and keep all decisions with one insert."""
    decisions, records = [], []
    for facts, now in accesses:
        key = find_version_in_force(now=now)
        policy = load_policy(*key) if key else None
        verdict = policy.engine.decide(facts) if policy else refuse(NO_POLICY)
        decision = _make_decision(verdict, policy, now)
        decisions.append(decision)
        records.append(_make_record(decision, facts))
    DecisionRecord.objects.bulk_create(records, batch_size=1000)
    return decisions


def _make_decision(verdict: Verdict, policy: PolicyView | None, now: datetime) -> Decision:
    return Decision(
        reference=str(uuid.uuid4()),
        is_permitted=verdict.is_permitted,
        rule_ids=verdict.rule_ids,
        refusals=verdict.refusals,
        policy_version=policy.version if policy else 0,
        policy_digest=policy.digest if policy else "",
        limits=verdict.limits,
        decided_at=now,
    )


def _make_record(decision: Decision, facts: AccessFacts) -> DecisionRecord:
    """Facts that are not codes are kept as UNKNOWN: what somebody typed has no place in this row."""
    return DecisionRecord(
        reference=decision.reference,
        decided_at=decision.decided_at,
        policy_version=decision.policy_version,
        policy_digest=decision.policy_digest,
        is_permitted=decision.is_permitted,
        rule_ids=list(decision.rule_ids),
        refusal_codes=list(dict.fromkeys(decision.refusal_codes)),
        most_rows=decision.limits.most_rows,
        roles=sorted(_as_code(role) for role in facts.roles),
        training=sorted(_as_code(track) for track in facts.training),
        agency_ori=facts.agency_ori if _as_code(facts.agency_ori) == facts.agency_ori else "",
        action=_as_code(facts.action),
        category=_as_code(facts.category),
        purpose=_as_code(facts.purpose),
        offence=_as_code(facts.offence),
        case_status=_as_code(facts.case_status),
        reason_grade=_as_code(facts.reason_grade),
        look_back_days=max(-MOST_DAYS, min(facts.look_back_days, MOST_DAYS)),
        is_active=facts.is_active,
    )


def _as_code(value: str) -> str:
    is_code = len(value) <= CODE_LENGTH and value.isascii() and value.replace("_", "").isalnum() and value.isupper()
    return value if is_code or not value else "UNKNOWN"


@transaction.atomic
def activate_seeded_version(
    *, path: Path, actor: ActorSnapshot, approved_by: ActorSnapshot, now: datetime
) -> PolicyVersion:
    """Put the policy document of a file in force from `now`, retiring the one before. Repeating it changes nothing.

    :param actor: who wrote the document; may prepare policy
    :param approved_by: a second person, who approves it
    :raises PolicyInvalid: if the document does not hold together or Cedar does not accept it
    :raises ApprovalRefused: if one person would be both, or the author may not prepare policy
    """
    if actor.reference == approved_by.reference:
        raise ApprovalRefused("Nobody approves their own policy.", remedy="Have a second person approve it.")
    if not actor.has_permission("edit_policy"):
        raise ApprovalRefused("Your role does not prepare policy.", remedy="Ask a privacy officer.")
    content = path.read_bytes()
    document = read_document(content)
    cedar, schema = compile_rules(document), compile_schema(document)
    check_rules(cedar, schema)
    canonical = rfc8785.dumps(msgspec.json.decode(content))
    digest = hashlib.sha256(b"\0".join((canonical, cedar.encode(), schema.encode()))).hexdigest()

    take_advisory_lock("policy:version")
    previous = PolicyVersion.objects.filter(status=VersionStatus.ACTIVE).first()
    if previous is not None and previous.digest == digest:
        return previous
    last_number = PolicyVersion.objects.order_by("-number").values_list("number", flat=True).first() or 0
    if previous is not None:
        _retire(previous, actor=approved_by, now=now)
    version = PolicyVersion(
        number=last_number + 1,
        status=VersionStatus.ACTIVE,
        digest=digest,
        document=content.decode(),
        cedar=cedar,
        schema=schema,
        authored_by_id=actor.person_id,
        approved_by_id=approved_by.person_id,
        approved_at=now,
        effective_at=now,
    )
    version._change_reason = approved_by.reference
    version.save()
    ledger.append(
        event=events.POLICY_ACTIVATED,
        actor=approved_by.reference,
        subject=f"policy:{version.number}",
        details={
            "version": version.number,
            "digest": digest,
            "author": actor.reference,
            "approver": approved_by.reference,
        },
        agency=approved_by.agency_ori,
        now=now,
    )
    return version


def _retire(version: PolicyVersion, *, actor: ActorSnapshot, now: datetime) -> None:
    version.status, version.retired_at = VersionStatus.RETIRED, now
    version._change_reason = actor.reference
    version.save()
    ledger.append(
        event=events.POLICY_RETIRED,
        actor=actor.reference,
        subject=f"policy:{version.number}",
        details={"version": version.number},
        agency=actor.agency_ori,
        now=now,
    )
