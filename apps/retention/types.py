"""What do the destroy door's acts take and give?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from apps.accounts.types import ActorSnapshot


class Step(StrEnum):
    """How far the destruction of a bucket has come; each step is committed before the next begins."""

    PLANNED = "PLANNED"
    KEY_DESTROYED = "KEY_DESTROYED"
    PARTITION_DROPPED = "PARTITION_DROPPED"
    CERTIFIED = "CERTIFIED"


class BucketState(StrEnum):
    """What a bucket is on the calendar."""

    OPEN = "OPEN"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    DESTROYED = "DESTROYED"


@dataclass(frozen=True, kw_only=True)
class RetentionRule:
    """How long a category is kept, and which policy says so."""

    category: str
    days: int
    policy_version: int
    policy_digest: str


@dataclass(frozen=True, kw_only=True)
class BucketPlan:
    """What would go if this bucket were destroyed now. `size_bytes` counts the partition with its indexes."""

    category: str
    day: date
    due_at: datetime
    state: BucketState
    step: Step | None
    certificate: str
    rule: RetentionRule
    rows: int
    rows_by_source: Mapping[str, int]
    size_bytes: int
    key_id: str
    preserved_rows: int


@dataclass(frozen=True, kw_only=True)
class CertificateView:
    """A signed destruction certificate. `document` is the parsed canonical JSON, `note` the signed note on its hash."""

    reference: str
    category: str
    day: date
    document: Mapping[str, Any]
    canonical: bytes
    note: str
    digest: str
    ledger_reference: str
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """What one run of the purge did."""

    reference: str
    certificates: tuple[CertificateView, ...]
    skipped: tuple[str, ...]
    released_cases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PreserveRequest:
    """A wish to keep single reads beyond their day for one case.

    :param read_ids: `(day, id)` of each read
    :param approver: somebody else than the actor
    :param hold_ends_at: when the copies must go, at the latest; they go earlier when the case closes
    """

    actor: ActorSnapshot
    approver: ActorSnapshot
    category: str
    read_ids: tuple[tuple[date, int], ...]
    case_number: str
    purpose: str
    offence: str
    reason: str
    hold_ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Preservation:
    """Reads kept for a case: where the copies came from and until when they may stay."""

    reference: str
    case_number: str
    rows: int
    query_reference: str
    ledger_reference: str
    hold_ends_at: datetime
