"""Which policy is in force, what does it say, and how long is something kept?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from apps.core.errors import NotFound, ServiceUnavailable
from apps.policy.compiler import compile_rule
from apps.policy.document import Category, Offence, PolicyDocument, Purpose, Vocabulary, read_document
from apps.policy.engine import PolicyEngine
from apps.policy.models import PolicyVersion


class PolicyMissing(ServiceUnavailable):
    code = "NO_POLICY_IN_FORCE"
    title = "No policy is in force"


class CategoryUnknown(NotFound):
    code = "CATEGORY_UNKNOWN"


@dataclass(frozen=True, kw_only=True)
class PolicyView:
    """One approved version: its document, the Cedar text that decides, and the engine that has parsed it."""

    version: int
    digest: str
    document: PolicyDocument
    cedar: str
    schema: str
    engine: PolicyEngine


@dataclass(frozen=True, kw_only=True)
class VersionFacts:
    """When a version came into force and by whom, as references."""

    version: int
    digest: str
    effective_at: datetime
    authored_by: str
    approved_by: str


def get_policy_in_force(*, now: datetime) -> PolicyView:
    """
    :raises PolicyMissing: if no version is in force at `now`; the caller refuses
    """
    key = find_version_in_force(now=now)
    if key is None:
        raise PolicyMissing(
            "No policy is in force, so nothing is shown.", remedy="Ask your privacy officer to put a policy in force."
        )
    return load_policy(*key)


def find_version_in_force(*, now: datetime) -> tuple[int, str] | None:
    """Number and digest of the version that decides at `now`, or None."""
    return PolicyVersion.objects.in_force(now).order_by("-number").values_list("number", "digest").first()


@lru_cache(maxsize=16)
def load_policy(number: int, digest: str) -> PolicyView:
    """Parse a version once in this process. The digest names the content, so what is cached cannot be stale."""
    version = PolicyVersion.objects.get(number=number, digest=digest)
    document = read_document(version.document.encode())
    return PolicyView(
        version=version.number,
        digest=digest,
        document=document,
        cedar=version.cedar,
        schema=version.schema,
        engine=PolicyEngine(document=document, cedar=version.cedar, schema=version.schema),
    )


def get_version_facts(*, number: int) -> VersionFacts:
    version = PolicyVersion.objects.select_related("authored_by", "approved_by").get(number=number)
    return VersionFacts(
        version=version.number,
        digest=version.digest,
        effective_at=version.effective_at,
        authored_by=version.authored_by.reference,
        approved_by=version.approved_by.reference,
    )


def get_retention_days(*, category: str, now: datetime) -> int:
    """For how many days after the event a category is kept under the policy in force.

    :raises PolicyMissing: if no policy is in force; nothing is destroyed without one
    :raises CategoryUnknown: if the policy does not know the category
    """
    found = {entry.code: entry for entry in get_policy_in_force(now=now).document.categories}
    if category not in found:
        raise CategoryUnknown(f"The policy in force knows no category {category}.")
    return found[category].retention_days


def list_categories(*, now: datetime) -> tuple[Category, ...]:
    return get_policy_in_force(now=now).document.categories


def list_purposes(*, now: datetime) -> tuple[Purpose, ...]:
    """Permitted and prohibited ones, in the document's order."""
    return get_policy_in_force(now=now).document.purposes


def list_offences(*, now: datetime) -> tuple[Offence, ...]:
    return get_policy_in_force(now=now).document.offences


def list_vocabulary(*, now: datetime) -> tuple[Vocabulary, ...]:
    """Words that give a prohibited purpose away in a reason."""
    return get_policy_in_force(now=now).document.vocabulary


def get_offence_class(*, name: str, now: datetime) -> str:
    """The policy's class of an agency's own offence name, or an empty string."""
    return get_policy_in_force(now=now).document.get_offence_class(name)


def get_policy_page(*, now: datetime) -> Mapping[str, object]:
    """The policy in force as plain values: sections in plain words, each rule with its Cedar.

    :raises PolicyMissing: if no version is in force at `now`
    """
    policy = get_policy_in_force(now=now)
    document, facts = policy.document, get_version_facts(number=policy.version)
    cite = {slug: {"text": citation.text, "status": citation.status} for slug, citation in document.citations.items()}
    return {
        "title": document.title,
        "jurisdiction": document.jurisdiction,
        "summary": document.summary,
        "agencies": list(document.agencies),
        "version": facts.version,
        "digest": facts.digest,
        "effective_at": facts.effective_at,
        "authored_by": facts.authored_by,
        "approved_by": facts.approved_by,
        "permits": _list_rules(policy, "PERMIT", cite),
        "forbids": _list_rules(policy, "FORBID", cite),
        "permitted_purposes": _list_purposes(document, is_permitted=True, cite=cite),
        "prohibited_purposes": _list_purposes(document, is_permitted=False, cite=cite),
        "offences": [
            {
                "code": offence.code,
                "label": offence.label,
                "look_back_days": offence.look_back_days,
                "most_rows": offence.most_rows,
                "covers": list(offence.covers),
            }
            for offence in document.offences
        ],
        "categories": [
            {
                "code": category.code,
                "label": category.label,
                "sentence": category.sentence,
                "retention_days": category.retention_days,
                "citation": cite[category.citation],
            }
            for category in document.categories
        ],
        "vocabulary": [
            {"code": pack.code, "sentence": pack.sentence, "words": list(pack.words)} for pack in document.vocabulary
        ],
        "cedar": policy.cedar,
        "schema": policy.schema,
    }


def _list_rules(policy: PolicyView, effect: str, cite: Mapping[str, object]) -> list[dict[str, object]]:
    return [
        {
            "id": rule.id,
            "code": str(rule.code or ""),
            "sentence": rule.sentence,
            "message": rule.message,
            "remedy": rule.remedy,
            "citation": cite[rule.citation],
            "cedar": compile_rule(rule, policy.document),
        }
        for rule in policy.document.rules
        if rule.effect == effect
    ]


def _list_purposes(document: PolicyDocument, *, is_permitted: bool, cite: Mapping[str, object]) -> list[object]:
    return [
        {
            "code": purpose.code,
            "label": purpose.label,
            "sentence": purpose.sentence,
            "citation": cite[purpose.citation],
        }
        for purpose in document.purposes
        if purpose.is_permitted is is_permitted
    ]
