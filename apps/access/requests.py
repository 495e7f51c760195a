"""What of a request goes where? Facts for the policy, codes for the log, and the rest sealed into a row that can go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec

from apps.access import rules
from apps.access.reasons import ReasonGrade
from apps.access.types import OpenedFacts, QueryRequest
from apps.core import clock
from apps.keys import services as keys
from apps.keys.types import KeyScope
from apps.ledger import commitments
from apps.policy.selectors import PolicyView
from apps.policy.types import AccessFacts, Decision

KEY_CATEGORY = "ACCESS_REQUEST"
TABLE, COLUMN = "access_query", "sealed_facts"
UNKNOWN = "UNKNOWN"

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A request's reason, criteria and salt as a ciphertext, and the commitment to them for the log."""

    day: date
    ciphertext: bytes = field(repr=False)
    commitment: str


@dataclass(frozen=True, kw_only=True)
class Codes:
    """A request's codes, each known to the policy or `UNKNOWN`: what somebody typed does not get further."""

    action: str
    category: str
    purpose: str
    offence: str
    case_number: str
    case_status: str
    reason_grade: str

    @property
    def logged_case_number(self) -> str:
        is_known = self.case_status in ("OPEN", "CLOSED")
        return self.case_number if rules.may_be_logged(self.case_number, is_known=is_known) else ""


def make_codes(
    request: QueryRequest, *, policy: PolicyView | None, case_status: str, reason_grade: ReasonGrade
) -> Codes:
    """:param policy: the one in force, or None where there is none: then no code is known"""
    known: Mapping[str, Sequence[str]] = {}
    if policy is not None:
        document = policy.document
        known = {
            "action": document.actions,
            "category": [category.code for category in document.categories],
            "purpose": [purpose.code for purpose in document.purposes],
            "offence": [offence.code for offence in document.offences],
        }

    def as_known(name: str) -> str:
        value: str = getattr(request, name)
        return value if not value or value in known.get(name, ()) else UNKNOWN

    return Codes(
        action=as_known("action"),
        category=as_known("category"),
        purpose=as_known("purpose"),
        offence=as_known("offence"),
        case_number=rules.normalise_case_number(request.case_number),
        case_status=case_status,
        reason_grade=reason_grade.value,
    )


def make_facts(request: QueryRequest, *, codes: Codes, now: datetime) -> AccessFacts:
    """What the policy looks at. A missing case number is the case rule's to refuse, not a fault of the reason."""
    grade = codes.reason_grade
    return AccessFacts(
        roles=request.actor.roles,
        action=codes.action,
        category=codes.category,
        purpose=codes.purpose,
        offence=codes.offence,
        case_status=codes.case_status,
        reason_grade=ReasonGrade.SPECIFIC.value if grade == ReasonGrade.NO_CASE else grade,
        training=request.actor.list_current_tracks(clock.utc_day(now)),
        look_back_days=rules.count_look_back_days(window=request.window, now=now),
        agency_ori=request.actor.agency_ori,
        is_active=request.actor.is_active,
    )


def seal(request: QueryRequest, *, day: date) -> Sealed:
    """Seal reason, criteria and a fresh salt under the key of `day`.

    :raises KeyStoreUnavailable: if there is no key to seal with; then nothing is decided
    """
    salt = commitments.new_salt()
    value = _encode({"reason": request.reason, "case_number": request.case_number, "criteria": dict(request.criteria)})
    scope_keys = keys.get_or_create_keys(scope=_scope(day))
    return Sealed(
        day=day,
        ciphertext=keys.encrypt(keys=scope_keys, table=TABLE, column=COLUMN, plaintext=salt + value),
        commitment=commitments.commit(salt=salt, value=value),
    )


def open_many(sealed: Sequence[tuple[date, bytes]]) -> list[OpenedFacts | None]:
    """What sealed facts say; None where the day's key was destroyed."""
    return [None if plain is None else _read(plain[commitments.SALT_BYTES :]) for plain in _open(sealed)]


def is_committed(*, day: date, ciphertext: bytes, commitment: str) -> bool | None:
    """Do the sealed facts agree with the log's commitment? None where the day's key was destroyed."""
    plain = _open([(day, ciphertext)])[0]
    if plain is None:
        return None
    salt, value = plain[: commitments.SALT_BYTES], plain[commitments.SALT_BYTES :]
    return commitments.is_commitment_to(commitment=commitment, salt=salt, value=value)


def describe_decided(*, codes: Codes, decision: Decision, sealed: Sealed, look_back_days: int) -> dict[str, Any]:
    """The log's details of a decision."""
    return {
        "outcome": "PERMITTED" if decision.is_permitted else "REFUSED",
        "action": codes.action,
        "category": codes.category,
        "purpose": codes.purpose,
        "offence": codes.offence,
        "case_number": codes.logged_case_number,
        "case_status": codes.case_status,
        "reason_grade": codes.reason_grade,
        "look_back_days": look_back_days,
        "decision": decision.reference,
        "policy_version": decision.policy_version,
        "policy_digest": decision.policy_digest,
        "rules": list(decision.rule_ids),
        "refusals": list(dict.fromkeys(decision.refusal_codes)),
        "commitment": sealed.commitment,
    }


def describe_answered(*, codes: Codes, decision: Decision, row_count: int, digest: bytes) -> dict[str, Any]:
    """The log's details of an outcome."""
    return {
        "category": codes.category,
        "purpose": codes.purpose,
        "offence": codes.offence,
        "case_number": codes.logged_case_number,
        "decision": decision.reference,
        "policy_version": decision.policy_version,
        "rules": list(decision.rule_ids),
        "row_count": row_count,
        "digest": digest.hex(),
    }


def _scope(day: date) -> KeyScope:
    return KeyScope(category=KEY_CATEGORY, label=day.isoformat())


def _open(sealed: Sequence[tuple[date, bytes]]) -> list[bytes | None]:
    by_day: dict[date, Any] = {}
    opened = []
    for day, ciphertext in sealed:
        if day not in by_day:
            try:
                by_day[day] = keys.get_keys(scope=_scope(day))
            except keys.KeyDestroyed:
                by_day[day] = None
        day_keys = by_day[day]
        opened.append(
            None if day_keys is None else keys.decrypt(keys=day_keys, table=TABLE, column=COLUMN, ciphertext=ciphertext)
        )
    return opened


def _read(value: bytes) -> OpenedFacts:
    content = _decode(value)
    return OpenedFacts(reason=content["reason"], criteria=content["criteria"])
