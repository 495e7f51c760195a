"""What does the policy say of these facts? Cedar, parsed once; nothing is permitted by default; all grounds at once."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import cedarpy

from apps.policy.compiler import check_rules, compile_grants
from apps.policy.document import Offence, PolicyDocument, Rule
from apps.policy.types import NO_LIMITS, REFUSAL_ORDER, AccessFacts, Limits, Refusal, RefusalCode, Verdict

ROLE_NOT_PERMITTED = Refusal(
    code=RefusalCode.ROLE_NOT_PERMITTED.value,
    message="Nothing in the policy in force permits this access for your role and agency.",
    remedy="Ask somebody whose role includes it, or ask your privacy officer whether your role should.",
    citation="FBI CJIS Security Policy 5.9.5, AC-5 and AC-6: separated duties and least privilege.",
)
POLICY_FAILED = Refusal(
    code=RefusalCode.POLICY_FAILED.value,
    message="The policy in force could not be evaluated, so nothing is shown.",
    remedy="Tell your privacy officer; this is a fault of the system and not of your request.",
    citation="What the policy cannot decide is refused.",
)
NO_POLICY = Refusal(
    code=RefusalCode.NO_POLICY_IN_FORCE.value,
    message="No policy is in force, so nothing is shown.",
    remedy="Ask your privacy officer to put a policy in force.",
    citation="Nothing is permitted by default.",
)


def refuse(*refusals: Refusal) -> Verdict:
    """A refusal that no rule of a policy pronounced."""
    return Verdict(is_permitted=False, rule_ids=(), refusals=refusals, limits=NO_LIMITS)


class PolicyEngine:
    """One policy version, parsed once and asked many times. Threads may share it.

    :param cedar: the rules that decide, as they were approved; not compiled again
    :raises PolicyInvalid: if the rules do not fit the schema
    """

    def __init__(self, *, document: PolicyDocument, cedar: str, schema: str) -> None:
        check_rules(cedar, schema)
        self.document = document
        self._schema = cedarpy.Schema.from_str(schema)
        self._rules = cedarpy.PolicySet.from_str(cedar)
        self._grants = cedarpy.PolicySet.from_str(compile_grants(document))
        self._rules_by_id = {rule.id: rule for rule in document.rules}
        self._categories = {category.code: category for category in document.categories}
        self._offences = {offence.code: offence for offence in document.offences}
        self._purposes = {purpose.code: purpose for purpose in document.purposes}
        self._roles = frozenset(document.roles)
        self._find_actor = lru_cache(maxsize=256)(self._make_actor)

    def decide(self, facts: AccessFacts) -> Verdict:
        """Evaluate facts; about a tenth of a millisecond. What cannot be evaluated is refused, never permitted."""
        if facts.action not in self.document.actions or facts.category not in self._categories:
            return refuse(ROLE_NOT_PERMITTED)
        request = self._make_request(facts)
        roles = facts.roles & self._roles
        result = self._ask(request, self._rules, roles)
        if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
            return refuse(POLICY_FAILED)
        rule_ids = self._list_rules(result)
        if result.allowed:
            return Verdict(is_permitted=True, rule_ids=rule_ids, refusals=(), limits=self._limit(facts))
        refusals = [self._explain(self._rules_by_id[rule_id], facts) for rule_id in rule_ids]
        if not refusals or not self._ask(request, self._grants, roles).allowed:
            refusals.append(ROLE_NOT_PERMITTED)
        refusals.sort(key=lambda refusal: REFUSAL_ORDER[refusal.code])
        return Verdict(is_permitted=False, rule_ids=rule_ids, refusals=tuple(refusals), limits=NO_LIMITS)

    def _ask(self, request: dict[str, Any], rules: cedarpy.PolicySet, roles: frozenset[str]) -> cedarpy.AuthzResult:
        return cedarpy.is_authorized(request, rules, self._find_actor(roles), schema=self._schema)

    def _make_request(self, facts: AccessFacts) -> dict[str, Any]:
        return {
            "principal": {"type": "Rtcc::Actor", "id": "actor"},
            "action": {"type": "Rtcc::Action", "id": facts.action},
            "resource": {"type": "Rtcc::Category", "id": facts.category},
            "context": {
                "agency": facts.agency_ori,
                "purpose": facts.purpose,
                "offence": facts.offence,
                "case_status": facts.case_status,
                "reason_grade": facts.reason_grade,
                "training": sorted(facts.training),
                "look_back_days": facts.look_back_days,
                "is_active": facts.is_active,
            },
        }

    def _make_actor(self, roles: frozenset[str]) -> cedarpy.Entities:
        parents = [{"type": "Rtcc::Role", "id": role} for role in sorted(roles)]
        actor = {"uid": {"type": "Rtcc::Actor", "id": "actor"}, "attrs": {}, "parents": parents}
        return cedarpy.Entities.from_json_str(json.dumps([actor]), self._schema)

    def _list_rules(self, result: cedarpy.AuthzResult) -> tuple[str, ...]:
        named = set(result.diagnostics.id_annotations_by_reason.values())
        return tuple(rule.id for rule in self.document.rules if rule.id in named)

    def _limit(self, facts: AccessFacts) -> Limits:
        category = self._categories[facts.category]
        offence: Offence | None = self._offences.get(facts.offence)
        if offence is None:
            return Limits(look_back_days=category.retention_days, most_rows=category.most_rows)
        return Limits(
            look_back_days=min(offence.look_back_days, category.retention_days),
            most_rows=min(offence.most_rows, category.most_rows),
        )

    def _explain(self, rule: Rule, facts: AccessFacts) -> Refusal:
        citation, message = rule.citation, rule.message
        purpose = self._purposes.get(facts.purpose)
        if purpose is not None and any(condition.values_of == "PROHIBITED_PURPOSES" for condition in rule.when):
            citation, message = purpose.citation, f"{message} {purpose.label}: {purpose.sentence}"
        return Refusal(
            code=str(rule.code),
            message=message,
            remedy=rule.remedy,
            citation=self.document.citations[citation].text,
            rule_id=rule.id,
        )
