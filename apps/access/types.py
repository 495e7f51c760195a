"""What does somebody who wants governed rows have to say, and what do they get?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from apps.accounts.types import ActorSnapshot
from apps.core.types import Window
from apps.ledger.types import Receipt
from apps.policy.types import Decision


@dataclass(frozen=True, kw_only=True)
class QueryRequest:
    """A wish to see governed rows, with its justification.

    :param criteria: what is searched for; may hold a plate, so it is sealed and never in the ledger
    """

    actor: ActorSnapshot
    action: str
    category: str
    purpose: str
    offence: str
    case_number: str
    reason: str = field(repr=False)
    window: Window
    criteria: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a search may do: one category, one window, so many rows. The secret that opens the rows is not in it.

    The database may show less than `window`: what is past its retention is out of sight.
    """

    query_reference: str
    category: str
    window: Window
    most_rows: int
    case_number: str


class Findings(Protocol):
    """What a search returns: how many rows, and a digest over which ones (32 bytes)."""

    @property
    def count(self) -> int: ...

    @property
    def digest(self) -> bytes: ...


Result = TypeVar("Result", bound=Findings)


@dataclass(frozen=True, kw_only=True)
class Answer(Generic[Result]):
    """A search's result with the receipt that proves that it was recorded before it was shown."""

    result: Result
    decision: Decision
    query_reference: str
    receipt: Receipt


@dataclass(frozen=True, kw_only=True)
class NewCase:
    """A case or call number as a feed reports it. `kind` is CASE or CALL, `status` OPEN or CLOSED."""

    number: str
    kind: str
    status: str
    offence: str = ""
    occurred_at: datetime
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, kw_only=True)
class CaseView:
    number: str
    kind: str
    status: str
    offence: str
    occurred_at: datetime
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, kw_only=True)
class OpenedFacts:
    """What a query's sealed facts say. Only the person themselves reads the criteria; an auditor reads the reason."""

    reason: str = field(repr=False)
    criteria: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class QueryView:
    """A query as lists show it. `facts` is None where the reader may not see them or their day's key is gone."""

    reference: str
    actor: str
    agency_ori: str
    action: str
    category: str
    purpose: str
    offence: str
    case_number: str
    window: Window
    reason_grade: str
    outcome: str
    refusal_codes: tuple[str, ...]
    rule_ids: tuple[str, ...]
    policy_version: int
    decided_at: datetime
    decided_entry: str
    answered_at: datetime | None
    answered_entry: str
    row_count: int | None
    facts: OpenedFacts | None = None
