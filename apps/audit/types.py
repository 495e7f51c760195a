"""What does an auditor ask of the trail, and what do they see?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.core.types import Window


@dataclass(frozen=True, kw_only=True)
class TrailFilters:
    """Every filter that is given must hold.

    :param case_number: exact; leading zeros count
    :param person: a reference such as P-0012
    :param outcome: PERMITTED or REFUSED
    """

    case_number: str = ""
    person: str = ""
    purpose: str = ""
    outcome: str = ""
    window: Window | None = None


@dataclass(frozen=True, kw_only=True)
class TrailRow:
    """One request for governed rows as the log has it.

    :param reason: what was given, or None where it can no longer be read
    :param row_count: None where nothing was shown
    :param is_own: the reader's own access: somebody else must judge it
    :param is_unanswered: permitted, and no outcome on record
    """

    reference: str
    entry: str
    answered_entry: str
    decided_at: datetime
    actor: str
    actor_name: str
    agency: str
    purpose: str
    offence: str
    category: str
    case_number: str
    case_status: str
    outcome: str
    reason: str | None = field(repr=False)
    reason_grade: str
    refusal_codes: tuple[str, ...]
    rule_ids: tuple[str, ...]
    policy_version: int
    look_back_days: int
    row_count: int | None
    is_own: bool
    is_unanswered: bool


@dataclass(frozen=True, kw_only=True)
class Trail:
    """One page of the trail and the entry that says that it was read."""

    rows: list[TrailRow]
    next_cursor: str
    receipt_reference: str


@dataclass(frozen=True, kw_only=True)
class ProofView:
    """An entry's inclusion proof against the newest checkpoint, and whether it holds, computed when asked for."""

    is_verified: bool
    index: int
    size: int
    root: str
    hashes: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class EntryPage:
    """One log entry in words and as it stands, with its proof once it is sealed.

    :param is_committed: whether the sealed facts agree with the entry's commitment; None where it has none or they are
        gone
    """

    reference: str
    event: str
    sentence: str
    actor: str
    actor_name: str
    subject: str
    agency: str
    recorded_at: datetime
    details: Mapping[str, Any]
    canonical: str
    leaf_hash: str
    index: int | None
    proof: ProofView | None
    is_committed: bool | None
    related: tuple[tuple[str, str], ...]
