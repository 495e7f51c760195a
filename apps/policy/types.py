"""What does one access look like to the policy, and what does the policy answer? Codes only: no free text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RefusalCode(StrEnum):
    """Why an access was refused. The order here is the order in which several are shown."""

    NO_POLICY_IN_FORCE = "NO_POLICY_IN_FORCE"
    POLICY_FAILED = "POLICY_FAILED"
    ACCOUNT_INACTIVE = "ACCOUNT_INACTIVE"
    ROLE_NOT_PERMITTED = "ROLE_NOT_PERMITTED"
    TRAINING_EXPIRED = "TRAINING_EXPIRED"
    PURPOSE_PROHIBITED = "PURPOSE_PROHIBITED"
    PURPOSE_UNKNOWN = "PURPOSE_UNKNOWN"
    OFFENCE_UNKNOWN = "OFFENCE_UNKNOWN"
    REASON_MISSING = "REASON_MISSING"
    REASON_VAGUE = "REASON_VAGUE"
    REASON_COPIED = "REASON_COPIED"
    CASE_MISSING = "CASE_MISSING"
    CASE_UNKNOWN = "CASE_UNKNOWN"
    CASE_CLOSED = "CASE_CLOSED"
    LOOK_BACK_TOO_LONG = "LOOK_BACK_TOO_LONG"


REFUSAL_ORDER: Mapping[str, int] = {code.value: place for place, code in enumerate(RefusalCode)}


@dataclass(frozen=True, kw_only=True)
class AccessFacts:
    """Everything a rule may look at.

    :param case_status: OPEN, CLOSED, UNKNOWN (no such case) or MISSING (none was named)
    :param reason_grade: SPECIFIC, BLANK, GENERIC, COPIED or PROHIBITED; any other grade counts as vague
    :param training: the tracks that are current on the day
    :param look_back_days: how far the asked window reaches back from now, in days, rounded up
    """

    roles: frozenset[str]
    action: str
    category: str
    purpose: str = ""
    offence: str = ""
    case_status: str = "MISSING"
    reason_grade: str = "BLANK"
    training: frozenset[str] = frozenset()
    look_back_days: int = 0
    agency_ori: str = ""
    is_active: bool = False


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one permitted access may show."""

    look_back_days: int
    most_rows: int


NO_LIMITS = Limits(look_back_days=0, most_rows=0)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One ground: what is wrong, what would satisfy the rule, and where the rule comes from."""

    code: str
    message: str
    remedy: str
    citation: str
    rule_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the engine says of facts, before anything is recorded."""

    is_permitted: bool
    rule_ids: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    limits: Limits


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A recorded verdict. `reference` is the decision row's; `policy_version` is 0 where no policy is in force."""

    reference: str
    is_permitted: bool
    rule_ids: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    policy_version: int
    policy_digest: str
    limits: Limits
    decided_at: datetime

    @property
    def refusal_codes(self) -> tuple[str, ...]:
        return tuple(refusal.code for refusal in self.refusals)
